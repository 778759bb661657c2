"""Makes the camera that a source names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge.errors import ConfigurationError, VisionError
from edge.support.addresses import without_password
from edge.vision.cameras.camera import Camera
from edge.vision.cameras.capture import DeviceCamera, NetworkCamera, VideoFile
from edge.vision.cameras.device import device_number, is_device
from edge.vision.cameras.folder import FolderCamera
from edge.vision.cameras.raspberry import RaspberryCamera
from edge.vision.configuration import FrameMode, VisionConfiguration


def camera_for(configuration: VisionConfiguration, frames: FrameMode) -> Camera:
    """The camera that `configuration.camera` names, not opened yet; raises ConfigurationError, or VisionError
    where a name of udev's leads to no device.
    """
    source = configuration.camera
    size = (configuration.width, configuration.height)

    kinds: dict[str, Callable[[str], Camera]] = {
        "v4l2": lambda rest: DeviceCamera(_device_number(rest, source), size),
        "picamera2": lambda _: RaspberryCamera(size),
        "rtsp": lambda _: NetworkCamera(source),
        "rtsps": lambda _: NetworkCamera(source),
        "http": lambda _: NetworkCamera(source),
        "https": lambda _: NetworkCamera(source),
        "file": lambda rest: VideoFile(Path(rest), real_time=frames is FrameMode.LIVE),
        "folder": lambda rest: FolderCamera(
            Path(rest), hold=configuration.hold if frames is FrameMode.LIVE else 0.0
        ),
    }
    if source.startswith("/dev/") and is_device(source):
        number = device_number(source)
        if number is None:
            remedy = "is the camera plugged in, where it was?"
            raise VisionError("no such device", where=source, remedy=remedy)
        return DeviceCamera(number, size)
    kind, _, rest = source.partition(":")
    make = kinds.get(kind)
    if make is None:
        raise ConfigurationError(
            f"unknown camera {without_password(source)!r}",
            where="vision.camera",
            remedy="use v4l2:0, /dev/v4l/…, picamera2, rtsp://…, http://…, file:PATH or folder:PATH",
        )
    return make(rest)


def _device_number(rest: str, source: str) -> int:
    if not rest.isdecimal():
        raise ConfigurationError(
            f"not the number of a device in {source!r}", where="vision.camera", remedy="write v4l2:0"
        )
    return int(rest)
