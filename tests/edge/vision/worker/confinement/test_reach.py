"""What each kind of camera lets its worker reach, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.vision.configuration import FrameMode, VisionConfiguration, WorkerTask
from edge.vision.worker.confinement import reach_of


@pytest.mark.parametrize(
    ("camera", "devices", "ports", "names"),
    [
        ("v4l2:0", ("/dev/video0",), (), False),
        ("/dev/video12", ("/dev/video12",), (), False),
        ("rtsp://192.0.2.7/stream", (), (554,), False),
        ("rtsp://gate:secret@192.0.2.7:8554/stream", (), (8554,), False),
        ("rtsps://[2001:db8::7]/stream", (), (322,), False),
        ("http://camera.lan/stream", (), (80,), True),
        ("https://camera.lan:8443/stream", (), (8443,), True),
        ("http://camera.lan:99999/stream", (), (80,), True),
        ("file:lane.mp4", (), (), False),
        ("folder:pictures", (), (), False),
        ("nonsense", (), (), False),
    ],
)
def test_a_camera_gives_its_worker_its_own_device_or_port(
    camera: str, devices: tuple[str, ...], ports: tuple[int, ...], names: bool
) -> None:
    reach = reach_of(WorkerTask(VisionConfiguration(camera=camera)))
    assert reach.devices == tuple(map(Path, devices))
    assert reach.ports == ports
    assert reach.names is names
    assert reach.shared_memory == 0


@pytest.mark.parametrize("camera", ["v4l2:0", "picamera2", "rtsp://192.0.2.7/", "folder:pictures"])
def test_no_worker_may_read_where_secrets_lie(camera: str) -> None:
    read = reach_of(WorkerTask(VisionConfiguration(camera=camera))).read
    for secret in ("/", "/etc", "/home", "/root", "/var", "/var/lib/gatepost", "/run", "/dev", "/proc"):
        assert Path(secret) not in read


def test_files_to_be_seen_are_read_one_by_one(tmp_path: Path) -> None:
    name = tmp_path / "a.png"
    reach = reach_of(WorkerTask(VisionConfiguration(), FrameMode.EVERY, (str(name).encode(),)))
    assert name in reach.read
    assert tmp_path not in reach.read
    assert reach.devices == (), "a replay has no camera"


def test_a_device_that_was_plugged_in_again_is_another(tmp_path: Path) -> None:
    """The rule holds for the device that was there, not for its name."""
    device = tmp_path / "video0"
    reach = replace(reach_of(WorkerTask(VisionConfiguration())), devices=(device,))
    absent = reach.identity()
    device.write_bytes(b"")
    first = reach.identity()
    kept = tmp_path / "kept"  # keeps the first one's number from being given again
    device.rename(kept)
    device.write_bytes(b"")
    assert len({absent, first, reach.identity()}) == 3
