"""Files through the worker: in order, none dropped, and none that stops the others."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from edge.errors import VisionError
from edge.vision.configuration import FaceEngineName, VisionConfiguration
from edge.vision.playback import files_of, play
from edge.vision.reports import CameraReport, InputRefused, Sighting
from tests.edge.vision.conftest import code_image
from tests.edge.vision.drawn import by_pillow, put
from tests.edge.vision.worker.misbehave import NO_FACES, misbehave


def test_an_input_that_kills_the_worker_is_refused_and_the_others_go_on() -> None:
    reports = list(play(["good", "poison", "better"], NO_FACES, misbehave("poisoned")))
    refused = [report.input for report in reports if isinstance(report, InputRefused)]
    finished = [report.detail for report in reports if isinstance(report, CameraReport)]
    assert refused == ["poison"]
    assert finished == ["good", "poison", "better"]


def test_pictures_are_seen_each_once_and_in_order(tmp_path: Path) -> None:
    for number in (2, 10, 1):
        cv2.imwrite(str(tmp_path / f"{number}.png"), code_image(f"code {number}"))
    (tmp_path / "3.png").write_bytes(b"no picture")
    reports = list(play(files_of([tmp_path]), NO_FACES))
    seen = [report for report in reports if isinstance(report, Sighting | InputRefused)]
    assert [Path(report.input).stem for report in seen] == ["1", "2", "3", "10"]
    assert [code.text for report in seen if isinstance(report, Sighting) for code in report.codes] == [
        "code 1",
        "code 2",
        "code 10",
    ]


def test_a_video_is_seen_frame_by_frame_with_none_dropped(tmp_path: Path) -> None:
    path = tmp_path / "lane.avi"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    for _ in range(12):
        video.write(code_image("in the video"))
    video.release()
    seen = [report for report in play([str(path)], NO_FACES) if isinstance(report, Sighting)]
    assert len(seen) == 12
    assert all(sighting.codes[0].text == "in the video" for sighting in seen)
    times = [sighting.captured for sighting in seen]
    assert times[-1] - times[0] == pytest.approx(1.1, abs=0.2), "frames keep the video's own times"


STRANGE_NAMES = [b"caf\xe9.png", b"\xe6\x9d\x8e.png", b"a\x1b[31mred.png", b"new\nline.png"]
SHOWN_NAMES = [r"caf\xe9.png", "李.png", r"a\u001b[31mred.png", r"new\u000aline.png"]
CODES_ONLY = VisionConfiguration(faces=FaceEngineName.NONE, hold=0.0)


def test_names_that_are_not_text_are_read_and_shown_in_words(tmp_path: Path) -> None:
    for number, name in enumerate(STRANGE_NAMES):
        put(tmp_path, name, by_pillow(code_image(f"code {number}"), "PNG"))
    put(tmp_path, b"\xff.png", b"not one")
    reports = list(play(files_of([tmp_path]), CODES_ONLY))
    seen = {Path(one.input).name: one.codes[0].text for one in reports if isinstance(one, Sighting)}
    assert seen == {name: f"code {number}" for number, name in enumerate(SHOWN_NAMES)}
    [refused] = [one for one in reports if isinstance(one, InputRefused)]
    assert refused.input.endswith(r"\xff.png")


def test_a_folder_without_pictures_is_refused_with_what_to_put_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see")
    with pytest.raises(VisionError, match=r"no pictures in this folder .*jpg"):
        files_of([tmp_path])
