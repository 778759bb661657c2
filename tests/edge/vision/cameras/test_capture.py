"""Cameras that OpenCV reads: devices, streams and video files, and what they are refused for."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.vision.cameras.capture import NetworkCamera, VideoFile
from tests.films import write_film


def test_a_corrupt_frame_is_not_a_lost_camera(stream: int) -> None:
    camera = NetworkCamera(f"http://gate:right@127.0.0.1:{stream}/stream")
    camera.open()
    try:
        assert len([camera.next_picture() for _ in range(30)]) == 30
    finally:
        camera.close()


def times_of(film: Path, rate: float) -> list[float]:
    """When the frames were taken that a film played at `rate` gives, in milliseconds since the first."""
    video = VideoFile(film, real_time=False, rate=rate)
    video.open()
    try:
        taken = [item[2] for item in iter(video.next_picture, None)]
    finally:
        video.close()
    return [1000.0 * (at - taken[0]) for at in taken]


RATES = [
    # frames a second that the film has, that are asked for → frames that a film of one second gives
    (30.0, 0.0, 30),
    (30.0, 15.0, 15),
    (25.0, 15.0, 15),
    (24.0, 15.0, 15),
    (10.0, 15.0, 10),
    (30.0, 1.0, 1),
]


@pytest.mark.parametrize(("has", "asked", "given"), RATES)
def test_a_film_gives_as_many_frames_a_second_as_are_asked_for(
    tmp_path: Path, has: float, asked: float, given: int
) -> None:
    film = write_film(
        tmp_path / "lane.avi", [np.full((64, 64, 3), grey, np.uint8) for grey in range(int(has))], has
    )
    times = times_of(film, asked)
    assert len(times) == given
    assert times == sorted(set(times)), "a film's own times, which only go forward"
    assert times[-1] <= 1000.0


def test_the_times_of_a_film_that_has_none_are_as_far_apart_as_it_says(tmp_path: Path) -> None:
    """A file of JPEGs in a row, as some network cameras save it."""
    (tmp_path / "lane.mjpeg").write_bytes(b"".join(jpeg(grey) for grey in (10, 80, 160)))
    assert times_of(tmp_path / "lane.mjpeg", 0.0) == pytest.approx([0.0, 40.0, 80.0])


def jpeg(grey: int) -> bytes:
    return bytes(cv2.imencode(".jpg", np.full((64, 64, 3), grey, np.uint8))[1])
