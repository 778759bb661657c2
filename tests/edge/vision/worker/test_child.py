"""The worker as a process: it ends with its parent."""

from __future__ import annotations

from edge.vision.configuration import FaceEngineName, VisionConfiguration, WorkerTask
from edge.vision.reports import Confinement
from edge.vision.worker.process import start_worker
from tests.waiting import sooner_than


def test_a_worker_ends_with_its_parent() -> None:
    worker = start_worker(WorkerTask(VisionConfiguration(camera="v4l2:99", faces=FaceEngineName.NONE)))
    reports = worker.reports()
    assert isinstance(next(reports), Confinement)
    with sooner_than(100.0, "nobody has to kill it"):
        worker.close(100.0)
