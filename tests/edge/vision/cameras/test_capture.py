"""Cameras that OpenCV reads: devices, streams and video files, and what they are refused for."""

from __future__ import annotations

from edge.vision.cameras.capture import NetworkCamera


def test_a_corrupt_frame_is_not_a_lost_camera(stream: int) -> None:
    camera = NetworkCamera(f"http://gate:right@127.0.0.1:{stream}/stream")
    camera.open()
    try:
        assert len([camera.next_picture() for _ in range(30)]) == 30
    finally:
        camera.close()
