"""The camera of a Raspberry Pi, elsewhere: it says what to install, and gives nothing before it is open."""

from __future__ import annotations

import sys

import pytest

from edge.errors import VisionError
from edge.vision.cameras.raspberry import RaspberryCamera


def test_without_picamera2_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(VisionError, match=r"^picamera2: Picamera2 is not installed.*python3-picamera2"):
        RaspberryCamera((640, 480)).open()


def test_a_camera_that_is_not_open_gives_no_picture_and_may_be_closed() -> None:
    camera = RaspberryCamera((640, 480))
    camera.close()
    with pytest.raises(VisionError, match="not open"):
        camera.next_picture()
