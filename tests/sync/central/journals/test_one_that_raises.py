"""FAULTS 40: what one device sends raises something; everyone else's is stored, answered and shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import asdict, replace

from edge.journal.format import Entry, link
from edge.signing.cose import Stamp, double_of
from edge.support.decoding import Undecodable
from sync.central.devices.floods import REPORTED_EVERY, FloodHandler
from sync.central.devices.health_and_clock import HealthHandler
from sync.central.followers import FOLLOWERS
from sync.central.journals.findings import Finding, FindingKind, findings_of, record_device_findings
from sync.central.journals.ingester import Ingester
from sync.central.journals.reading import EventReader
from sync.central.store import Store
from sync.central.tables import chain, event
from sync.cli.central_journal import tail
from sync.dispatch.dispatcher import Dispatcher
from sync.dispatch.handler import StatelessHandler
from sync.transport.broker import Broker
from sync.transport.connection import Connection, Host
from sync.transport.core import InboundMessage, LinkEnded, LinkState, Rejected
from sync.wire import (
    Channel,
    DeviceState,
    Health,
    JournalBatch,
    ReceivedMessage,
    SealedMessage,
    batch_of,
    open_message,
    seal_message,
)
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY, KEYS, chained
from tests.sync.world import CENTRAL_KEY, World

OTHER = "gp-0002"
UNKNOWN = "gp-0404"


def said(device: str, batch: JournalBatch) -> ReceivedMessage:
    return ReceivedMessage(device, Channel.JOURNAL, batch, b"")


def good(epoch: bytes = EPOCH) -> JournalBatch:
    return batch_of(chained(5, epoch=epoch), 0)


def poisoned(what: str) -> JournalBatch:
    """A batch that central does not expect."""
    batch = batch_of(chained(5, epoch=b"another one of 1"), 0)
    row = batch.rows[2]
    rows = {
        "a clock of three bytes": replace(row, monotonic=b"abc"),  # struct.error
        "a body that is a list": replace(row, body=["{}"]),  # a TypeError
        "a trust that is none": replace(row, trust="sure"),  # an AttributeError
        "a time beyond the database": replace(row, at=2**70),  # an OverflowError, or the database's word
        "a clock that is not a number": replace(row, monotonic=b"\x7f\xf8" + bytes(6)),  # a MessageRefused
    }
    return said_whole(replace(batch, rows=(*batch.rows[:2], rows[what], *batch.rows[3:])))


def said_whole(batch: JournalBatch) -> JournalBatch:
    """`batch` with the hash of its rows, whatever they say; as it is where they have none."""
    reached = batch.previous
    try:
        for sequence, row in enumerate(batch.rows, batch.first):
            fields = asdict(row) | {"monotonic": double_of(row.monotonic)}
            reached = link(
                epoch=batch.epoch, gate=batch.gate, sequence=sequence, previous=reached, **fields
            ).hash
    except (AttributeError, ValueError, Undecodable):
        return batch
    return replace(batch, hash=reached)


@pytest.mark.parametrize(
    "what",
    [
        "a clock of three bytes",
        "a body that is a list",
        "a trust that is none",
        "a time beyond the database",
        "a clock that is not a number",
    ],
)
def test_a_batch_that_raises_anything_is_a_finding_and_keeps_no_other_gate_out(
    store: Store, what: str
) -> None:
    told: list[Finding] = []
    ingester = Ingester(store, CENTRAL_KEY, lambda: AT, told.append, followers=FOLLOWERS)
    list(ingester.handle([said(OTHER, good(bytes(16)))], 0.0))  # it has a journal already
    answers = list(ingester.handle([said(OTHER, poisoned(what)), said(DEVICE, good())], 0.0))
    assert [answer.topic for answer in answers] == [f"dn/{DEVICE}/ack"], "who is not stored is not answered"
    assert [(item.device, item.kind) for item in told] == [(OTHER, FindingKind.UNREADABLE)]
    assert told[0].detail, "what is wrong, in words"
    list(ingester.handle([said(OTHER, poisoned(what))], 0.0))
    with store.reading() as connection:
        assert [item.kind for item, _ in findings_of(connection)] == [FindingKind.UNREADABLE], "said once"
    again = list(ingester.handle([said(OTHER, good(bytes(16)))], 0.0))
    assert [answer.topic for answer in again] == [f"dn/{OTHER}/ack"], "and what else it sends is taken"


def test_a_report_that_cannot_be_stored_keeps_no_other_devices_out(store: Store) -> None:
    handler = HealthHandler(store, KEY, lambda: AT)
    bad = Health(DeviceState.ONLINE, AT, Stamp(1, 1), waiting=2**70)
    reports = [
        ReceivedMessage(device, Channel.HEALTH, health, b"")
        for device, health in ((OTHER, bad), (DEVICE, Health(DeviceState.ONLINE, AT, Stamp(1, 1))))
    ]
    list(handler.handle(reports, 0.0))
    with store.reading() as connection:
        states = connection.execute(sa.text("SELECT id, state FROM device")).all()
    assert {row.id: row.state for row in states} == {DEVICE: "online", OTHER: None}


# --- the dispatcher: any handler, any message ------------------------------------------------------


class Lines:
    """A link on which these messages have come."""

    state = LinkState.READY
    ended: LinkEnded | None = None

    def __init__(self, *came: SealedMessage) -> None:
        self._came = [InboundMessage(item.topic, item.data, retained=False) for item in came]
        self.sent: list[SealedMessage] = []

    def poll(self, wait: float) -> None:
        pass

    def fetch_arrived(self) -> list[InboundMessage]:
        came, self._came = self._came, []
        return came

    def fetch_rejections(self) -> list[Rejected]:
        return []

    def publish(self, out: SealedMessage) -> bool:
        self.sent.append(out)
        return True

    def disconnect(self, last: SealedMessage | None) -> None:
        pass

    def abandon(self) -> None:
        pass


class Repeats(StatelessHandler):
    """Answers each report with itself, and cannot bear one of another device."""

    channels = frozenset({Channel.HEALTH})

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        for item in messages:
            if item.device == OTHER:
                raise LookupError("who?")
            yield seal_message(item.message, item.device, KEY)


def test_a_message_that_makes_a_handler_raise_is_counted_and_every_other_one_is_handled() -> None:
    report = Health(DeviceState.ONLINE, AT)
    lines = Lines(*(seal_message(report, device, KEY) for device in (OTHER, DEVICE, OTHER, "gp-0003")))
    host = Host(open_link=lambda *_: lines)
    board = Dispatcher(
        Connection(Broker("nowhere", plain=True), "central", (), host=host), [Repeats()], lambda *_: KEYS
    )
    board.poll(0.0)
    board.poll(0.0)
    heard = [open_message(item.topic, item.data, KEYS).device for item in lines.sent]
    assert heard == [DEVICE, "gp-0003"]
    assert board.refused == {"raised": 2}


# --- a device that floods ----------------------------------------------------------------------


def test_a_flood_is_written_down_once_and_looked_at_seldom(store: Store) -> None:
    list(Ingester(store, CENTRAL_KEY, lambda: AT, followers=FOLLOWERS).handle([said(DEVICE, good())], 0.0))
    floods = FloodHandler(store, lambda: AT)
    for now in (0.0, 1.0, REPORTED_EVERY + 1.0):
        floods.count_dropped(DEVICE, 5_000)
        floods.count_dropped(UNKNOWN, 5_000)
        assert list(floods.due_messages(now)) == []
    with store.reading() as connection:
        [(found, _)] = findings_of(connection)
    assert (found.device, found.kind) == (DEVICE, FindingKind.FLOODING)


def test_a_finding_of_a_device_without_a_journal_waits_for_one(store: Store) -> None:
    ingester = Ingester(store, CENTRAL_KEY, lambda: AT, followers=FOLLOWERS)
    noted = []
    for _ in range(3):
        with store.writing() as connection:
            noted.append(len(record_device_findings(connection, FindingKind.SHARED, [(DEVICE, "why")], AT)))
        list(ingester.handle([said(DEVICE, good())], 0.0))
    assert noted == [0, 1, 0]


# --- a device that says it is another's gate -----------------------------------------------------


def test_events_are_shown_where_their_device_stands_whatever_gate_they_name(store: Store) -> None:
    forged = batch_of(chained(3, gate="main"), 0)
    list(Ingester(store, CENTRAL_KEY, lambda: AT, followers=FOLLOWERS).handle([said(OTHER, forged)], 0.0))
    with store.reading() as connection:
        heard = EventReader().newest(connection, 9)
    assert {(item.device, item.site, item.gate) for item in heard} == {(OTHER, "green-court", "rear")}


# --- what an older centre stored ---------------------------------------------------------------


@pytest.mark.parametrize("at", [2**63 - 1, -(2**63), 253_402_300_800_000_000])
@pytest.mark.parametrize("json", [False, True])
def test_an_event_of_a_time_that_is_none_is_shown_as_that_and_hides_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], at: int, json: bool
) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", 1)
    store = Store(sa.create_engine(world.url))
    entries: list[Entry] = chained(2)
    with store.writing() as connection:
        connection.execute(
            sa.insert(chain).values(
                number=1, device=DEVICE, epoch=EPOCH, gate="main", prefix=2, hash=b"", highest=2
            )
        )
        for entry, when, body in zip(entries, (at, AT), (b"\xff[" + b"[" * 9_000, b"{}"), strict=True):
            row = {
                name: getattr(entry, name) for name in ("sequence", "monotonic", "kind", "previous", "hash")
            }
            connection.execute(
                sa.insert(event).values(chain=1, at=when, trust="trusted", body=body, received_at=AT, **row)
            )
    store.close()
    tail(json=json, config=world.central_file())
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2
    assert sum(('"at":null' if json else f"not a time ({at})") in line for line in said) == 1
