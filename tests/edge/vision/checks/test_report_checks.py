"""A worker's report is a stranger's: what is not possible never gets further than the pipe's end."""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Iterator
from queue import Queue
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.errors import VisionError
from edge.liveness import HeadPose
from edge.vision.checks import expected_of, is_stale, problem_of
from edge.vision.checks.report_checks import Expected
from edge.vision.configuration import (
    ENGINE_NAMES,
    TEMPLATE_NUMBERS,
    FaceEngineName,
    FrameMode,
    VisionConfiguration,
    WorkerTask,
)
from edge.vision.reports import (
    Box,
    CameraReport,
    CameraState,
    CodeSighting,
    Confinement,
    FaceSighting,
    Heartbeat,
    InputRefused,
    Report,
    ReportRefused,
    Sighting,
    WorkerFailed,
    WorkerReport,
)
from edge.vision.worker.process import start_worker
from edge.vision.worker.supervisor import VisionSupervisor
from edge.vision.worker.wire import NotAReport, ReportDecoder, encode
from tests.waiting import PATIENT, first_of

NOW = 1000.0
TASK = WorkerTask(VisionConfiguration())
LIVE = expected_of(TASK)
ENGINE = ENGINE_NAMES[FaceEngineName.SFACE]
TEMPLATE = np.full(128, 1 / math.sqrt(128), "<f4").tobytes()
FACE = FaceSighting(
    1, Box(10, 20, 30, 40), 0.9, ((1.0, 2.0),) * 5, 0.8, engine=ENGINE, template=TEMPLATE, liveness=0.5
)
CODE = CodeSighting("HC1:…", 5, ((1.0, 2.0),) * 4)
GOOD = Sighting(1, NOW - 0.1, "v4l2:0", 640, 480, (FACE,), (CODE,), {"watch": 0.5})


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
    "more than alive": with_face(liveness=1e9),
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


@pytest.mark.parametrize(
    ("camera", "ends"), [("v4l2:0", False), ("rtsp://a/b", False), ("file:a.mp4", True), ("folder:a", True)]
)
def test_only_files_come_to_an_end(camera: str, ends: bool) -> None:
    assert WorkerTask(VisionConfiguration(camera=camera)).ends is ends


def test_every_engine_says_how_long_its_templates_are() -> None:
    assert set(TEMPLATE_NUMBERS) == set(FaceEngineName)


# --- what is not even a report -------------------------------------------------------------------


def framed(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


NOT_REPORTS = {
    "text that is not UTF-8": framed(
        encode(CameraReport(CameraState.GONE, 1.0, "?"))[4:].replace(b"\xa1?", b"\xa1\xff")
    ),
    "nested without end": framed(b"\x91" * 100_000 + b"\xc0"),
    "nothing": framed(b""),
    "what only the parent says": framed(msgspec.msgpack.encode(WorkerFailed(1.0, "said by the child", 1))),
    "a refusal of its own": framed(msgspec.msgpack.encode(ReportRefused(1.0, "said by the child"))),
    "another field": framed(msgspec.msgpack.encode({"type": "alive", "at": 1.0, "resident": 1, "more": 1})),
}


@pytest.mark.parametrize("name", NOT_REPORTS)
def test_what_is_not_a_report_is_one_error_and_what_follows_is_read(name: str) -> None:
    after = Heartbeat(1.0, 1)
    first, second = ReportDecoder().feed(NOT_REPORTS[name] + encode(after))
    assert isinstance(first, NotAReport)
    assert second == after


odd = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 63), (1 << 64) - 1), st.floats(), st.text(max_size=20),
    st.binary(max_size=600), st.lists(st.floats(), max_size=6),
    st.dictionaries(st.text(max_size=5), st.floats(), max_size=3),
)  # fmt: skip


@st.composite
def altered(draw: st.DrawFn) -> bytes:
    """A good sighting in which one value is another."""
    value: Any = msgspec.msgpack.decode(msgspec.msgpack.encode(GOOD))
    place = value
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and draw(st.integers(0, 4)):
            place = inner
            continue
        place[key] = draw(odd)
        return framed(msgspec.msgpack.encode(value))


@settings(derandomize=True, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
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


@settings(derandomize=True, max_examples=300)
@given(st.lists(st.binary(max_size=40), max_size=8), st.booleans())
def test_bytes_are_the_same_however_they_are_cut(pieces: list[bytes], whole: bool) -> None:
    good = encode(GOOD)
    data = good + b"".join(framed(piece) for piece in pieces) + good
    decoder = ReportDecoder()
    cuts = [data] if whole else [data[place : place + 7] for place in range(0, len(data), 7)]
    found = [report for cut in cuts for report in decoder.feed(cut)]
    assert found[0] == found[-1] == GOOD
    assert len(found) == len(pieces) + 2


# --- the supervisor ------------------------------------------------------------------------------


def written(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> list[str]:
    """The command of a worker that writes `data` and ends."""
    path = tmp_path_factory.mktemp("pipe") / "bytes"
    path.write_bytes(data)
    return ["cat", str(path)]


def framed_or_not() -> st.SearchStrategy[bytes]:
    return st.lists(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(framed), altered())).map(
        b"".join
    )


@pytest.fixture(scope="module")
def _starts_again_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edge.vision.worker.supervisor._FIRST_PAUSE", 0.01)
        yield


@pytest.mark.usefixtures("_starts_again_at_once")
@settings(derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(framed_or_not())
@example(b"\xff" * 100)
@example(b"".join(NOT_REPORTS.values()))
@example(encode(GOOD)[:-1])
def test_the_supervisor_survives_any_bytes_and_starts_another_worker(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    heard: Queue[Report] = Queue()
    supervisor = VisionSupervisor(TASK, command=written(tmp_path_factory, data))
    supervisor.start(heard.put)
    try:
        while not isinstance(said := heard.get(timeout=PATIENT), WorkerFailed):
            assert isinstance(said, ReportRefused | Sighting)
        assert supervisor.working
        first_of(heard, lambda report: isinstance(report, WorkerFailed))
        assert supervisor.working
    finally:
        supervisor.stop()


def test_whatever_goes_wrong_in_listening_is_said_and_the_next_worker_heard() -> None:
    heard: Queue[Report] = Queue()

    def deliver(report: Report) -> None:
        heard.put(report)
        if type(report) is Heartbeat:
            raise ValueError("somebody further in has a bad day")

    supervisor = VisionSupervisor(
        WorkerTask(VisionConfiguration(camera="v4l2:99", faces=FaceEngineName.NONE))
    )
    supervisor.start(deliver)
    try:
        failed = [heard_of(heard) for _ in range(2)]
        assert [item.restarts for item in failed] == [1, 2]
        assert "bad day" in failed[0].reason
        assert supervisor.working
    finally:
        supervisor.stop()


def heard_of(heard: Queue[Report]) -> WorkerFailed:
    said = first_of(heard, lambda report: isinstance(report, WorkerFailed))
    assert isinstance(said, WorkerFailed)
    return said


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_supervisor_that_did_end_is_not_working() -> None:
    """The watchdog is fed only while it works: see tests/edge/runtime/test_vision_at_the_gate.py."""

    def deliver(_: Report) -> None:
        raise SystemExit

    supervisor = VisionSupervisor(TASK, command=["true"])
    assert not supervisor.working, "it was never started"
    supervisor.start(deliver)
    assert supervisor._thread is not None
    supervisor._thread.join(PATIENT)
    assert not supervisor.working


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


def test_frames_that_come_late_are_said_and_held_against_nobody(
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
    with pytest.raises(VisionError, match="hangs: no word for 1 s"):
        list(worker.reports())
    worker.close()


def faces_of(reports: Iterator[Report]) -> list[int]:
    return [face.track for report in reports if isinstance(report, Sighting) for face in report.faces]


def test_a_track_of_one_worker_is_never_taken_for_another_workers(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Both begin to count at 1: a face seen before a crash would be joined with somebody else's after it."""
    path = tmp_path_factory.mktemp("pipe") / "bytes"
    heard: Queue[Report] = Queue()
    path.write_bytes(encode(replace(GOOD, captured=time.monotonic())))
    supervisor = VisionSupervisor(TASK, command=["cat", str(path)])

    def deliver(report: Report) -> None:
        if isinstance(report, WorkerFailed):
            path.write_bytes(encode(replace(GOOD, captured=time.monotonic())))
        heard.put(report)

    supervisor.start(deliver)
    tracks: list[int] = []
    try:
        while len(tracks) < 2:
            said = heard.get(timeout=PATIENT)
            tracks += faces_of(iter([said]))
    finally:
        supervisor.stop()
    assert tracks[0] != tracks[1]


def test_the_expectations_follow_the_task() -> None:
    assert expected_of(TASK) == Expected(ENGINE, 128, live=True, ends=False)
