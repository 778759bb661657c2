"""What the journal gets to know of camera, worker and scanners: the first of each kind at once, the rest by
number.

Pure. A camera or a plug that flaps, and a worker that somebody makes fail, must not fill a journal.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from edge.journal.format import (
    CameraStateEvent,
    ScannerState,
    VisionFailed,
    VisionNotConfined,
    VisionReportRefused,
)
from edge.scanners.core import ReaderState, ScannerReport
from edge.support.due import NEVER
from edge.support.throttle import REPORT_AGAIN_AFTER
from edge.vision.reports import CameraReport, CameraState, Confinement, ReportRefused, WorkerFailed

Said = CameraReport | Confinement | ReportRefused | ScannerReport | WorkerFailed
Told = CameraStateEvent | ScannerState | VisionFailed | VisionNotConfined | VisionReportRefused

_LONG_AGO = float("-inf")
_STATES = frozenset(state.value for state in CameraState)


class VisionEvents:
    """Takes what is said of camera and scanners, and gives what is to be written down.

    Each kind of event (each state of the camera, and of each scanner, is one) is told once a minute at most.
    What is held back is told when its minute is over: then it says how often it happened, and the journal
    ends with how it is.
    """

    def __init__(self) -> None:
        self._told: dict[str, float] = {}
        self._waiting: dict[str, Told] = {}
        self._times: dict[str, int] = {}
        self._missing: tuple[str, ...] = ()

    def hear(self, said: Said) -> None:
        """Take in one report."""
        match said:
            case CameraReport():
                self._camera(said)
            case Confinement() if said.missing != self._missing:
                self._missing = said.missing
                self._wait("confinement", VisionNotConfined(said.missing))
            case ReportRefused():
                self._wait("refused", VisionReportRefused(said.reason))
            case ScannerReport():
                self._scanner(said)
            case WorkerFailed():
                self._wait("failed", VisionFailed(said.reason, said.restarts))
            case _:
                pass

    def due(self, now: float) -> Iterator[Told]:
        """What is to be written down at `now` (monotonic s)."""
        for what in [
            what for what in self._waiting if now >= self._told.get(what, _LONG_AGO) + REPORT_AGAIN_AFTER
        ]:
            self._told[what] = now
            yield replace(self._waiting.pop(what), times=self._times.pop(what))

    def next_due(self) -> float:
        """When something is to be written down next (monotonic s)."""
        return min(
            (self._told.get(what, _LONG_AGO) + REPORT_AGAIN_AFTER for what in self._waiting),
            default=NEVER,
        )

    def _camera(self, report: CameraReport) -> None:
        """A state that has passed meanwhile is counted, and told only if it comes again."""
        self._passed(_STATES - {report.state})
        if report.state is CameraState.FINISHED:
            self._told.pop(report.state, None)
        self._wait(report.state, CameraStateEvent(report.state.value, report.detail))

    def _scanner(self, report: ScannerReport) -> None:
        kinds = {state: f"scanner {report.scanner}: {state}" for state in ReaderState}
        kind = kinds.pop(report.state)
        self._passed(frozenset(kinds.values()))
        self._wait(kind, ScannerState(report.scanner, report.state.value, report.detail))

    def _passed(self, states: frozenset[str]) -> None:
        """These states are over: they are counted, and not told."""
        for what in states & self._waiting.keys():
            del self._waiting[what]

    def _wait(self, what: str, event: Told) -> None:
        self._waiting[what] = event
        self._times[what] = self._times.get(what, 0) + 1
