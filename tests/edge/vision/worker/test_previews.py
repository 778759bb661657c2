"""Previews over the pipe: on request only, as long as somebody looks, and checked as a stranger's."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.errors import VisionError
from edge.vision.configuration import FaceEngineName, VisionConfiguration, WorkerTask
from edge.vision.reports import Blur, PreviewFrame, Report, ReportRefused, Sighting
from edge.vision.worker.previews_due import PreviewsDue
from edge.vision.worker.process import start_worker
from edge.vision.worker.wire import PreviewWish, encode, wish_for
from tests.edge.vision.reported import PREVIEW, TASK, written

CLEAR, HIDDEN = replace(PREVIEW, blurred=Blur.BYSTANDERS), PREVIEW


def test_a_wish_holds_for_five_seconds_and_the_last_one_counts() -> None:
    wish = PreviewWish()
    assert wish.holds(0.0) is None
    wish.tell(b"\x00noise", 0.0)
    assert wish.holds(0.0) is None
    wish.tell(wish_for(Blur.ALL) + wish_for(Blur.BYSTANDERS), 1.0)
    assert [wish.holds(now) for now in (1.0, 6.0, 6.1)] == [Blur.BYSTANDERS, Blur.BYSTANDERS, None]
    wish.tell(wish_for(Blur.ALL), 6.0)
    assert [wish.holds(now) for now in (6.0, 11.0, 11.1)] == [Blur.ALL, Blur.ALL, None]


@pytest.mark.parametrize(
    ("wishes", "frame", "now", "problem", "shown"),
    [
        ((), HIDDEN, 1.0, "nobody asked", False),
        (((0.0, Blur.ALL),), HIDDEN, 4.0, None, True),
        (((0.0, Blur.ALL),), HIDDEN, 6.9, None, True),  # on its way when the wish ended
        (((0.0, Blur.ALL),), HIDDEN, 7.1, "nobody asked", True),
        (((0.0, Blur.ALL), (5.0, Blur.ALL)), HIDDEN, 9.0, None, True),
        (((0.0, Blur.ALL),), CLEAR, 1.0, None, False),
        (((0.0, Blur.ALL),), CLEAR, 2.1, "were to be blurred", False),
        (((0.0, Blur.BYSTANDERS),), CLEAR, 4.0, None, True),
        (((0.0, Blur.BYSTANDERS),), HIDDEN, 4.0, None, True),  # blurred more than need be
        (((0.0, Blur.BYSTANDERS), (4.0, Blur.ALL)), CLEAR, 5.0, None, False),  # on its way: not shown
        (((0.0, Blur.BYSTANDERS), (4.0, Blur.ALL)), CLEAR, 6.1, "were to be blurred", False),
    ],
)
def test_a_preview_is_shown_where_it_was_asked_for_as_it_was_asked_for(
    wishes: tuple[tuple[float, Blur], ...], frame: PreviewFrame, now: float, problem: str | None, shown: bool
) -> None:
    due = PreviewsDue()
    for at, blur in wishes:
        due.wish(blur, at)
    found = due.problem_of(frame, now)
    assert (problem or "") in (found or "")
    assert (found is None) is (problem is None)
    assert due.shows(frame) is shown


def test_more_previews_than_agreed_are_refused() -> None:
    due = PreviewsDue()
    due.wish(Blur.ALL, 0.0)
    found = [due.problem_of(HIDDEN, 1.0) for _ in range(30)]
    assert found[:20] == [None] * 20, "what a busy gate left waiting is taken at once"
    assert found[20:] == ["more than 5 previews a second"] * 10


def test_a_worker_that_shows_what_nobody_asked_for_is_killed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    unasked = encode(replace(PREVIEW, captured=time.monotonic()))
    worker = start_worker(TASK, written(tmp_path_factory, unasked * 4))
    taken: list[Report] = []
    with pytest.raises(VisionError, match="4 invalid reports: a preview that nobody asked for"):
        taken.extend(worker.reports())
    worker.close()
    assert {type(report) for report in taken} == {ReportRefused}


@pytest.mark.parametrize("faces", [FaceEngineName.NONE, FaceEngineName.SFACE])
def test_the_real_worker_shows_what_it_sees_when_it_is_asked_and_only_then(
    faces: FaceEngineName, shared_data: Path
) -> None:
    """It was never asked for the first frames; confined as ever, it makes the pictures all the same."""
    [person, *_] = sorted((shared_data / "faces" / "lfw_dev").iterdir())
    camera = VisionConfiguration(camera=f"folder:{person}", faces=faces, hold=60.0)
    worker = start_worker(WorkerTask(camera))
    sightings = 0
    for report in worker.reports():
        if isinstance(report, Sighting):
            sightings += 1
            if sightings == 3:
                worker.wish(Blur.ALL)
        if isinstance(report, PreviewFrame):
            break
    worker.close()
    assert sightings >= 3, "no picture was sent before somebody asked for one"
    assert isinstance(report, PreviewFrame)
    assert report.blurred is Blur.ALL
    assert (report.faces > 0) is (faces is FaceEngineName.SFACE)


def test_a_wish_for_a_worker_that_has_ended_is_no_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    worker = start_worker(TASK, written(tmp_path_factory, b""))
    list(worker.reports())
    worker.wish(Blur.ALL)
    worker.close()
    worker.wish(Blur.ALL)


def test_a_worker_that_does_not_listen_holds_nobody_up() -> None:
    """The pipe is full after 64 KiB of wishes; the next ones are lost, and nobody waits."""
    worker = start_worker(TASK, ["sleep", "600"])
    for _ in range(1 << 17):
        worker.wish(Blur.ALL)
    worker.kill()
    worker.close()
