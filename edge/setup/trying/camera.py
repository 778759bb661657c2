"""Tries the camera through the vision worker: a picture, and the figures that the gate judges a face by."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from queue import Empty, SimpleQueue
from time import monotonic

from edge.configuration import GateConfiguration
from edge.console.aiming import advice_on
from edge.setup.core import TrialOutcome
from edge.setup.trying.wire import TryThis
from edge.vision.configuration import WorkerTask
from edge.vision.reports import Blur, CameraReport, CameraState, PreviewFrame, Report, WorkerFailed
from edge.vision.worker.supervisor import VisionSupervisor

_NO_PICTURE = "is it plugged in, and held by no other program? then: gatepost setup --step camera"
_WISHES_EVERY = 1.0
_LOOKS_FOR = 6.0
"""Seconds of pictures by which somebody who stands there is looked for."""


def try_camera(configuration: GateConfiguration, asked: TryThis, tell: Callable[[str], None]) -> TrialOutcome:
    """What the camera sees, every face in it blurred; the last picture that shows a face counts."""
    if not configuration.vision.watches:
        return TrialOutcome("camera", True, ("no camera: codes by a scanner alone",))
    reports: SimpleQueue[Report] = SimpleQueue()
    with ExitStack() as running:
        vision = VisionSupervisor(WorkerTask(configuration.vision))
        vision.start(reports.put)
        running.callback(vision.stop)
        best, said, problem = _watched(vision, reports, asked.seconds, tell)
    if best is None:
        remedy = _NO_PICTURE if not problem else "then: gatepost setup --step camera (docs/cameras.md)"
        return TrialOutcome("camera", False, said, problem or "gives no picture", remedy)
    advice = tuple(f"{one.seen} {one.do}" for one in advice_on(best))
    return TrialOutcome("camera", True, (*_figures(best), *advice))


def _watched(
    vision: VisionSupervisor, reports: SimpleQueue[Report], seconds: float, tell: Callable[[str], None]
) -> tuple[PreviewFrame | None, tuple[str, ...], str]:
    """The best preview, what the camera said of itself, and what failed."""
    best: PreviewFrame | None = None
    said: list[str] = []
    ends, wish_at = monotonic() + seconds, 0.0
    while monotonic() < ends:
        if monotonic() >= wish_at:
            wish_at = monotonic() + _WISHES_EVERY
            vision.preview(Blur.ALL)
        match _next(reports):
            case PreviewFrame() as frame:
                if best is None:
                    ends = min(ends, monotonic() + _LOOKS_FOR)
                    size = f"{frame.width / frame.scale:.0f}×{frame.height / frame.scale:.0f}"
                    tell(f"a picture of {size} pixels")
                best = _better(best, frame)
                if frame.face is not None and frame.face.problem is None:
                    break
            case CameraReport() as report:
                said.append(f"{report.state.value}: {report.detail}".strip(": "))
                if report.state is CameraState.FINISHED:
                    break
            case WorkerFailed(reason=reason):
                return best, tuple(said), reason
    return best, tuple(said), said[0] if said and best is None else ""


def _next(reports: SimpleQueue[Report]) -> Report | None:
    with suppress(Empty):
        return reports.get(timeout=0.2)
    return None


def _better(best: PreviewFrame | None, frame: PreviewFrame) -> PreviewFrame:
    """Of two pictures the newer, unless only the older shows a face."""
    return frame if best is None or frame.face is not None or best.face is None else best


def _figures(frame: PreviewFrame) -> tuple[str, ...]:
    face = frame.face
    light = (
        f"light {frame.light:.0f} of 255 (40 to 215 is well), {100 * frame.dark:.0f} % of it black "
        f"(50 % at most), {100 * frame.bright:.0f} % white (20 % at most)"
    )
    seen = [f"{light}, sharpness {frame.sharpness:.0f}, {frame.faces} faces"]
    if face is not None:
        verdict = "recognised so" if face.problem is None else f"not recognised: {face.problem.value}"
        seen.append(
            f"face: {face.size:.0f} pixels between the eyes (20 are needed, 36 to enrol), "
            f"light {face.light:.0f}, contrast {face.contrast:.0f}, sharpness {face.sharpness:.0f}, "
            f"quality {face.quality:.2f}: {verdict}"
        )
    return tuple(seen)
