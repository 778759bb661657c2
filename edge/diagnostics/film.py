"""Plays films to a gate as it would see them in real time: on a clock that goes as the film does."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from edge.boards.files import load_board
from edge.calibration.files import shipped_calibration
from edge.configuration import GateConfiguration
from edge.decision import ClockTrust, Guidance, Policy, Status, StatusRecord, Subject, WallTime
from edge.devices.clock import FixedClock
from edge.devices.simulated import release_all, simulated_pins
from edge.diagnostics.core import Decided, FilmReport, FilmTimes, ShownPrompt, UndecidedPerson
from edge.journal.factory import open_journal
from edge.journal.format import EncounterUndecided, Entry, Event
from edge.lane.driver import LaneDriver, LaneReport
from edge.lane.machine import Record
from edge.ports import AccessEvent, EventLog
from edge.prompts.announcer import Announcer, PromptSituation
from edge.prompts.texts import CardKind, ScreenCard, text_of
from edge.registry.format import Registry, Root
from edge.registry.gallery import gallery_of
from edge.registry.templates import Vector
from edge.runtime.access_controller import AccessController
from edge.runtime.recognition import Holdings
from edge.support.escaping import escaped
from edge.support.tasks import Poll, Running
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName, LivenessName, Playing, VisionConfiguration
from edge.vision.playback import RATE, play
from edge.vision.reports import CameraReport, CameraState, InputRefused, Sighting

_RULES = {
    "time_zone": "UTC",
    "gates": {"main": {"mode": "face_or_code"}},
    "access": [{"id": "everybody"}],
    "statuses": {"green": {"entry": "grant"}},
}
"""What the gate asks for; all that a policy need not say, liveness too, is as it is by default."""


def holdings_of(templates: Mapping[str, Sequence[Vector]], now: datetime) -> Holdings:
    """What a gate would hold at `now` (aware) at which these people are enrolled, and may pass."""
    green = StatusRecord(Status.GREEN, "a film", "a film is played", "none", now - timedelta(days=1))
    later = now + timedelta(days=365)
    registry = Registry(
        site="films",
        version=1,
        issued=now,
        expires=later,
        root=Root(1, later, 1, (), (), ()),
        roots=b"",
        signed_by=b"",
        set_sha256=b"",
        policy=msgspec.convert(_RULES, Policy),
        subjects={name: Subject(name, name, status=green, language="en") for name in templates},
    )
    engine = ENGINE_NAMES[FaceEngineName.SFACE]
    return Holdings(registry, gallery_of(templates), calibration=shipped_calibration(engine))


def play_films(films: Sequence[Path], holdings: Holdings) -> Iterator[FilmReport]:
    """What the gate that holds `holdings` makes of each film, in order; each is played to a gate of its own.

    The time that a computer takes for a frame is not in it. A film that cannot be read has an `error`.
    """
    vision = VisionConfiguration(liveness=LivenessName.MINIFASNET)
    waiting = iter(films)
    film = next(waiting, None)
    with ExitStack() as opened:
        gate, error = _FilmGate(holdings, opened), ""
        for report in play([str(path) for path in films], vision, playing=Playing(rate=RATE)):
            if isinstance(report, Sighting) and report.still:
                error = "a picture, not a film (gatepost replay decides on pictures)"
            elif isinstance(report, Sighting):
                gate.see(report)
            elif isinstance(report, InputRefused):
                error = report.reason
            elif (
                isinstance(report, CameraReport) and report.state is CameraState.FINISHED and film is not None
            ):
                yield gate.report(escaped(str(film)), error)
                film, error = next(waiting, None), ""
                opened.close()
                gate = _FilmGate(holdings, opened)


class _FilmGate:
    """A gate for one film: real decision, journal, lane and prompts; simulated pins, screen and time."""

    def __init__(self, holdings: Holdings, opened: ExitStack) -> None:
        scratch = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="gatepost-film-")))
        self._clock = FixedClock(holdings.registry.issued, ClockTrust.TRUSTED)
        self._began = self._clock.monotonic()
        self._times = FilmTimes()
        self._decided: list[Decided] = []
        self._said: list[LaneReport] = []
        configuration = _configuration(scratch)
        self._empty_for = configuration.encounter.gone_after + 1.0
        self._last: Sighting | None = None
        board, pins = load_board("simulated"), simulated_pins()
        release_all(board, pins)
        self._lane = LaneDriver(board, pins, self._said.append, self._clock.monotonic)
        self._lane.open()
        opened.callback(self._lane.close)
        journal = open_journal(scratch / "journal.sqlite", "main")
        opened.callback(journal.close)
        self._journal = _Overheard(journal, self)
        self._controller = AccessController(
            configuration, self._clock, self._journal, self._lane, lambda: holdings
        )
        self._screen, self._tasks = _TimedScreen(self), _ByHand()
        self._announcer = Announcer(
            configuration.prompts,
            "en",
            PromptSituation(self._controller.policy),
            self._clock,
            screen=self._screen,
            runner=self._tasks,
            monotonic=self._clock.monotonic,
        )
        self._announcer.start()
        opened.callback(self._announcer.stop)

    @property
    def at(self) -> float:
        """The seconds of the film that have passed."""
        return self._clock.monotonic() - self._began

    def see(self, sighting: Sighting) -> None:
        """Let the film go on to this frame, and take it into account."""
        self._show(sighting, self._times.see(sighting))
        self._last = sighting

    def report(self, film: str, error: str) -> FilmReport:
        """What the film comes to, now that it has ended, and nobody is before the gate any more."""
        if error:
            return FilmReport(film, error=error)
        if self._last is not None:
            empty, ended = replace(self._last, faces=(), codes=()), self.at
            for number in range(1, round(self._empty_for * RATE)):
                self._show(empty, ended + number / RATE)
        return self._times.report(film, self._screen.shown, self._decided, self._journal.undecided)

    def _show(self, sighting: Sighting, at: float) -> None:
        self._clock.advance(max(0.0, at - self.at))
        self._happened(self._controller.poll())
        self._happened(self._controller.handle(replace(sighting, captured=self._clock.monotonic())))

    def _happened(self, passage: AccessEvent | None) -> None:
        """Tell people what was decided, and let lane and prompts do what is due."""
        if passage is not None:
            self._decided.append(_decision(passage, self.at, self._times.waited))
            self._announce(passage, passage.decision.reason)
        self._lane.pump()
        while self._said:
            report = self._said.pop(0)
            if isinstance(report.said, Record):
                self._controller.notify(report.said)
            else:
                self._announce(report, report.said.reason)
        self._tasks.poll()

    def _announce(self, event: AccessEvent | LaneReport, reason: str) -> None:
        self._screen.expect(reason)
        self._announcer.handle(event)


def _decision(passage: AccessEvent, at: float, waited: float | None) -> Decided:
    decision, face = passage.decision, passage.evidence.face
    return Decided(
        round(at, 3),
        decision.outcome.value,
        decision.reason.value,
        waited,
        decision.subject_id,
        None if face is None or face.score is None else round(face.score, 4),
        None if face is None else face.liveness,
        0 if face is None else face.liveness_frames,
        None if face is None else face.veto,
    )


def _configuration(scratch: Path) -> GateConfiguration:
    """A gate.toml; the files of a registry that it names are never read, since it holds one already."""
    names = ("inbox", "folder", "root_key", "template_key")
    return msgspec.convert(
        {
            "gate": {"id": "main", "site": "films"},
            "registry": {name: str(scratch / name) for name in names},
            "journal": {"path": str(scratch / "journal.sqlite")},
        },
        GateConfiguration,
        dec_hook=lambda kind, value: kind(value),
    )


class _TimedScreen:
    """Notes when what was shown."""

    def __init__(self, gate: _FilmGate) -> None:
        self._gate = gate
        self._codes: dict[Guidance, str] = {}
        self.shown: list[ShownPrompt] = []

    def expect(self, reason: str) -> None:
        """Know the text of `reason`, which others may have too, for its own."""
        text = text_of(reason)
        if text is not None:
            self._codes[text] = reason

    def show(self, card: ScreenCard) -> None:
        if card.kind is not CardKind.IDLE:
            reason = self._codes[card.guidance]
            self.shown.append(ShownPrompt(round(self._gate.at, 3), reason, card.kind.value))


class _Overheard:
    """A journal, of which it is noted who went undecided."""

    def __init__(self, journal: EventLog, gate: _FilmGate) -> None:
        self._journal = journal
        self._gate = gate
        self.undecided: list[UndecidedPerson] = []
        self.use_of = journal.use_of
        self.known_of = journal.known_of

    def append(self, event: Event, wall: WallTime, **used: Any) -> Entry:
        if isinstance(event, EncounterUndecided):
            at = round(self._gate.at, 3)
            self.undecided.append(UndecidedPerson(at, event.missing, event.seconds, event.frames))
        return self._journal.append(event, wall, **used)


class _ByHand:
    """A runner whose tasks are polled when they are woken, and when the film has gone on."""

    def __init__(self) -> None:
        self._tasks: list[_Polled] = []

    def __call__(self, name: str, poll: Poll) -> Running:
        del name
        task = _Polled(poll)
        self._tasks.append(task)
        return task

    def poll(self) -> None:
        for task in self._tasks:
            task.wake()


class _Polled:
    def __init__(self, poll: Poll) -> None:
        self._poll = poll
        self._stopped = False

    def wake(self) -> None:
        if not self._stopped:
            self._poll()

    def stop(self) -> None:
        self._stopped = True
