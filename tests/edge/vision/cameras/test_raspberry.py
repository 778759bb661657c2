"""The camera of a Raspberry Pi, elsewhere: it says what to install, and gives nothing before it is open."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from edge.errors import VisionError
from edge.vision.cameras.exposure import AdjustableCamera
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


class Picamera2:
    """What the product uses of the library's class."""

    def __init__(self) -> None:
        self.camera_controls: dict[str, tuple[float, float, float]] = {"ExposureValue": (-8.0, 8.0, 0.0)}
        self.set: list[dict[str, float]] = []

    def create_video_configuration(self, main: dict[str, object]) -> dict[str, object]:
        return main

    def configure(self, configuration: dict[str, object]) -> None:
        del configuration

    def start(self) -> None:
        return

    def set_controls(self, controls: dict[str, float]) -> None:
        self.set.append(controls)


@pytest.mark.parametrize(("controls", "set_to"), [(True, [{"ExposureValue": 1.5}]), (False, [])])
def test_its_own_auto_exposure_is_biased_where_it_has_that_control(
    controls: bool, set_to: list[dict[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    library, made = ModuleType("picamera2"), Picamera2()
    if not controls:
        made.camera_controls.clear()
    monkeypatch.setattr(library, "Picamera2", lambda: made, raising=False)
    monkeypatch.setitem(sys.modules, "picamera2", library)
    camera = RaspberryCamera((640, 480))
    camera.expose(1.0)  # not open yet: nothing to bias
    camera.open()
    camera.expose(1.5)
    assert isinstance(camera, AdjustableCamera)
    assert made.set == set_to
