"""Cameras and files that OpenCV's VideoCapture reads."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np

from edge.errors import VisionError
from edge.support.addresses import without_password
from edge.vision.cameras.network import diagnose
from edge.vision.frame import Image

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".avi", ".mkv", ".mov", ".mjpeg", ".webm", ".mpg", ".mpeg", ".3gp", ".wmv", ".ts"}
)
"""What the names of films end with."""
_MOST_CORRUPT, _TIMEOUT = 25, 1.0
"""Pictures in a row that may be corrupt, and for how many seconds, before a camera counts as gone."""
_ROUNDED = 0.001
"""Seconds by which a container rounds times."""
_BEFORE = -1000.0
"""Seconds: before any film begins."""
_SLOWEST, _USUAL, _FASTEST = 1.0, 25.0, 240.0
"""Frames a second that a film may say of itself, and what is believed where it says something else."""
_NETWORK_TIMEOUT = 2_000
"""Milliseconds: a camera that sends nothing for so long counts as gone."""


class DeviceCamera:
    """A V4L2 device, /dev/videoN."""

    live = True

    def __init__(self, number: int, size: tuple[int, int]) -> None:
        self._number = number
        self._size = size
        self._capture: cv2.VideoCapture | None = None

    @property
    def name(self) -> str:
        return f"v4l2:{self._number}"

    def open(self) -> None:
        if not Path(f"/dev/video{self._number}").exists():
            raise VisionError("no such device", where=self.name, remedy="is the camera plugged in?")
        capture = cv2.VideoCapture(self._number, cv2.CAP_V4L2)
        if not capture.isOpened():
            capture.release()
            raise VisionError(
                "could not be opened",
                where=self.name,
                remedy="another program may hold it, or this user is not in the group video",
            )
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._capture = capture

    def next_picture(self) -> tuple[Image, str, float] | None:
        return _next(self._capture, self.name)

    def expose(self, stops: float) -> None:
        """Switch the camera's backlight compensation; a camera without it stays as it is.

        OpenCV reaches no finer bias of a V4L2 camera, and its exposure itself belongs to its own regulation.
        """
        if self._capture is not None:
            self._capture.set(cv2.CAP_PROP_BACKLIGHT, 1.0 if stops > 0.0 else 0.0)

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None


class NetworkCamera:
    """An RTSP or HTTP (MJPEG) camera, read by FFmpeg with bounded waits."""

    live = True

    def __init__(self, address: str) -> None:
        self._address = address
        self._capture: cv2.VideoCapture | None = None

    @property
    def name(self) -> str:
        return without_password(self._address)

    def open(self) -> None:
        limits = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            _NETWORK_TIMEOUT,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            _NETWORK_TIMEOUT,
        ]
        capture = cv2.VideoCapture(self._address, cv2.CAP_FFMPEG, limits)
        if not capture.isOpened():
            capture.release()
            what, remedy = diagnose(self._address)
            raise VisionError(what, where=self.name, remedy=remedy)
        self._capture = capture

    def next_picture(self) -> tuple[Image, str, float] | None:
        return _next(self._capture, self.name)

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None


class VideoFile:
    """A video file, played at its own speed, or as fast as it is read; frames keep its own times.

    Of each second `rate` frames are given at most (0: all). Where the file's times do not advance, as in a
    damaged one, its frames are as far apart as it says that they are.
    """

    live = False

    def __init__(self, path: Path, *, real_time: bool, rate: float = 0.0) -> None:
        self._path = path
        self._real_time = real_time
        self._apart = 1.0 / rate if rate > 0.0 else 0.0
        self._capture: cv2.VideoCapture | None = None
        self._began = 0.0
        self._at, self._due = _BEFORE, _BEFORE

    @property
    def name(self) -> str:
        return f"file:{self._path}"

    def open(self) -> None:
        if not self._path.is_file():
            raise VisionError("no such file", where=str(self._path))
        capture = cv2.VideoCapture(str(self._path))
        if not capture.isOpened():
            capture.release()
            raise VisionError("not a readable video", where=str(self._path))
        self._capture = capture
        self._began = time.monotonic()
        self._at, self._due = _BEFORE, _BEFORE

    def next_picture(self) -> tuple[Image, str, float] | None:
        if self._capture is None:
            raise VisionError("not open", where=self.name)
        while self._capture.grab():
            self._at = self._time_of(self._capture)
            if self._at < self._due - _ROUNDED:
                continue
            # As if a clock ticked: 15 of 25 frames a second are 15, not every second one.
            ticked = self._due if self._at - self._due < self._apart else self._at
            self._due = ticked + self._apart
            got, picture = self._capture.retrieve()
            if not got or picture is None:
                return None
            taken = self._began + self._at
            if self._real_time:
                time.sleep(max(0.0, taken - time.monotonic()))
            return np.asarray(picture, np.uint8), str(self._path), taken
        return None

    def _time_of(self, capture: cv2.VideoCapture) -> float:
        """When the frame that was grabbed was taken, in seconds since the film began; it always advances."""
        at = float(capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000.0
        if at > self._at:
            return at
        frequency = float(capture.get(cv2.CAP_PROP_FPS))
        return self._at + 1.0 / (frequency if _SLOWEST <= frequency <= _FASTEST else _USUAL)

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None


def _next(capture: cv2.VideoCapture | None, name: str) -> tuple[Image, str, float]:
    """The next picture that can be decoded. One that cannot is not a lost camera; many in a row are."""
    ends = time.monotonic() + _TIMEOUT
    for _ in range(_MOST_CORRUPT):
        got, picture = (False, None) if capture is None else capture.read()
        if got and picture is not None:
            return np.asarray(picture, np.uint8), name, time.monotonic()
        if time.monotonic() > ends:
            break
    raise VisionError("no more pictures come from it", where=name, remedy="is it unplugged or switched off?")
