"""A folder of pictures played as a camera, each held for a while: for demonstrations and tests."""

from __future__ import annotations

import re
import time
from pathlib import Path

from edge.errors import VisionError
from edge.vision.cameras.camera import PictureRefused
from edge.vision.frame import Image
from edge.vision.pictures.reading import SUFFIXES, read_picture

_FRAMES_A_SECOND = 10.0


class FolderCamera:
    """Plays each picture for `hold` seconds at ten frames a second; once each where `hold` is 0."""

    live = False

    def __init__(self, folder: Path, *, hold: float) -> None:
        self._folder = folder
        self._hold = hold
        self._waiting: list[Path] = []
        self._shown: tuple[Image, Path] | None = None
        self._until = 0.0

    @property
    def name(self) -> str:
        return f"folder:{self._folder}"

    def open(self) -> None:
        self._waiting = pictures_in(self._folder)
        if not self._waiting:
            raise no_pictures_in(self._folder)

    def next_picture(self) -> tuple[Image, str, float] | None:
        now = time.monotonic()
        if self._shown is None or now >= self._until:
            if not self._waiting:
                return None
            path = self._waiting.pop(0)
            self._shown = _read(path), path
            self._until = now + self._hold
        elif self._hold:
            time.sleep(1.0 / _FRAMES_A_SECOND)
        return self._shown[0], str(self._shown[1]), time.monotonic()

    def close(self) -> None:
        self._waiting, self._shown = [], None


def _read(path: Path) -> Image:
    try:
        return read_picture(path)
    except VisionError as error:
        raise PictureRefused(error.what, where=error.where, remedy=error.remedy) from None


def pictures_in(folder: Path) -> list[Path]:
    """The picture files of `folder` in the order a person would count them: 2 before 10."""
    try:
        files = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
    except OSError as error:
        raise VisionError(error.strerror or str(error), where=str(folder)) from None
    return sorted(files, key=lambda path: _counted(path.name))


def no_pictures_in(folder: Path) -> VisionError:
    """The error for a folder that holds no pictures."""
    kinds = ", ".join(sorted(suffix.removeprefix(".") for suffix in SUFFIXES))
    return VisionError("no pictures in this folder", where=str(folder), remedy=f"put some into it: {kinds}")


def _counted(name: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
