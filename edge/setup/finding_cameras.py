"""Finds cameras: V4L2 devices that give pictures, asked by VIDIOC_QUERYCAP (linux/videodev2.h)."""

from __future__ import annotations

import fcntl
import os
import re
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from edge.setup.core import CameraFound
from edge.support.files import list_bounded

_QUERYCAP = 0x80685600
"""_IOR('V', 0, struct v4l2_capability)."""
_CAPABILITY = struct.Struct("=16s32s32sIII12x")
_CAPTURES, _CAPTURES_PLANES, _DEVICE_CAPS = 0x1, 0x1000, 0x80000000
_MOST_DEVICES = 128
_BEHIND_LIBCAMERA = frozenset({"unicam", "rp1-cfe", "bcm2835-unicam"})
"""Drivers of the Pi's camera connector: raw frames, which libcamera makes into pictures."""
_NOT_CAMERAS = re.compile(r"codec|isp|pispbe|hevc|rpivid")
"""Drivers that turn pictures into others."""

Query = Callable[[Path], bytes]


def query(path: Path) -> bytes:
    """What the driver says of a device: a `v4l2_capability`. Raises OSError."""
    answer = bytearray(_CAPABILITY.size)
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, _QUERYCAP, answer)
    finally:
        os.close(descriptor)
    return bytes(answer)


def cameras_in(root: Path = Path("/"), ask: Query = query) -> tuple[CameraFound, ...]:
    """The cameras under `root`, in the order of their numbers; the Pi's own is one, `picamera2`."""
    paths: list[Path] = []
    with suppress(OSError):
        paths = list_bounded(root / "dev", "video*", 4096)
    numbered = sorted(
        (int(path.name.removeprefix("video")), path)
        for path in paths[:_MOST_DEVICES]
        if path.name.removeprefix("video").isdecimal()
    )
    found: dict[str, CameraFound] = {}
    for number, path in numbered:
        camera = _camera(number, path, ask)
        if camera is not None:
            found.setdefault(camera.source, camera)
    of_usb = [camera for camera in found.values() if camera.source.startswith("v4l2:")]
    names = _kept_names(
        root, ("gatepost", "v4l/by-id", "v4l/by-path") if len(of_usb) == 1 else ("gatepost", "v4l/by-path")
    )
    return tuple(replace(camera, source=names.get(camera.source, camera.source)) for camera in found.values())


def _kept_names(root: Path, folders: tuple[str, ...]) -> dict[str, str]:
    """A name that udev keeps for each device: one camera is known by itself, of two each by its socket."""
    names: dict[str, str] = {}
    for folder in folders:
        with suppress(OSError):
            for link in list_bounded(root / "dev" / folder, "*", _MOST_DEVICES):
                number = link.resolve().name.removeprefix("video")
                names.setdefault(f"v4l2:{number}", f"/dev/{folder}/{link.name}")
    return names


def _camera(number: int, path: Path, ask: Query) -> CameraFound | None:
    try:
        driver, card, bus, _, everything, device = _CAPABILITY.unpack(ask(path))
    except OSError as error:
        return CameraFound(f"v4l2:{number}", str(path.name), f"cannot be asked: {error.strerror or error}")
    can = device if everything & _DEVICE_CAPS else everything
    named = _name(driver)
    if not can & (_CAPTURES | _CAPTURES_PLANES) or _NOT_CAMERAS.search(named):
        return None
    if named in _BEHIND_LIBCAMERA:
        return CameraFound("picamera2", "the camera on the Pi's own connector")
    return CameraFound(f"v4l2:{number}", f"{_name(card)}, at {_name(bus)}")


def _name(raw: bytes) -> str:
    text = raw.split(b"\0", 1)[0].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in text)
