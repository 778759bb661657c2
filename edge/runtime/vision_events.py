"""What the journal gets to know of camera and worker: the first of each kind at once, the rest by number.

Pure. A camera that flaps, and a worker that somebody makes fail, must not fill a journal.
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.journal.format import EventKind
from edge.support.throttle import TELL_AGAIN_AFTER
from edge.vision.reports import CameraReport, CameraState, Confinement, ReportRefused, WorkerFailed

Said = CameraReport | Confinement | ReportRefused | WorkerFailed
Event = tuple[EventKind, dict[str, object]]

_STATES = frozenset(state.value for state in CameraState)
_NEVER = float("-inf")


class VisionEvents:
    """Takes what is said of the camera, and gives what is to be written down.

    Each kind of event (each state of the camera is one) is told once a minute at most. What is held back is
    told when its minute is over: then it says how often it happened, and the journal ends with how it is.
    """

    def __init__(self) -> None:
        self._told: dict[str, float] = {}
        self._waiting: dict[str, Event] = {}
        self._times: dict[str, int] = {}
        self._missing: tuple[str, ...] = ()

    def hear(self, said: Said) -> None:
        """Take in one report."""
        match said:
            case CameraReport():
                self._camera(said)
            case Confinement() if said.missing != self._missing:
                self._missing = said.missing
                self._wait("confinement", EventKind.VISION_NOT_CONFINED, {"missing": list(said.missing)})
            case ReportRefused():
                self._wait("refused", EventKind.VISION_REPORT_REFUSED, {"reason": said.reason})
            case WorkerFailed():
                body: dict[str, object] = {"reason": said.reason, "restarts": said.restarts}
                self._wait("failed", EventKind.VISION_FAILED, body)
            case _:
                pass

    def due(self, now: float) -> Iterator[Event]:
        """What is to be written down at `now` (monotonic s)."""
        for what in [
            what for what in self._waiting if now - self._told.get(what, _NEVER) >= TELL_AGAIN_AFTER
        ]:
            kind, body = self._waiting.pop(what)
            self._told[what] = now
            times = self._times.pop(what)
            yield kind, body if times == 1 else body | {"times": times}

    def _camera(self, report: CameraReport) -> None:
        """A state that has passed meanwhile is counted, and told only if it comes again."""
        for what in [what for what in self._waiting if what in _STATES and what != report.state]:
            del self._waiting[what]
        body: dict[str, object] = {"state": report.state.value, "detail": report.detail}
        if report.state is CameraState.FINISHED:
            self._told.pop(report.state, None)
        self._wait(report.state, EventKind.CAMERA_STATE, body)

    def _wait(self, what: str, kind: EventKind, body: dict[str, object]) -> None:
        self._waiting[what] = kind, body
        self._times[what] = self._times.get(what, 0) + 1
