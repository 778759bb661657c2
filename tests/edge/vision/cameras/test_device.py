"""A camera is known by its number, or by a name that udev keeps for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import VisionError
from edge.vision.cameras.device import device_number, is_device
from edge.vision.cameras.factory import camera_for
from edge.vision.configuration import FrameMode, VisionConfiguration, WorkerTask
from edge.vision.worker.confinement.reach import reach_of

KEPT = "/dev/v4l/by-id/usb-Acme_C1-video-index0"


@pytest.fixture
def _plugged_in_as_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """What udev's link would lead to."""
    monkeypatch.setattr(Path, "resolve", lambda self: Path("/dev/video2") if str(self) == KEPT else self)


@pytest.mark.parametrize(
    ("source", "number"), [("v4l2:3", 3), ("/dev/video1", 1), ("none", None), ("/dev/sda", None)]
)
def test_a_number_says_which(source: str, number: int | None) -> None:
    assert device_number(source) == number
    assert is_device(source) is (number is not None)


@pytest.mark.usefixtures("_plugged_in_as_two")
def test_a_kept_name_leads_to_todays_number_for_gate_and_worker() -> None:
    vision = VisionConfiguration(camera=KEPT)
    assert camera_for(vision, FrameMode.LIVE).name == "v4l2:2"
    assert reach_of(WorkerTask(vision)).devices == (Path("/dev/video2"),)


def test_a_kept_name_that_leads_nowhere_says_so() -> None:
    assert is_device(KEPT)
    with pytest.raises(VisionError, match="no such device"):
        camera_for(VisionConfiguration(camera=KEPT), FrameMode.LIVE)
    assert reach_of(WorkerTask(VisionConfiguration(camera=KEPT))).devices == ()
