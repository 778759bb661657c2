"""Checks the worker's reports as a stranger's: it decodes pictures that anyone may hold up. PURE.

The one place where its values enter the gate. What passes cannot raise further in, grow without bound, match
by being impossible, or hold up what comes after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

import numpy as np

from edge.liveness import HeadPose, LivenessReading
from edge.vision.configuration import ENGINE_NAMES, TEMPLATE_NUMBERS, FrameMode, WorkerTask
from edge.vision.reports import (
    MAX_CODE_CHARACTERS,
    MOST_JPEG_BYTES,
    MOST_PREVIEW_SIDE,
    MOST_PROBLEMS,
    CameraReport,
    CameraState,
    CannotStart,
    CodeSighting,
    Confinement,
    EnrolmentLook,
    FaceMeter,
    FaceSighting,
    Heartbeat,
    InputRefused,
    PreviewFrame,
    Sighting,
    WorkerReport,
)

STALE = 1.5
"""Seconds after which a frame is too old to decide by."""
_MOST_FACES, _MOST_CODES, _MOST_TIMINGS, _MOST_MISSING = 256, 64, 16, 16
_MOST_NETS, _WIDEST_EYES = 8, 10.0
_MOST_CHARACTERS, _MOST_OF_A_NAME = 4096, 32
_MOST_PIXELS = 65_535
_FARTHEST = 1e6
"""Pixels: a corner may lie outside the picture, not a kilometre off."""
_LONGEST = 1e7
"""Milliseconds of one stage."""
_MOST_NUMBER = (1 << 31) - 1
_UNIT = 1e-2
"""How far the length of a template may be from 1, which float32 keeps far better."""


@dataclass(frozen=True)
class Expected:
    """What a worker on a task may report: its engine's templates, frames of now (`live`), an end (`ends`)."""

    engine: str
    template_numbers: int
    live: bool
    ends: bool


def expected_of(task: WorkerTask) -> Expected:
    """What a worker on `task` may report."""
    faces = task.vision.faces
    return Expected(ENGINE_NAMES[faces], TEMPLATE_NUMBERS[faces], task.frames is FrameMode.LIVE, task.ends)


def problem_of(report: WorkerReport, expected: Expected, now: float) -> str | None:
    """Why `report`, read at `now` (monotonic s), cannot be true; None where it may be."""
    match report:
        case Sighting() | PreviewFrame() | EnrolmentLook():
            return _of_a_frame(report, expected, now)
        case CameraReport(state=CameraState.FINISHED) if not expected.ends:
            return "a live camera has come to an end"
        case CameraReport(detail=text) | CannotStart(reason=text):
            return _time(report.at, now) or _text("its text", text)
        case InputRefused():
            return _time(report.at, now) or _text("input", report.input) or _text("reason", report.reason)
        case Heartbeat():
            return _time(report.at, now) or _within("resident", report.resident, 0, 1 << 62)
        case Confinement():
            texts = (_text("missing", item) for item in report.missing[:_MOST_MISSING])
            too_many = _within("missing", len(report.missing), 0, _MOST_MISSING)
            return _time(report.at, now) or too_many or _first(texts)


def _of_a_frame(
    report: Sighting | PreviewFrame | EnrolmentLook, expected: Expected, now: float
) -> str | None:
    match report:
        case Sighting():
            return _sighting(report, expected, now)
        case PreviewFrame():
            return _preview(report, now)
        case EnrolmentLook():
            return _enrolment(report, expected, now)


def is_stale(report: WorkerReport, expected: Expected, now: float) -> bool:
    """Whether `report` is too old to decide by, though it may be true."""
    return isinstance(report, Sighting) and expected.live and now - report.captured > STALE


def _sighting(report: Sighting, expected: Expected, now: float) -> str | None:
    # A video's frames keep the video's own times, which may run ahead of the clock.
    return (
        (_time(report.captured, now) if expected.live else _finite("captured", report.captured))
        or _within("frame", report.frame, 1, 1 << 53)
        or _within("width", report.width, 1, _MOST_PIXELS)
        or _within("height", report.height, 1, _MOST_PIXELS)
        or _text("input", report.input)
        or _within("faces", len(report.faces), 0, _MOST_FACES)
        or _within("codes", len(report.codes), 0, _MOST_CODES)
        or _timings(report.timings)
        or _first(_face(face, expected) for face in report.faces)
        or _first(_code(code) for code in report.codes)
    )


def _preview(report: PreviewFrame, now: float) -> str | None:
    """Nothing here decodes the picture: that it begins and ends as a JPEG is all that the gate asks of it."""
    return (
        _time(report.captured, now)
        or _within("frame", report.frame, 1, 1 << 53)
        or _within("a preview's width", report.width, 1, MOST_PREVIEW_SIDE)
        or _within("a preview's height", report.height, 1, MOST_PREVIEW_SIDE)
        or _within("a preview's bytes", len(report.jpeg), 1, MOST_JPEG_BYTES)
        or (None if _is_framed(report.jpeg) else "a preview is not a JPEG")
        or _within("faces", report.faces, 0, _MOST_FACES)
        or _within("light", report.light, 0.0, 255.0)
        or _within("dark", report.dark, 0.0, 1.0)
        or _within("bright", report.bright, 0.0, 1.0)
        or _within("sharpness", report.sharpness, 0.0, _FARTHEST)
        or _within("scale", report.scale, 0.0, 1.0)
        or (None if report.face is None else _meter(report.face))
    )


def _is_framed(jpeg: bytes) -> bool:
    return jpeg.startswith(b"\xff\xd8\xff") and jpeg.endswith(b"\xff\xd9")


def _meter(face: FaceMeter) -> str | None:
    box = face.box
    return (
        _points("box", ((box.left, box.top), (box.width, box.height)))
        or (None if box.width > 0 and box.height > 0 else "a face has no size")
        or _within("size", face.size, 0.0, _MOST_PIXELS)
        or _within("share", face.share, 0.0, _MOST_PIXELS)
        or _within("light", face.light, 0.0, 255.0)
        or _within("glare", face.glare, 0.0, 255.0)
        or _within("contrast", face.contrast, 0.0, 255.0)
        or _within("sharpness", face.sharpness, 0.0, _FARTHEST)
        or _within("quality", face.quality, 0.0, 1.001)
        or (None if face.pose is None else _pose(face.pose))
    )


def _enrolment(look: EnrolmentLook, expected: Expected, now: float) -> str | None:
    return (
        _time(look.captured, now)
        or _within("faces", look.faces, 0, _MOST_FACES)
        or _within("a face's size", look.size, 0.0, _MOST_PIXELS)
        or _within("problems", len(look.problems), 0, MOST_PROBLEMS)
        or (None if look.pose is None else _pose(look.pose))
        or _template(look, expected)
        or ("a template of a face that is not to be enrolled" if look.template and _is_unfit(look) else None)
    )


def _is_unfit(look: EnrolmentLook) -> bool:
    return look.faces != 1 or bool(look.problems) or look.pose is None


def _face(face: FaceSighting, expected: Expected) -> str | None:
    box = face.box
    return (
        _within("track", face.track, 0, _MOST_NUMBER)
        or _points("box", ((box.left, box.top), (box.width, box.height)))
        or (None if box.width > 0 and box.height > 0 else "a face has no size")
        or _within("confidence", face.confidence, 0.0, 1.001)
        or _within("quality", face.quality, 0.0, 1.001)
        or (None if face.liveness is None else _reading(face.liveness))
        or (None if face.eyes is None else _within("eyes", face.eyes, 0.0, _WIDEST_EYES))
        or (None if len(face.landmarks) in {0, 5} else f"a face has {len(face.landmarks)} landmarks, not 5")
        or _points("landmarks", face.landmarks)
        or (None if face.pose is None else _pose(face.pose))
        or _template(face, expected)
    )


def _reading(reading: LivenessReading) -> str | None:
    return (
        _within("liveness", reading.measure, 0.0, 1.001)
        or _within("liveness nets", len(reading.nets), 0, _MOST_NETS)
        or _first(
            _within("a net's name", len(name), 1, _MOST_OF_A_NAME)
            or _within("a net's share", share, 0.0, 1.001)
            for name, share in reading.nets.items()
        )
        or (None if reading.veto is None else _within("a veto", reading.veto, -_FARTHEST, _FARTHEST))
    )


def _pose(pose: HeadPose) -> str | None:
    return (
        _within("a yaw", pose.yaw, -_FARTHEST, _FARTHEST)
        or _within("a pitch", pose.pitch, -_FARTHEST, _FARTHEST)
        or _within("a roll", pose.roll, -180.0, 180.0)
    )


def _template(face: FaceSighting | EnrolmentLook, expected: Expected) -> str | None:
    if face.engine not in {"", expected.engine}:
        return f"a face comes from another engine than {expected.engine}"
    if not face.template:
        return None
    size = 4 * expected.template_numbers
    if not face.engine or len(face.template) != size:
        return f"a template has {len(face.template)} bytes, not {size}"
    with np.errstate(over="ignore", invalid="ignore"):
        vector = np.frombuffer(face.template, dtype="<f4").astype(np.float64)
        length = float(np.linalg.norm(vector))
    return None if abs(length - 1.0) <= _UNIT else "a template is not of unit length"


def _code(code: CodeSighting) -> str | None:
    return (
        _within("a code's text", len(code.text), 0, MAX_CODE_CHARACTERS)
        or _within("a code's length", code.length, 0, _MOST_NUMBER)
        or _within("a code's corners", len(code.corners), 0, _MOST_CODES)
        or _points("a code's corners", code.corners)
    )


def _timings(timings: dict[str, float]) -> str | None:
    return _within("timings", len(timings), 0, _MOST_TIMINGS) or _first(
        _within("a stage's name", len(stage), 1, _MOST_OF_A_NAME) or _within("a timing", took, 0.0, _LONGEST)
        for stage, took in timings.items()
    )


def _time(at: float, now: float) -> str | None:
    return _finite("its time", at) or (None if 0.0 <= at <= now else "its time is ahead of the clock")


def _points(what: str, points: tuple[tuple[float, float], ...]) -> str | None:
    return _first(_within(what, value, -_FARTHEST, _FARTHEST) for point in points for value in point)


def _text(what: str, text: str) -> str | None:
    return _within(f"{what}'s length", len(text), 0, _MOST_CHARACTERS)


def _within(what: str, value: float, least: float, most: float) -> str | None:
    # A value that is not a number is not within anything.
    return None if least <= value <= most else f"{what} is {value}, not {least} to {most}"


def _finite(what: str, value: float) -> str | None:
    return None if isfinite(value) else f"{what} is {value}"


def _first(problems: Iterable[str | None]) -> str | None:
    return next((problem for problem in problems if problem is not None), None)
