"""A worker's report is a stranger's: what is not possible never gets further than the pipe's end."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from edge.decision import FaceProblem
from edge.liveness import HeadPose, LivenessReading
from edge.vision.checks import expected_of, is_stale, problem_of
from edge.vision.checks.report_checks import Expected
from edge.vision.configuration import FrameMode, VisionConfiguration, WorkerTask
from edge.vision.reports import (
    MOST_JPEG_BYTES,
    Box,
    CameraReport,
    CameraState,
    Confinement,
    Heartbeat,
    InputRefused,
    Sighting,
    WorkerReport,
)
from edge.vision.worker.wire import NotAReport, ReportDecoder
from tests.edge.vision.reported import (
    CODE,
    ENGINE,
    FACE,
    GOOD,
    LIVE,
    LOOK,
    METER,
    NOW,
    PREVIEW,
    TASK,
    TEMPLATE,
    altered,
)
from tests.examples import tried


def with_face(**fields: Any) -> Sighting:
    return replace(GOOD, faces=(replace(FACE, **fields),))


def with_code(**fields: Any) -> Sighting:
    return replace(GOOD, codes=(replace(CODE, **fields),))


def scaled(factor: float) -> bytes:
    return (np.frombuffer(TEMPLATE, "<f4") * factor).astype("<f4").tobytes()


IMPOSSIBLE: dict[str, WorkerReport] = {
    "a time ahead of the clock": replace(GOOD, captured=NOW + 0.001),
    "a time far ahead": replace(GOOD, captured=1e300),
    "a time before the computer began": replace(GOOD, captured=-1.0),
    "no time": replace(GOOD, captured=math.nan),
    "an endless time": replace(GOOD, captured=math.inf),
    "no width": replace(GOOD, width=0),
    "a width below nothing": replace(GOOD, width=-640),
    "no height": replace(GOOD, height=0),
    "a huge picture": replace(GOOD, width=1 << 40),
    "frame nought": replace(GOOD, frame=0),
    "a long name": replace(GOOD, input="x" * 5000),
    "a crowd": replace(GOOD, faces=(FACE,) * 257),
    "a wall of codes": replace(GOOD, codes=(CODE,) * 65),
    "many timings": replace(GOOD, timings={str(n): 1.0 for n in range(17)}),
    "a timing that is not a number": replace(GOOD, timings={"watch": math.nan}),
    "a stage with a long name": replace(GOOD, timings={"w" * 33: 1.0}),
    "a template of three bytes": with_face(template=b"abc"),
    "a template of another length": with_face(template=TEMPLATE * 2),
    "a template too short by one": with_face(template=TEMPLATE[:-4]),
    "a template with what is not a number": with_face(template=struct.pack("<f", math.nan) + TEMPLATE[4:]),
    "a template with infinity": with_face(template=struct.pack("<f", math.inf) + TEMPLATE[4:]),
    "a template of no length": with_face(template=bytes(512)),
    "a template that is like everybody": with_face(template=scaled(1000.0)),
    "a template of huge numbers": with_face(template=struct.pack("<f", 3e38) * 128),
    "a template of another engine": with_face(engine="dlib-resnet-v1"),
    "a template of no engine": with_face(engine=""),
    "four landmarks": with_face(landmarks=((1.0, 2.0),) * 4),
    "a yaw nowhere": with_face(pose=HeadPose(math.nan)),
    "a pitch nowhere": with_face(pose=HeadPose(0.0, math.inf)),
    "a head upside down twice": with_face(pose=HeadPose(0.0, 0.0, 181.0)),
    "a landmark nowhere": with_face(landmarks=((math.nan, 2.0),) * 5),
    "a face without width": with_face(box=Box(1, 1, 0, 5)),
    "a face far outside": with_face(box=Box(1e9, 1, 5, 5)),
    "a face nowhere": with_face(box=Box(math.nan, 1, 5, 5)),
    "more than sure": with_face(confidence=2.0),
    "a quality that is not a number": with_face(quality=math.nan),
    "more than alive": with_face(liveness=LivenessReading(1e9)),
    "alive by no number": with_face(liveness=LivenessReading(math.nan)),
    "a net's share above one": with_face(liveness=LivenessReading(0.5, {"net": 2.0})),
    "a net with a long name": with_face(liveness=LivenessReading(0.5, {"n" * 33: 0.5})),
    "more nets than there are": with_face(liveness=LivenessReading(0.5, {str(at): 0.5 for at in range(9)})),
    "an endless veto": with_face(liveness=LivenessReading(0.5, veto=-math.inf)),
    "eyes without end": with_face(eyes=math.inf),
    "eyes inside out": with_face(eyes=-0.1),
    "a track below nothing": with_face(track=-1),
    "a track of another run": with_face(track=1 << 40),
    "a code of too many characters": with_code(text="x" * 4297),
    "a code shorter than nothing": with_code(length=-1),
    "a code with a corner nowhere": with_code(corners=((math.inf, 0.0),)),
    "a code of a hundred corners": with_code(corners=((0.0, 0.0),) * 100),
    "a live camera that ends": CameraReport(CameraState.FINISHED, NOW, ""),
    "a state of tomorrow": CameraReport(CameraState.GONE, NOW + 86400, ""),
    "a long story": CameraReport(CameraState.GONE, NOW, "x" * 5000),
    "a beat of tomorrow": Heartbeat(NOW + 1, 1),
    "less than no memory": Heartbeat(NOW, -1),
    "a refusal with a long name": InputRefused("x" * 5000, "", NOW),
    "a refusal that is long": InputRefused("", "x" * 5000, NOW),
    "much that is missing": Confinement(NOW, ("x",) * 17),
    "a preview of tomorrow": replace(PREVIEW, captured=NOW + 1.0),
    "a preview wider than agreed": replace(PREVIEW, width=481),
    "a preview without height": replace(PREVIEW, height=0),
    "a preview of nothing": replace(PREVIEW, jpeg=b""),
    "a preview as large as a film": replace(
        PREVIEW, jpeg=b"\xff\xd8\xff" + bytes(MOST_JPEG_BYTES) + b"\xff\xd9"
    ),
    "a preview that is a page": replace(PREVIEW, jpeg=b"<html>\xff\xd9"),
    "a preview that goes on after its end": replace(PREVIEW, jpeg=PREVIEW.jpeg + b"<script>"),
    "a preview of a crowd": replace(PREVIEW, faces=257),
    "a preview lighter than white": replace(PREVIEW, light=256.0),
    "a preview darker than all of it": replace(PREVIEW, dark=1.5),
    "a preview brighter than all of it": replace(PREVIEW, bright=math.nan),
    "a preview larger than its picture": replace(PREVIEW, scale=1.5),
    "a preview sharp without end": replace(PREVIEW, sharpness=math.inf),
    "a metered face nowhere": replace(PREVIEW, face=replace(METER, box=Box(math.nan, 1, 5, 5))),
    "a metered face without size": replace(PREVIEW, face=replace(METER, box=Box(1, 1, 0, 5))),
    "a metered face with no number for its light": replace(PREVIEW, face=replace(METER, light=math.nan)),
    "a look of tomorrow": replace(LOOK, captured=NOW + 1.0),
    "a look at a crowd": replace(LOOK, faces=257, template=b""),
    "a look at a face of no size": replace(LOOK, size=math.nan),
    "a look with every problem twice": replace(LOOK, problems=tuple(FaceProblem) * 2, template=b""),
    "a template of two faces": replace(LOOK, faces=2),
    "a template of a blurred face": replace(LOOK, problems=(FaceProblem.BLURRED,)),
    "a template of a face without a pose": replace(LOOK, pose=None),
    "a template of half the length": replace(LOOK, template=TEMPLATE[:256]),
    "a template of no unit length": replace(LOOK, template=scaled(2.0)),
    "a look of another engine": replace(LOOK, engine="dlib-resnet-v1"),
    "a metered face upside down twice": replace(PREVIEW, face=replace(METER, pose=HeadPose(0.0, 0.0, 181.0))),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_be_is_refused(name: str) -> None:
    problem = problem_of(IMPOSSIBLE[name], LIVE, NOW)
    assert problem
    assert len(problem) < 200, "what is refused is not told at length"


@pytest.mark.parametrize(
    "report",
    [
        GOOD,
        replace(GOOD, captured=NOW),
        replace(GOOD, faces=(), codes=()),
        with_face(template=b"", engine=ENGINE, landmarks=()),
        with_face(liveness=None, box=Box(-5, -5, 700, 700)),
        CameraReport(CameraState.GONE, NOW, "is unplugged"),
        Heartbeat(NOW, 1 << 30),
        Confinement(NOW, ("files: this kernel has no Landlock",)),
        PREVIEW,
        replace(PREVIEW, face=None, faces=0),
        LOOK,
        replace(LOOK, faces=0, size=0.0, pose=None, template=b""),
        replace(LOOK, faces=1, problems=tuple(FaceProblem), template=b""),
    ],
)
def test_what_a_camera_really_shows_is_taken(report: WorkerReport) -> None:
    assert problem_of(report, LIVE, NOW) is None


@pytest.mark.parametrize(("age", "stale"), [(0.0, False), (1.4, False), (1.6, True), (900.0, True)])
def test_a_frame_of_more_than_one_and_a_half_seconds_ago_is_no_lie_and_nothing_to_decide_by(
    age: float, stale: bool
) -> None:
    report = replace(GOOD, captured=NOW - age)
    assert problem_of(report, LIVE, NOW) is None
    assert is_stale(report, LIVE, NOW) is stale


def test_a_replayed_video_keeps_its_own_times_and_ends() -> None:
    replay = expected_of(WorkerTask(VisionConfiguration(), FrameMode.EVERY, (b"a.mp4",)))
    assert problem_of(replace(GOOD, captured=NOW + 60.0), replay, NOW) is None
    assert not is_stale(replace(GOOD, captured=NOW - 60.0), replay, NOW)
    assert problem_of(CameraReport(CameraState.FINISHED, NOW, "a.mp4"), replay, NOW) is None
    assert problem_of(replace(GOOD, captured=math.inf), replay, NOW)


@settings(derandomize=True, max_examples=tried(300), suppress_health_check=[HealthCheck.too_slow])
@given(altered())
def test_one_odd_value_is_refused_or_harmless(data: bytes) -> None:
    [report] = ReportDecoder().feed(data)
    if isinstance(report, NotAReport) or problem_of(report, LIVE, NOW) is not None:
        return
    assert isinstance(report, Sighting)
    assert 0.0 <= report.captured <= NOW
    assert report.width > 0
    for face in report.faces:
        assert not face.template or np.isfinite(np.frombuffer(face.template, "<f4")).all()
        assert len(face.template) in {0, 512}


def test_the_expectations_follow_the_task() -> None:
    assert expected_of(TASK) == Expected(ENGINE, 128, live=True, ends=False)
