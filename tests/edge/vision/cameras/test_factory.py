"""Which camera a source names, and what is said of a source that names none."""

from __future__ import annotations

import pytest

from edge.errors import ConfigurationError
from edge.vision.cameras.capture import DeviceCamera, NetworkCamera, VideoFile
from edge.vision.cameras.factory import camera_for
from edge.vision.cameras.folder import FolderCamera
from edge.vision.cameras.raspberry import RaspberryCamera
from edge.vision.configuration import FrameMode, VisionConfiguration


@pytest.mark.parametrize(
    ("source", "kind", "name", "live"),
    [
        ("v4l2:3", DeviceCamera, "v4l2:3", True),
        ("/dev/video3", DeviceCamera, "v4l2:3", True),
        ("picamera2", RaspberryCamera, "picamera2", True),
        ("rtsp://gate:secret@camera/stream", NetworkCamera, "rtsp://gate:***@camera/stream", True),
        ("rtsps://camera/stream", NetworkCamera, "rtsps://camera/stream", True),
        ("http://camera/stream", NetworkCamera, "http://camera/stream", True),
        ("https://camera/stream", NetworkCamera, "https://camera/stream", True),
        ("file:lane:1.mp4", VideoFile, "file:lane:1.mp4", False),
        ("folder:pictures", FolderCamera, "folder:pictures", False),
    ],
)
def test_a_source_names_its_camera_and_opens_nothing(source: str, kind: type, name: str, live: bool) -> None:
    camera = camera_for(VisionConfiguration(camera=source), FrameMode.LIVE)
    assert type(camera) is kind
    assert (camera.name, camera.live) == (name, live)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("webcam", "unknown camera 'webcam'.*v4l2:0"),
        ("ftp://camera/", "unknown camera"),
        ("v4l2:", "number of a device.*v4l2:0"),
        ("v4l2:front", "number of a device"),
        ("/dev/videofront", "unknown camera"),
    ],
)
def test_a_source_that_names_none_is_refused_with_what_to_write(source: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"vision\.camera: .*{words}"):
        camera_for(VisionConfiguration(camera=source), FrameMode.LIVE)


def test_a_password_in_an_unknown_source_is_not_said() -> None:
    with pytest.raises(ConfigurationError, match=r"unknown camera 'rtspp://gate:\*\*\*@camera/'"):
        camera_for(VisionConfiguration(camera="rtspp://gate:s3cret@camera/"), FrameMode.LIVE)
