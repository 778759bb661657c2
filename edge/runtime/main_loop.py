"""Takes what the parts of a gate report, one at a time, and hands each to whom it concerns."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

import structlog
from msgspec.structs import asdict, replace

from edge.calibration.format import FaceThresholds
from edge.counting.core import CountSnapshot
from edge.counting.counter import Counter
from edge.counting.exchange import Correction, CountsNews, CountsRefused
from edge.credentials.known import NumberTyped
from edge.errors import JournalError
from edge.journal.format import (
    SILENT,
    Entry,
    Event,
    FaceThresholdsEvent,
    KeypadLockedOut,
    ListInstalled,
    ListRefused,
    RegistryExpired,
    RegistryInstalled,
    RegistryRefused,
    RevocationsInstalled,
    ThermometerStateEvent,
    fields_of,
)
from edge.journal.retrying import AnyJournal
from edge.lane.driver import LaneReport
from edge.lane.machine import Cause, Record
from edge.ports import AccessEvent, Clock, Noted
from edge.registry.lists import ListNews
from edge.registry.removal_watch import ConfirmedRemovals, RemovalNews, UnfinishedRemovals
from edge.runtime.access_controller import AccessController
from edge.runtime.probing import Prober
from edge.runtime.registry_service import RegistryNews
from edge.runtime.removal_events import removal_event
from edge.runtime.typed_numbers import KeypadRests, NumberRead, TypedNumbers
from edge.runtime.vision_events import VisionEvents
from edge.scanners.core import CodeScanned, KeypadAsks, ScannerReport
from edge.scanners.core import Report as ScannersReport
from edge.support.due import NEVER
from edge.support.throttle import Throttle
from edge.thermometry.watch import ThermometerWatch
from edge.vision.checks import STALE
from edge.vision.reports import (
    CameraReport,
    CameraState,
    Confinement,
    InputRefused,
    Report,
    ReportRefused,
    Sighting,
    WorkerFailed,
)

Reported = (
    LaneReport
    | RegistryNews
    | ListNews
    | RemovalNews
    | Report
    | CountsNews
    | ScannersReport
    | NumberRead
    | KeypadRests
)
Heard = AccessEvent | Noted | Reported
Listener = Callable[[Heard], None]


class MainLoop:
    """Takes what the parts report, one at a time. Its going round is what the watchdog watches."""

    def __init__(
        self,
        controller: AccessController,
        journal: AnyJournal,
        clock: Clock,
        heard: SimpleQueue[Reported],
        listeners: tuple[Listener, ...],
        counter: Counter,
        thermometer: ThermometerWatch | None = None,
        prober: Prober | None = None,
        numbers: TypedNumbers | None = None,
    ) -> None:
        self._controller = controller
        self._journal = journal
        self._clock = clock
        self._heard = heard
        self._listeners = listeners
        self._counter = counter
        self._thermometer = thermometer
        self._prober = prober
        self._numbers = numbers
        self._vision = VisionEvents()
        self._log = structlog.get_logger("edge.gate")
        self._refusals = Throttle(clock.monotonic)
        self._thresholds: FaceThresholds | None = None
        self.finished = False

    def poll(self) -> float:
        """Take the next report, if there is one; then what is due without any. Returns when to do so again at
        the latest (monotonic seconds).
        """
        with suppress(Empty):
            self._handle(self._heard.get_nowait())
        for event in self._vision.due(self._clock.monotonic()):
            self.note(event)
        self._passed(self._controller.poll())
        news = None if self._thermometer is None else self._thermometer.news(self._clock.monotonic())
        if news is not None:
            self.note(ThermometerStateEvent(news.state.value, news.detail))
        probed = None if self._prober is None else self._prober.poll(self._clock.monotonic())
        if probed is not None:
            self.note(probed)
        for counted in self._counter.due(self._clock.wall(), self._clock.monotonic()):
            self.note(counted)
        return self._next_due()

    def drain(self) -> None:
        """At the end: write down what the lane has said and nobody heard yet, and decide on nobody more."""
        with suppress(Empty):
            while True:
                report = self._heard.get_nowait()
                if isinstance(report, LaneReport):
                    self._handle(report)

    def _next_due(self) -> float:
        now = self._clock.monotonic()
        if not self._heard.empty():
            return now
        news = NEVER if self._thermometer is None else self._thermometer.next_news()
        probe = NEVER if self._prober is None else self._prober.next_due()
        return min(
            news, probe, self._vision.next_due(), self._controller.next_due(now), self._counter.next_due(now)
        )

    def _handle(self, report: Reported) -> None:
        self._tell(report)
        match report:
            case Sighting():
                self._sighting(report)
            case CameraReport() | Confinement() | ReportRefused() | WorkerFailed():
                self._vision.hear(report)
                if self._prober is not None:
                    self._prober.hear(report)
                self._finish(report)
            case InputRefused():
                self._log.warning("picture_refused", input=report.input, reason=report.reason)
            case LaneReport(said=Record() as record):
                self.note(record.event)
                self._controller.notify(record)
            case RegistryNews() | ListNews() | ConfirmedRemovals() | UnfinishedRemovals():
                self._registry(report)
            case CountSnapshot() | Correction() | CountsRefused():
                self._counter.receive(report, self._clock.monotonic())
            case CodeScanned() | KeypadAsks() | ScannerReport():
                self._scanned(report)
            case NumberTyped() | NumberRead() | KeypadRests():
                self._number(report)

    def note(self, event: Event) -> None:
        """Write down what is not a decision; a journal that fails must not stop the gate."""
        with suppress(JournalError):
            self.record(event)

    def record(self, event: Event) -> Entry:
        """Write down what is not a decision; raises JournalError where it could not be stored."""
        if not isinstance(event, SILENT):
            self._log.info(event.kind.value, **_logged(event))
        wall, entry = self._clock.wall(), None
        try:
            entry = self._journal.append(event, wall, refused=self._controller.refused_by(event))
        except JournalError as error:
            self._log.error("event_not_recorded", kind=event.kind.value, error=str(error))
            raise
        finally:
            self._counter.happened(event, wall, entry, self._clock.monotonic())
            self._tell(Noted(event, entry))
        return entry

    def note_thresholds(self, thresholds: FaceThresholds | None) -> None:
        """Write down what faces need, with the rates that it predicts, where that has changed."""
        if thresholds is not None and thresholds != self._thresholds:
            self._thresholds = thresholds
            self.note(FaceThresholdsEvent(**asdict(thresholds)))

    def _passed(self, passage: AccessEvent | None) -> None:
        if passage is not None:
            decision = passage.decision
            self._log.info("decided", outcome=decision.outcome.value, reason=decision.reason.value)
            self._counter.decided(decision, passage.entry)
            self._tell(passage)

    def _tell(self, happened: Heard) -> None:
        for listener in self._listeners:
            listener(happened)

    def _finish(self, report: Report) -> None:
        """Where the pictures have ended, decide on anyone who was still before the gate."""
        if isinstance(report, CameraReport) and report.state is CameraState.FINISHED:
            self._passed(self._controller.finish())
            self.finished = True

    def _registry(self, news: RegistryNews | ListNews | RemovalNews) -> None:
        if isinstance(news, ListNews):
            self._list(news)
        elif not isinstance(news, RegistryNews):
            self.note(removal_event(news))
        elif news.expired:
            self.note(RegistryExpired(news.version, news.text))
        elif news.urgent_revocations is not None:
            self.note(RevocationsInstalled(news.urgent_revocations))
        elif news.version is not None:
            self.note(RegistryInstalled(news.version, news.findings[:20]))
            self.note_thresholds(news.thresholds)
        else:
            self._refused(RegistryRefused(news.refusal, news.text, times=1))

    def _sighting(self, sighting: Sighting) -> None:
        # Where the disk, or the machine, was slow, anyone who stood there then may be gone.
        if self._clock.monotonic() - sighting.captured <= STALE:
            self._passed(self._controller.handle(sighting))

    def _scanned(self, report: CodeScanned | KeypadAsks | ScannerReport) -> None:
        match report:
            case CodeScanned(at=at) if self._clock.monotonic() - at <= STALE:
                self._passed(self._controller.scan(report))
            case CodeScanned(scanner=name):
                self._log.warning("scanned_too_long_ago", scanner=name)
            case KeypadAsks(prompt=prompt):
                self._controller.say(prompt)
            case ScannerReport():
                self._vision.hear(report)

    def _number(self, report: NumberTyped | NumberRead | KeypadRests) -> None:
        match report:
            case NumberTyped() if self._numbers is not None:
                self._numbers.typed(report)
            case NumberRead():
                read = CodeScanned(report.name, report.text, len(report.text), self._clock.monotonic())
                self._passed(self._controller.scan(read))
            case KeypadRests():
                self.note(KeypadLockedOut(report.name, report.seconds, report.attempts))

    def _list(self, news: ListNews) -> None:
        if news.version is None:
            self._refused(ListRefused(news.name, news.refusal, times=1))
        else:
            self.note(ListInstalled(news.name, news.version))

    def _refused(self, event: RegistryRefused | ListRefused) -> None:
        """Write down a file that was refused; once a minute a kind and reason: who brings it can go on."""
        name = event.list if isinstance(event, ListRefused) else ""
        times = self._refusals.happened(f"{event.kind} {name} {event.reason}")
        if times:
            self.note(replace(event, times=times))


def _logged(event: Event) -> dict[str, object]:
    """What the log says of an event: of duress, that a button was pressed."""
    return {name: "button" if value == Cause.DURESS else value for name, value in fields_of(event).items()}
