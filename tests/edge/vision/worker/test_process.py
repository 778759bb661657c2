"""One run of a worker, received with bounds: bad, late, endless and missing reports."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from msgspec.structs import replace

from edge.errors import VisionError
from edge.vision.configuration import VisionConfiguration, WorkerTask
from edge.vision.reports import Heartbeat, Report, ReportRefused, Sighting
from edge.vision.worker.process import start_worker
from edge.vision.worker.wire import encode
from tests.edge.vision.reported import GOOD, TASK, framed, written


def test_the_gate_itself_loads_no_picture_library() -> None:
    """Its memory, and its safety from native decoders, depend on it."""
    code = (
        "import edge.gate, sys; print([name for name in ('cv2', 'PIL', 'zxingcpp') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == "[]"


def test_a_worker_is_killed_after_a_few_bad_reports_not_at_the_first(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bad = framed(b"\xc0")
    good = encode(replace(GOOD, captured=time.monotonic()))
    worker = start_worker(TASK, written(tmp_path_factory, bad * 3 + good))
    kinds = [type(report) for report in worker.reports()]
    worker.close()
    assert kinds == [ReportRefused] * 3 + [Sighting]
    worker = start_worker(TASK, written(tmp_path_factory, bad * 4 + good))
    with pytest.raises(VisionError, match="4 invalid reports"):
        list(worker.reports())
    worker.close()


def test_frames_that_come_late_are_reported_and_kill_no_worker(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A busy computer would else kill its worker again and again, and be busier."""
    late = encode(replace(GOOD, captured=0.0))
    worker = start_worker(TASK, written(tmp_path_factory, late * 10))
    reports = list(worker.reports())
    worker.close()
    assert [type(report) for report in reports] == [ReportRefused] * 10
    assert "too late" in str(reports[0])


def test_a_flood_of_good_reports_is_bounded(tmp_path_factory: pytest.TempPathFactory) -> None:
    flood = encode(Heartbeat(1.0, 1)) * 5000
    worker = start_worker(TASK, written(tmp_path_factory, flood))
    taken: list[Report] = []
    with pytest.raises(VisionError, match="in a second"):
        taken.extend(worker.reports())
    worker.close()


def test_bytes_that_never_become_a_report_are_no_sign_of_life(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A byte now and then would keep a worker that hangs from being killed."""
    [_, path] = written(tmp_path_factory, encode(Heartbeat(1.0, 1)))
    drip = f"cat {path}; printf '\\000\\001\\000\\000'; while printf x; do sleep 0.1; done"
    worker = start_worker(WorkerTask(VisionConfiguration(hang_after=1.0)), ["sh", "-c", drip])
    with pytest.raises(VisionError, match="hangs: no report for 1 s"):
        list(worker.reports())
    worker.close()
