"""Looks for an enrolment over the pipe: on request only, while it goes on, and checked as a stranger's."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.errors import VisionError
from edge.vision.configuration import FaceEngineName, VisionConfiguration, WorkerTask
from edge.vision.reports import Blur, EnrolmentLook, Report, ReportRefused, Sighting
from edge.vision.worker.process import start_worker
from edge.vision.worker.wire import ENROL, EnrolmentWish, PreviewWish, encode, wish_for
from tests.edge.vision.reported import LOOK, TASK, written


def test_a_wish_to_enrol_holds_for_five_seconds_beside_one_for_previews() -> None:
    enrolling, previews = EnrolmentWish(), PreviewWish()
    assert not enrolling.holds(0.0)
    for received in (wish_for(Blur.ALL), wish_for(Blur.ALL) + ENROL, b"\x00noise"):
        enrolling.tell(received, 1.0)
        previews.tell(received, 1.0)
    assert [enrolling.holds(now) for now in (1.0, 6.0, 6.1)] == [True, True, False]
    assert previews.holds(1.0) is Blur.ALL


def test_a_worker_that_enrols_whom_nobody_asked_about_is_killed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    unasked = encode(replace(LOOK, captured=time.monotonic()))
    worker = start_worker(TASK, written(tmp_path_factory, unasked * 4))
    taken: list[Report] = []
    with pytest.raises(VisionError, match="4 invalid reports: a look for an enrolment that nobody asked"):
        taken.extend(worker.reports())
    worker.close()
    assert {type(report) for report in taken} == {ReportRefused}


def test_a_look_that_comes_late_is_passed_over_and_no_fault_of_the_workers(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    late = encode(replace(LOOK, captured=0.001))
    worker = start_worker(TASK, written(tmp_path_factory, late * 9))
    worker.wish_to_enrol()
    assert list(worker.reports()) == []
    worker.close()


def test_the_real_worker_looks_so_when_it_is_asked_and_only_then(shared_data: Path) -> None:
    """It was never asked for the first frames; a good photograph gives a template, confined as ever."""
    [person, *_] = sorted((shared_data / "faces" / "lfw_dev").iterdir())
    camera = VisionConfiguration(camera=f"folder:{person}", faces=FaceEngineName.SFACE, hold=60.0)
    worker = start_worker(WorkerTask(camera))
    sightings, looks = 0, list[EnrolmentLook]()
    for report in worker.reports():
        if isinstance(report, Sighting):
            sightings += 1
            if sightings == 3:
                worker.wish_to_enrol()
        if isinstance(report, EnrolmentLook):
            looks.append(report)
            break
    worker.close()
    assert sightings >= 3, "nobody was looked at so before somebody asked for it"
    assert (looks[0].faces, bool(looks[0].template)) == (1, not looks[0].problems)
