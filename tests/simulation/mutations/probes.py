"""A small question to the real part that each mutant changes: what it answers tells whether the mutant is in
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.boards.format import InputName, OutputName
from edge.commands import handler
from edge.counting.projection import CountedLane
from edge.credentials.known import NumberTyped, Tries
from edge.decision import (
    CentralTime,
    ClockTrust,
    Direction,
    Evidence,
    KnownTimes,
    Outcome,
    Situation,
    WallTime,
)
from edge.errors import DeviceError
from edge.journal.factory import open_journal
from edge.journal.format import AcknowledgedState, Acknowledgement, Entry, KnownOfCommand, LanePassed
from edge.journal.store import Journal
from edge.journal.tables import connected
from edge.registry.format import KeyRing
from edge.registry.gate_keys import GateKeys
from edge.registry.inbox import CHANGES_NAME, URGENT_REVOCATIONS_NAME
from edge.registry.lists import ListStore
from edge.registry.store import RegistryStore
from edge.runtime import access_controller, deciding, decision_log, people_counting
from edge.runtime.clock_watch import ClockWatch
from edge.runtime.registry_service import InboxPaths, RegistryOwner, RegistryService
from edge.runtime.typed_numbers import FILE_NAME, Numbers, TypedNumbers
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.scanners.core import Frames, FrameShape
from edge.scanners.lines import ScannerLine
from edge.scanners.watch import ScannerWatch
from sync.agent.core.acknowledged_epochs import AcknowledgedEpochs
from sync.agent.core.question_schedule import QuestionSchedule
from sync.agent.uploader import Uploader
from sync.central.devices.devices import enrol_device, put_site
from sync.central.journals import journals
from sync.central.journals.ingester import Ingester
from sync.central.store import Store, migrate_store, open_store
from sync.central.tables import event, finding
from sync.wire import Channel, JournalBatch, ReceivedMessage, batch_of
from tests.edge.decision.asked import Way, doors, isolated, members
from tests.edge.lane.test_driver import Bench
from tests.edge.registry.gate_disk import Gate, next_changes
from tests.edge.registry.repository import ENGINE, SITE, TEMPLATE_KEY, Repository
from tests.events import decided, noted
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY, chained

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
WALL = WallTime(NOON, ClockTrust.TRUSTED)
MONTH = timedelta(days=30)


def journal(folder: Path, events: int = 3) -> Journal:
    opened = open_journal(folder / "journal.sqlite", "main", WALL)
    for number in range(events):
        opened.append(noted(n=number), WALL)
    return opened


# --- the journal -----------------------------------------------------------------------------------


def synchronous(folder: Path) -> object:
    with closing(connected(folder / "journal.sqlite")) as connection:
        return connection.execute("PRAGMA synchronous").fetchone()[0]


def newest_after_a_restart(folder: Path) -> object:
    journal(folder).close()
    with closing(journal(folder, 0)) as again:
        last = again.last()
        return None if last is None else last.sequence


def pruned(folder: Path) -> object:
    with closing(journal(folder)) as opened:
        return opened.prune(keep=0)


def acknowledged(folder: Path, sequence: int) -> tuple[str, bool]:
    """What an acknowledgement of another event means, and whether the epoch is still the same."""
    with closing(journal(folder)) as opened:
        before = opened.epoch
        word = Acknowledgement(before, sequence, b"x" * 32, AT)
        return opened.acknowledge(word, b"", WALL).value, opened.epoch == before


def use_of_a_pass(folder: Path) -> object:
    with closing(journal(folder)) as opened:
        opened.append(decided(once="77"), WALL, used_pass="77")
        return opened.use_of("77", NOON).value


def counted_after_a_restart(folder: Path) -> object:
    with closing(journal(folder)) as opened:
        opened.append(LanePassed(Direction.ENTRY, "counted", "grant"), WALL)
        lane = CountedLane("site", "main", Direction.ENTRY, True)
        restored = vars(people_counting)["restored"]
        found = restored(lane, folder / "journal.sqlite", opened.epoch, None, {})
        return found[0].ledger.counts.figures("").inside


# --- the gate --------------------------------------------------------------------------------------


def unwritten(_: Path) -> object:
    return vars(decision_log)["not_recorded"](decided().decision).outcome


def asked(way: Way) -> Any:
    """What the controller's `decide` says of somebody."""
    evidence = Evidence(way.direction, code=way.code)
    situation = Situation("site", way.gate, WALL, registry_age=timedelta(hours=1))
    return vars(deciding)["decide"](doors(members()), way.subject, evidence, situation)


def alarms_of_isolation(_: Path) -> object:
    return [
        alarm.reason.value for alarm in asked(Way(direction=Direction.EXIT, subject=isolated(None))).alarms
    ]


def unknown_person(_: Path) -> object:
    return asked(Way(subject=None)).outcome


def heard_while_events_are_missed(_: Path) -> object:
    """Whether a sighting is looked at: here it is none, so looking at it raises."""
    deaf = SimpleNamespace(_journal=SimpleNamespace(missed=3))
    try:
        return access_controller.AccessController.handle(deaf, None)  # type: ignore[arg-type]
    except AttributeError:
        return "looked at"


@dataclass
class Served:
    """A registry's service on a gate's disk, and what it tells."""

    folder: Path
    at: datetime = NOON

    def __post_init__(self) -> None:
        self.repository, self.told = Repository(), []  # type: ignore[var-annotated]
        held = self.folder / "held"
        self.service = RegistryService(
            RegistryOwner(SITE, "main", held),
            RegistryStore(held, SITE, self.repository.anchor, GateKeys(KeyRing(TEMPLATE_KEY)), "main"),
            ListStore(held / "lists"),
            InboxPaths(self.folder / "registry.bundle"),
            ENGINE,
            lambda: WallTime(self.at, ClockTrust.TRUSTED),
            self.told.append,
            1.0,
        )
        self.service.load()

    def brings(self) -> Served:
        self.folder.joinpath("registry.bundle").write_bytes(self.repository.bundle())
        self.service.look()
        return self


def version_decided_by(folder: Path) -> object:
    held = Served(folder).brings().brings().service.holdings()
    return None if held is None else held.registry.version


def expiry_told(folder: Path) -> object:
    served = Served(folder).brings()
    served.at += 100 * MONTH
    served.service.look()
    return any(getattr(news, "expired", False) for news in served.told)


def revoked_urgently(folder: Path) -> object:
    gate = Gate(folder / "gate", Repository())
    gate.install(gate.repository.bundle())
    gate.offer(gate.repository.revoke(1, 1, subjects=("subject-1",)), URGENT_REVOCATIONS_NAME)
    held = gate.store.in_force()
    return held is not None and "subject-1" not in held.subjects


def version_after_a_restart(folder: Path) -> object:
    gate = Gate(folder / "gate", Repository())
    gate.install(gate.repository.bundle())
    gate.install(next_changes(gate.repository), CHANGES_NAME)
    gate.restart()
    return gate.version


def floor(_: Path) -> object:
    return KnownTimes(NOON, NOON + timedelta(hours=1), NOON + MONTH).floor == NOON + timedelta(hours=1)


def centrals_time(folder: Path) -> object:
    with closing(journal(folder)) as opened:
        watch = ClockWatch(opened, lambda: None, lambda: True)
        watch.receive(CentralTime(NOON, 1.0, 2.0))
        return watch.central() is not None


def command_that_was_taken(_: Path) -> object:
    command = SimpleNamespace(counter=1)
    return vars(handler)["order_objection"](command, KnownOfCommand(True, 1, 0)) is not None


def press_without_an_edge(_: Path) -> object:
    bench = Bench()
    bench.driver.open()
    bench.put_without_an_edge(InputName.EXIT_REQUEST, True)
    bench.wait(1.0)
    opened = OutputName.RELAY_OPEN in bench.driver.state.driven
    bench.driver.close()
    return opened


# --- the wire, and central -------------------------------------------------------------------------


def a_conversation_each(_: Path) -> object:
    spans = SimpleNamespace(spans=tuple, events_after=lambda *_: ())
    folder = SimpleNamespace(read=lambda *_: {})
    uploader = Uploader("gp-1", KEY, spans, folder, {})  # type: ignore[arg-type]
    return uploader.open_conversation(1.0) is not uploader.open_conversation(2.0)


def hellos(_: Path) -> object:
    schedule = QuestionSchedule(lambda: 0.5)
    return sum(schedule.is_due(float(now)) for now in range(3_600)) > 1


def acknowledged_so_far(_: Path) -> object:
    """How far central is, after it was restored and said that it has less."""
    known = AcknowledgedEpochs()
    for sequence, issued in ((10, 1), (4, 2)):
        known.record(Acknowledgement(EPOCH, sequence, b"x" * 32, issued), AcknowledgedState.STORED)
    return known.sequence(EPOCH)


@contextmanager
def centre(folder: Path) -> Iterator[Store]:
    url = f"sqlite:///{folder}/central.sqlite"
    migrate_store(url)
    store = open_store(url)
    with store.writing() as connection:
        put_site(connection, SiteFile("green-court"))
        for number, device in enumerate((DEVICE, "gp-0002")):
            key = bytes([number]) * 32
            enrol_device(connection, device, ("green-court", f"gate-{number}"), key, AT)
    try:
        yield store
    finally:
        store.close()


def take(store: Store, *batches: JournalBatch, device: str = DEVICE) -> list[int]:
    """The sequences that central acknowledges of each."""
    with store.writing() as connection:
        return [
            journals.store_batch(connection, device, batch, AT).acknowledgement.sequence for batch in batches
        ]


def findings(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(sa.select(finding.c.kind)).scalars())


def acknowledged_of_a_gap(folder: Path) -> object:
    entries = chained(3)
    with centre(folder) as store:
        return take(store, batch_of(entries[:1], 0), batch_of(entries[2:], 2))


def acknowledged_when_the_database_fails(folder: Path) -> object:
    with centre(folder) as store:
        with store.writing() as connection:
            connection.execute(sa.text("DROP TABLE event"))
        received = ReceivedMessage(DEVICE, Channel.JOURNAL, batch_of(chained(2), 0), b"")
        return len(list(Ingester(store, KEY, lambda: AT).handle([received], 0.0)))


def chains_of_two_epochs(folder: Path) -> object:
    with centre(folder) as store:
        take(store, batch_of(chained(1), 0), batch_of(chained(2, epoch=b"n" * 16), 0))
        with store.reading() as connection:
            return len(set(connection.execute(sa.select(event.c.chain)).scalars()))


def found_of_a_second_use(folder: Path) -> object:
    with centre(folder) as store:
        for number, device in enumerate((DEVICE, "gp-0002")):
            take(store, batch_of([_used(folder / str(number))], 0), device=device)
        return findings(store)


def _used(folder: Path) -> Entry:
    with closing(journal(folder, 0)) as opened:
        return opened.append(decided(once="77"), WALL, used_pass="77")


# --- scanners and keypads -------------------------------------------------------------------------------


class _Unplugged:
    """A line that nobody has plugged in."""

    def open(self) -> None:
        raise DeviceError("no cable")

    def close(self) -> None:
        return


def looked_for_again(_: Path) -> object:
    section = ScannerSection("desk", ScannerKind.SERIAL, "/dev/serial/by-id/desk")
    watch = ScannerWatch(section, cast("ScannerLine", _Unplugged()), lambda _: None, lambda: 0.0)
    return watch.poll() < 60.0


def half_a_code_forgotten(_: Path) -> object:
    frames = Frames(FrameShape())
    frames.add(b"half", 0.0)
    return len(frames.add(b"whole\r", 60.0))


def wrong_numbers_of_before(folder: Path) -> object:
    path = folder / FILE_NAME
    path.write_bytes(msgspec.json.encode(Tries(wrong=4)))
    return TypedNumbers(path, Numbers, lambda _: None, lambda: 0.0)._tries.wrong


def told_of_one_number(folder: Path) -> object:
    told: list[object] = []
    numbers = TypedNumbers(folder / FILE_NAME, Numbers, told.append, lambda: 0.0)
    numbers.typed(NumberTyped("pad", "123456"))
    numbers.poll()
    return len(told)


@dataclass(frozen=True)
class Probe:
    """What a part answers as it is, and with the mutant in it."""

    ask: Callable[[Path], object]
    right: object
    wrong: object


PROBES: Mapping[str, Probe] = MappingProxyType(
    {
        "unsynced": Probe(synchronous, 2, 0),
        "newest_given_up_at_start": Probe(newest_after_a_restart, 3, 2),
        "pruned_without_acknowledgement": Probe(pruned, 0, 2),
        "hash_not_compared": Probe(lambda path: acknowledged(path, 2)[0], "forked", "stored"),
        "copy_goes_on": Probe(lambda path: acknowledged(path, 9), ("ahead", False), ("ahead", True)),
        "used_pass_not_recorded": Probe(use_of_a_pass, "used", "unused"),
        "count_begins_anew": Probe(counted_after_a_restart, 1, 0),
        "unwritten_grant_stands": Probe(unwritten, Outcome.DENY, Outcome.GRANT),
        "alarms_dropped": Probe(alarms_of_isolation, ["home_isolation"], []),
        "unknown_let_in": Probe(unknown_person, Outcome.DENY, Outcome.GRANT),
        "deaf_while_events_are_missed": Probe(heard_while_events_are_missed, "looked at", None),
        "holdings_of_the_start": Probe(version_decided_by, 2, 1),
        "urgent_revocations_ignored": Probe(revoked_urgently, True, False),
        "changes_not_read_at_start": Probe(version_after_a_restart, 2, 1),
        "expiry_unnoticed": Probe(expiry_told, True, False),
        "floor_never_raised": Probe(floor, True, False),
        "floor_never_lowered": Probe(centrals_time, True, False),
        "commands_taken_again": Probe(command_that_was_taken, True, False),
        "lines_by_their_edges_alone": Probe(press_without_an_edge, True, False),
        "tries_forgotten_at_start": Probe(wrong_numbers_of_before, 4, 0),
        "typed_once_told_twice": Probe(told_of_one_number, 1, 2),
        "half_a_code_waits": Probe(half_a_code_forgotten, 2, 1),
        "unplugged_for_good": Probe(looked_for_again, True, False),
        "questions_survive_the_link": Probe(a_conversation_each, True, False),
        "hello_said_once": Probe(hellos, True, False),
        "less_is_old_news": Probe(acknowledged_so_far, 4, 10),
        "acknowledged_before_the_commit": Probe(acknowledged_when_the_database_fails, 0, 1),
        "prefix_over_gaps": Probe(acknowledged_of_a_gap, [1, 1], [1, 3]),
        "chain_by_device_alone": Probe(chains_of_two_epochs, 2, 1),
        "second_use_not_found": Probe(found_of_a_second_use, ["reused"], []),
    }
)
