"""What a camera is, and which one a source names."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from edge.errors import ConfigurationError
from edge.vision.cameras.frame import Image
from edge.vision.configuration import Pace, VisionConfiguration


class Camera(Protocol):
    """One source of pictures. Opened, read and closed by one thread; no constructor touches a device.

    `live` says that it shows the present: its pictures never end and never stay the same.
    """

    @property
    def live(self) -> bool: ...

    @property
    def name(self) -> str:
        """What the source is called, without any password."""
        ...

    def open(self) -> None:
        """Raises VisionError that says what is missing and what to do."""
        ...

    def read(self) -> tuple[Image, str, float] | None:
        """The next picture (BGR), the input it comes from and when it was taken (monotonic s).

        None at the end of a file or folder. Blocks until there is one; raises VisionError where the
        camera has gone.
        """
        ...

    def close(self) -> None: ...


def camera_for(configuration: VisionConfiguration, pace: Pace) -> Camera:
    """The camera that `configuration.camera` names, not opened yet; raises ConfigurationError."""
    source = configuration.camera
    size = (configuration.width, configuration.height)
    # Each kind of camera brings its own library: only the one that is named is loaded.
    from edge.vision.cameras.capture import DeviceCamera, NetworkCamera, VideoFile  # noqa: PLC0415
    from edge.vision.cameras.folder import FolderCamera  # noqa: PLC0415
    from edge.vision.cameras.raspberry import RaspberryCamera  # noqa: PLC0415

    kinds: dict[str, Callable[[str], Camera]] = {
        "v4l2": lambda rest: DeviceCamera(_device_number(rest, source), size),
        "picamera2": lambda _: RaspberryCamera(size),
        "rtsp": lambda _: NetworkCamera(source),
        "rtsps": lambda _: NetworkCamera(source),
        "http": lambda _: NetworkCamera(source),
        "https": lambda _: NetworkCamera(source),
        "file": lambda rest: VideoFile(Path(rest), real_time=pace is Pace.LIVE),
        "folder": lambda rest: FolderCamera(
            Path(rest), hold=configuration.hold if pace is Pace.LIVE else 0.0
        ),
    }
    device = re.fullmatch(r"/dev/video(\d+)", source)
    if device:
        return DeviceCamera(int(device[1]), size)
    kind, _, rest = source.partition(":")
    make = kinds.get(kind)
    if make is None:
        raise ConfigurationError(
            f"no camera is called {source!r}",
            where="vision.camera",
            remedy="v4l2:0, picamera2, rtsp://…, http://…, file:PATH or folder:PATH",
        )
    return make(rest)


def without_password(address: str) -> str:
    """`address` with the password in it replaced, fit for a log."""
    return re.sub(r"(?<=://)([^/@:]*):[^/@]*@", r"\1:***@", address)


def _device_number(rest: str, source: str) -> int:
    if not rest.isdecimal():
        raise ConfigurationError(f"{source!r} names no device", where="vision.camera", remedy="write v4l2:0")
    return int(rest)
