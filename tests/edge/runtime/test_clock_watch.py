"""FAULTS 24 and 43 at a whole gate: 1970, 2099, a day too early or late, a time server that lies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from time import monotonic

import pytest
from msgspec.structs import replace

from edge.admin.passes import PassRequest
from edge.admin.site_admin import REGISTRY_LIFETIME
from edge.boards.files import load_board
from edge.boards.format import InputName
from edge.configuration import GateConfiguration
from edge.decision import ClockTrust, Reason, Status, StatusRecord, Subject, WallTime
from edge.devices.clock import SystemClock, TimeSource
from edge.devices.simulated import drive, simulated_pins
from edge.diagnostics.check import check_beside
from edge.diagnostics.check_result import Verdict
from edge.gate import run_gate
from edge.journal.factory import open_journal
from edge.journal.format import Acknowledgement, Entry, acknowledgement_topic, file_name
from edge.journal.format.kinds import EventKind
from edge.journal.pruner import JournalPruner
from edge.journal.reader import JournalReader
from edge.lane.driver import LaneReport
from edge.ports import AccessEvent
from edge.registry.status import RegistryStatus, write_status
from edge.runtime.clock_watch import ClockWatch
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard
from edge.signing.cose import encode_value, keys_of, microseconds, seal
from edge.signing.key_files import raw_public, read_private_key
from edge.vision.configuration import FaceEngineName
from tests.edge.runtime.conftest import ENGINE, NOON, Bench, face_of, without_vision
from tests.events import noted
from tests.waiting import PATIENT, first_of, soon

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
IN_2099 = datetime(2099, 1, 1, tzinfo=UTC)
IN_1970 = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
TRUSTED, HOLDOVER, UNTRUSTED = ClockTrust.TRUSTED, ClockTrust.HOLDOVER, ClockTrust.UNTRUSTED
DEVICE = "green-court.main"


@pytest.fixture
def configuration(bench: Bench, tmp_path: Path) -> GateConfiguration:
    """The bench's gate, closed down so that a whole one can take its files; its camera ends at once."""
    bench.lane.close()
    bench.journal.close()
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    vision = replace(bench.configuration.vision, camera=f"folder:{pictures}", faces=FaceEngineName.NONE)
    return replace(bench.configuration, vision=vision)


def picture(configuration: GateConfiguration, text: str) -> None:
    import cv2

    from tests.edge.vision.conftest import code_image

    folder = configuration.vision.camera.removeprefix("folder:")
    cv2.imwrite(f"{folder}/pass.png", code_image(text))


def run(configuration: GateConfiguration, at: datetime, *, synchronised: bool = True) -> list[AccessEvent]:
    """A whole gate whose clock stands at `at`, until its pictures have ended; what it decided."""
    heard: list[Heard] = []
    source = TimeSource(lambda: at, lambda: synchronised)
    machine = Machine(time=source)
    run_gate(configuration, Event(), machine, listener=heard.append, until_finished=True)
    return [item for item in heard if isinstance(item, AccessEvent)]


def starts(configuration: GateConfiguration, at: datetime, *, synchronised: bool = True) -> set[ClockTrust]:
    """A whole gate without a camera, started and stopped at `at`; how far what it wrote was trusted."""
    before, stop = len(entries(configuration.journal.path)), Event()
    vision = replace(configuration.vision, camera="v4l2:99")
    source = TimeSource(lambda: at, lambda: synchronised)
    machine = Machine(time=source, vision=without_vision)
    run_gate(replace(configuration, vision=vision), stop, machine, listener=lambda _: stop.set())
    return {entry.trust for entry in entries(configuration.journal.path)[before:]}


def entries(path: Path) -> list[Entry]:
    with closing(JournalReader(path)) as reader:
        return list(reader.every())


@pytest.mark.parametrize(
    ("request_of", "reason"),
    [
        (lambda: PassRequest("ann"), Reason.CODE_ACCEPTED),
        (lambda: PassRequest("ann", valid_until=NOON + DAY), Reason.CLOCK_UNTRUSTED),
        (lambda: PassRequest("ann", once=True), Reason.CLOCK_UNTRUSTED),
    ],
)
def test_at_1970_an_untimed_resident_passes_and_whatever_has_a_time_does_not(
    bench: Bench, configuration: GateConfiguration, request_of: Callable[[], PassRequest], reason: Reason
) -> None:
    picture(configuration, bench.pass_text(request_of()))
    [passage] = run(configuration, IN_1970, synchronised=False)
    assert passage.decision.reason is reason
    assert {entry.trust for entry in entries(configuration.journal.path)} == {UNTRUSTED}


@pytest.mark.parametrize(
    ("wrong", "synchronised", "then"),
    [
        (IN_2099, True, UNTRUSTED),
        (IN_1970, True, UNTRUSTED),
        (NOON - DAY, True, UNTRUSTED),  # before the registry was issued
        (NOON + DAY, False, HOLDOVER),  # a person set it, and nothing says otherwise
    ],
)
def test_after_a_start_at_a_wrong_time_the_right_clock_is_believed(
    configuration: GateConfiguration, wrong: datetime, synchronised: bool, then: ClockTrust
) -> None:
    assert starts(configuration, wrong, synchronised=synchronised) == {then}
    assert starts(configuration, NOON + HOUR) == {TRUSTED}


def test_a_clock_turned_back_behind_what_a_trusted_clock_wrote_is_not_believed(
    configuration: GateConfiguration,
) -> None:
    assert starts(configuration, NOON + 2 * DAY) == {TRUSTED}
    assert starts(configuration, NOON + DAY) == {UNTRUSTED}
    assert starts(configuration, NOON + 3 * DAY) == {TRUSTED}


@pytest.mark.parametrize(("issued", "bad"), [(-DAY, False), (DAY, True), (-400 * DAY, True)])
def test_gate_check_judges_the_clock_by_what_is_signed_as_the_gate_does(
    configuration: GateConfiguration, issued: timedelta, bad: bool
) -> None:
    standing = RegistryStatus("green-court", "main", 1, issued=datetime.now(UTC) + issued)
    write_status(configuration.registry.folder, standing)
    [finding] = [item for item in check_beside(configuration) if item.what == "clock"]
    assert (finding.verdict is Verdict.BAD) is bad


# --- registries that come meanwhile --------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "built", "lifetime", "taken"),
    [
        # A year ahead of every signature: not believed, and what is signed tells what had expired.
        (IN_2099, NOON - 10 * DAY, 9 * DAY, False),
        (IN_2099, NOON - 10 * DAY, 11 * DAY, True),
        (IN_1970, NOON - 10 * DAY, 9 * DAY, False),
        # A day ahead, by a time server: believed, and nothing that it finds expired is taken.
        (NOON + DAY, NOON - HOUR, 20 * HOUR, False),
        # A day behind what is held: not believed.
        (NOON - DAY, NOON - 10 * DAY, 9 * DAY, False),
    ],
)
def test_at_a_wrong_time_no_expired_registry_brings_somebody_back(
    bench: Bench,
    configuration: GateConfiguration,
    clock: datetime,
    built: datetime,
    lifetime: timedelta,
    taken: bool,
) -> None:
    """Version 1, which the gate holds, does not know bob any more; a newer one that had expired does."""
    bench.registry_service.load()
    bench.admin.store.remove("bob")
    bench.admin.build(NOON, REGISTRY_LIFETIME)
    bench.registry_service.look()
    green = StatusRecord(Status.GREEN, "office", "", "r", NOON - 19 * DAY)
    bench.admin.store.add(Subject("bob", groups=frozenset({"resident"}), status=green), (face_of(2),), ENGINE)
    picture(configuration, bench.pass_text(PassRequest("bob")))
    bench.admin.build(built, lifetime)
    [passage] = run(configuration, clock)
    reason = Reason.CODE_ACCEPTED if taken else Reason.SUBJECT_UNKNOWN
    assert passage.decision.reason is reason
    refused = [
        e.content["reason"] for e in entries(configuration.journal.path) if e.kind == "registry_refused"
    ]
    assert refused == ([] if taken else ["expired"])


def test_the_lane_goes_by_the_monotonic_clock_whatever_the_time_of_day(
    configuration: GateConfiguration,
) -> None:
    board, pins = load_board(configuration.lane.board), simulated_pins()
    configuration = replace(configuration, vision=replace(configuration.vision, camera="v4l2:99"))
    reports: Queue[Heard] = Queue()
    stop, began = Event(), monotonic()
    machine = Machine(pins=pins, time=TimeSource(lambda: IN_2099), vision=without_vision)
    options = {"listener": reports.put}
    gate = Thread(target=run_gate, args=(configuration, stop, machine), kwargs=options, daemon=True)
    gate.start()
    try:
        soon(lambda: not reports.empty())
        drive(board, pins, InputName.OVERRIDE, active=True)
        report = first_of(reports, lambda report: isinstance(report, LaneReport))
        assert isinstance(report, LaneReport)
        assert began <= report.at <= monotonic()
    finally:
        drive(board, pins, InputName.OVERRIDE, active=False)
        stop.set()
        gate.join(PATIENT)


# --- central's word ------------------------------------------------------------------------------


@dataclass
class Watched:
    """One gate's clock, watched; the hand on it, and a centre that acknowledges with its own time."""

    bench: Bench
    acks: Path
    at: datetime = NOON + HOUR
    synchronised: bool = True

    def __post_init__(self) -> None:
        self.key = read_private_key(self.bench.admin.folder / "keys" / "central.key")
        self.acks.mkdir()
        self.start()

    def start(self) -> None:
        """As the gate does at a start."""
        self.watch = ClockWatch(
            self.bench.journal, self.bench.registry_service.holdings, lambda: self.synchronised
        )
        self.clock = SystemClock(
            self.watch.floor,
            lambda: self.synchronised,
            ceiling=self.watch.ceiling,
            central=self.watch.central,
            now=lambda: self.at,
        )
        self.turn()

    def restart(self) -> None:
        self.bench.journal.close()
        self.bench.journal = open_journal(self.bench.configuration.journal.path, "main")
        self.start()

    def turn(self, later: float = 0.0) -> None:
        for event in self.watch.poll(self.clock.wall(), monotonic() + later):
            self.bench.journal.append(event, self.clock.wall())

    @property
    def trust(self) -> ClockTrust:
        return self.clock.wall().trust

    def writes(self) -> Entry:
        return self.bench.journal.append(noted(), self.clock.wall())

    def central_answers(self, entry: Entry, at: datetime, later: float = 0.0) -> None:
        """The word about `entry` is read, so many seconds later."""
        word = Acknowledgement(entry.epoch, entry.sequence, entry.hash, microseconds(at))
        data = seal(encode_value(word), acknowledgement_topic(DEVICE), self.key)
        (self.acks / file_name(entry.epoch)).write_bytes(data)
        keys = keys_of([raw_public(self.key.public_key())])
        pruner = JournalPruner(
            self.bench.journal, self.acks, DEVICE, lambda: keys, on_time=self.watch.receive
        )
        assert pruner.poll(monotonic() + later, self.clock.wall()) == ()
        self.turn(later)

    def said(self) -> list[str]:
        kinds = {EventKind.CLOCK_CONFIRMED, EventKind.CLOCK_DISAGREES, EventKind.CLOCK_UNSURE}
        return [e.kind for e in entries(self.bench.configuration.journal.path) if e.kind in kinds]


@pytest.fixture
def watched(bench: Bench, tmp_path: Path) -> Watched:
    return Watched(bench, tmp_path / "acks")


def test_a_time_server_that_lies_is_not_believed_and_central_shows_the_way_back(watched: Watched) -> None:
    right = watched.at
    watched.at = right + 20 * DAY
    lie = watched.writes()
    assert lie.trust is TRUSTED, "nothing says otherwise yet"
    watched.central_answers(lie, right)
    assert watched.trust is UNTRUSTED
    watched.at = right
    watched.turn()
    assert watched.trust is TRUSTED
    assert watched.said() == [EventKind.CLOCK_DISAGREES, EventKind.CLOCK_CONFIRMED]
    watched.restart()
    assert watched.trust is TRUSTED, "what the wrong clock wrote counts no more"


@pytest.mark.parametrize("step", [DAY, -DAY])
def test_a_step_of_a_day_is_seen_and_over_once_it_is_taken_back(watched: Watched, step: timedelta) -> None:
    watched.central_answers(watched.writes(), watched.at)
    assert watched.trust is TRUSTED
    watched.at += step
    watched.turn()
    assert watched.trust is UNTRUSTED
    watched.writes()
    watched.at -= step
    watched.turn()
    assert watched.trust is TRUSTED
    watched.restart()
    assert watched.trust is TRUSTED


def test_without_central_a_wrong_day_is_over_when_it_has_passed(watched: Watched) -> None:
    right = watched.at
    watched.at = right + DAY
    assert watched.writes().trust is TRUSTED
    watched.at = right
    assert watched.trust is UNTRUSTED
    watched.turn()
    watched.turn(later=601.0)
    watched.turn(later=900.0)
    assert watched.said() == [EventKind.CLOCK_UNSURE], "said once, for a synchronised clock too"
    watched.at = right + DAY
    assert watched.trust is TRUSTED


def test_a_journal_that_a_wrong_clock_wrote_before_bars_nothing(watched: Watched) -> None:
    """Written by a version, or without a registry, that let a clock of 2099 pass for a trusted one."""
    watched.at = IN_2099
    watched.bench.journal.append(noted(), WallTime(IN_2099, TRUSTED))
    watched.at = NOON + 2 * DAY
    assert watched.trust is TRUSTED
    watched.writes()
    watched.restart()
    watched.at = NOON + DAY
    assert watched.trust is UNTRUSTED, "and what is plausible is a floor all the same"


@pytest.mark.parametrize("why", ["held back", "of a run before"])
def test_a_word_that_somebody_kept_tells_no_time(watched: Watched, why: str) -> None:
    entry = watched.writes()
    if why == "of a run before":
        watched.restart()
    watched.central_answers(entry, watched.at - 20 * DAY, later=601.0 if why == "held back" else 0.0)
    assert watched.trust is TRUSTED
    assert watched.said() == []


def test_the_running_gate_hears_centrals_time(configuration: GateConfiguration, tmp_path: Path) -> None:
    """A whole gate, a day ahead of the centre: its own first event is acknowledged, and it says so."""
    acks = tmp_path / "acks"
    acks.mkdir()
    configuration = replace(configuration, journal=replace(configuration.journal, acknowledged=acks))
    vision = replace(configuration.vision, camera="v4l2:99")
    configuration = replace(configuration, vision=vision)
    key = read_private_key(tmp_path / "site" / "keys" / "central.key")
    stop, started = Event(), Event()
    source = TimeSource(lambda: NOON + 2 * DAY, lambda: True)
    gate = Thread(
        target=run_gate,
        args=(configuration, stop, Machine(time=source, vision=without_vision)),
        kwargs={"listener": lambda _: started.set()},
        daemon=True,
    )
    gate.start()
    try:
        assert started.wait(PATIENT)
        newest = entries(configuration.journal.path)[-1]
        word = Acknowledgement(newest.epoch, newest.sequence, newest.hash, microseconds(NOON + DAY))
        data = seal(encode_value(word), acknowledgement_topic(DEVICE), key)
        (acks / "new").write_bytes(data)
        (acks / "new").replace(acks / file_name(newest.epoch))
        soon(lambda: EventKind.CLOCK_DISAGREES in kinds(configuration.journal.path))
    finally:
        stop.set()
        gate.join(PATIENT)
    assert entries(configuration.journal.path)[-1].trust is UNTRUSTED


def kinds(path: Path) -> list[str]:
    return [entry.kind for entry in entries(path)]
