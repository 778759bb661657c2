"""Receipts of removals: a centre publishes, a gate's real disk takes it up, and its journal comes back.

The same on SQLite and PostgreSQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from edge.decision import ClockTrust, Subject, WallTime
from edge.journal.format import START as NOTHING
from edge.journal.format import Entry, Event, Gone, RemovalConfirmed, told
from edge.journal.format.chain import link
from edge.registry.format import assemble, removal_digest
from edge.registry.gallery.gallery import open_gallery
from edge.registry.inbox import URGENT_REVOCATIONS_NAME
from edge.registry.removal_watch import SAID_AFTER, RemovalWatch
from edge.runtime.removal_events import removal_event
from edge.signing.cose import microseconds
from sync.central.devices.core.gate_states import StateWhy
from sync.central.devices.gates_now import gate_states
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.people.subjects import put_subject
from sync.central.registry.published import SitePublished
from sync.central.registry.urgent import revoke_urgently
from sync.central.reported.evidence import EvidenceRefused, checked_evidence, evidence_of
from sync.central.reported.receipts import (
    ReceiptState,
    RemovalReceipts,
    erasure_receipts,
    overdue_receipts,
    revocation_receipts,
)
from sync.central.reported.tables import removal
from sync.central.store import Store
from sync.central.units import HOUR
from sync.wire import batch_of
from tests.edge.registry.gate_disk import Gate
from tests.edge.registry.repository import ENGINE, SEAL_KEY, TEMPLATE_KEY
from tests.sync.central.registry.desk import Desk
from tests.sync.wire.examples import DEVICE, EPOCH, KEY, OTHER_KEY

SITE, BOUND = "green-court", 24 * HOUR
LI, WU = Subject("li-na"), Subject("wu")


@dataclass
class GateAtDesk:
    """A gate's disk beside a centre: it takes up what is published, and writes its journal."""

    desk: Desk
    folder: Path
    device: str = DEVICE
    epoch: bytes = EPOCH
    entries: list[Entry] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.gate = Gate(self.folder, self.desk.repository)
        self.watch = RemovalWatch(self.gate.held, self.gate.inbox, self.gate.store.trusted)

    def takes_up(self) -> list[Event]:
        """The newest version and list, as a sync process brings them; what the journal says then."""
        published = SitePublished(self.desk.section.folder / SITE)
        newest = published.versions()[-1]
        signed, manifest = published.signed(newest), published.manifest(newest)
        snapshot = published.chunk(manifest.snapshot.sha256, 0)
        self.gate.wall = WallTime(self.desk.now, ClockTrust.TRUSTED)
        before = self.gate.store.in_force()
        listed = published.urgent_revocations()
        if listed is not None:
            self.gate.offer(listed, URGENT_REVOCATIONS_NAME)
        self.gate.offer(assemble(published.roots(), signed, snapshot))
        held, force = self.gate.store.held, self.gate.store.in_force()
        assert held is not None
        assert force is not None
        self.now += SAID_AFTER
        self.watch.took_up(before, held, self.gate.store.revoked, self.now)
        faces = open_gallery(force, (TEMPLATE_KEY,), ENGINE)[0].names
        news = list(self.watch.due(force, faces, held, self.gate.store.revoked, self.now))
        return [removal_event(item) for item in news]

    def writes(self, *events: Event) -> None:
        """Its journal has these events, and the centre gets them."""
        new = []
        for event in events:
            kind, body = told(event)
            before = self.entries[-1] if self.entries else None
            self.entries.append(
                link(
                    epoch=self.epoch,
                    gate="main",
                    sequence=len(self.entries) + 1,
                    at=microseconds(self.desk.now),
                    trust=ClockTrust.TRUSTED,
                    monotonic=1.0,
                    kind=kind,
                    body=body,
                    previous=NOTHING if before is None else before.hash,
                )
            )
            new.append(self.entries[-1])
        with self.desk.store.writing() as connection:
            store_batch(
                connection, self.device, batch_of(new, len(self.entries) - len(new)), self.at(), FOLLOWERS
            )

    def at(self, later: int = 0) -> int:
        return microseconds(self.desk.now) + later


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "centre", store)
    made.put(LI, face=True)
    made.put(WU, face=True)
    made.publish()
    return made


@pytest.fixture
def gate(desk: Desk, tmp_path: Path) -> GateAtDesk:
    made = GateAtDesk(desk, tmp_path / "gate")
    assert made.takes_up() == []
    return made


def erased(desk: Desk, wanted: str, later: int = 0) -> list[RemovalReceipts]:
    now = microseconds(desk.now) + later
    with desk.store.reading() as connection:
        return erasure_receipts(connection, SITE, wanted, now, BOUND)


def states(found: RemovalReceipts) -> dict[str, ReceiptState]:
    return {gate.device: gate.state for gate in found.gates}


def test_an_erasure_waits_for_each_gate_and_is_confirmed_by_its_reference_alone(
    desk: Desk, gate: GateAtDesk
) -> None:
    desk.erase("li-na")
    assert erased(desk, "li-na") == [], "nothing was published"
    desk.publish()
    [waiting] = erased(desk, "li-na")
    assert states(waiting) == {DEVICE: ReceiptState.WAITING, "gp-0002": ReceiptState.WAITING}
    events = gate.takes_up()
    assert events == [
        RemovalConfirmed("registry", 2, (Gone(waiting.reference.hex(), "subject", templates=1),))
    ]
    assert b"li-na" not in told(events[0])[1], "the event names nobody"
    gate.writes(*events)
    [found] = erased(desk, waiting.reference.hex())
    assert states(found) == {DEVICE: ReceiptState.CONFIRMED, "gp-0002": ReceiptState.WAITING}
    [confirmed, _] = found.gates
    assert (confirmed.sequence, confirmed.templates, confirmed.confirmed_at) == (1, 1, gate.at())


def test_once_all_have_confirmed_nothing_says_whom_it_was_of(
    desk: Desk, gate: GateAtDesk, tmp_path: Path
) -> None:
    rear = GateAtDesk(desk, tmp_path / "rear", "gp-0002", bytes(16))
    rear.takes_up()
    desk.erase("li-na")
    desk.publish()
    for each in (gate, rear):
        each.writes(*each.takes_up())
    [found] = erased(desk, "li-na")
    assert found.is_complete
    manifest = desk.publish()
    assert manifest.version == 3, "the removal travels no more"
    assert erased(desk, "li-na") == []
    [found] = erased(desk, found.reference.hex())
    assert (found.is_complete, found.name) == (True, None)
    with desk.store.reading() as connection:
        assert connection.execute(sa.select(removal.c.name)).scalars().all() == [None]


def test_what_is_revoked_at_once_is_confirmed_twice_by_the_list_and_by_the_registry(
    desk: Desk, gate: GateAtDesk
) -> None:
    revoke_urgently(desk.store, desk.publisher, SITE, desk.now, subjects=("li-na",), passes=("ab" * 8,))
    gate.writes(*gate.takes_up())
    now = gate.at()
    with desk.store.reading() as connection:
        [person] = revocation_receipts(connection, SITE, "li-na", now, BOUND)
        [code] = revocation_receipts(connection, SITE, "ab" * 8, now, BOUND)
    assert states(person)[DEVICE] is ReceiptState.CONFIRMED
    assert states(code)[DEVICE] is ReceiptState.CONFIRMED
    assert erased(desk, "li-na") == [], "the gate's files know her still"
    desk.publish()
    gate.writes(*gate.takes_up())
    [found] = erased(desk, "li-na")
    assert states(found)[DEVICE] is ReceiptState.CONFIRMED
    assert found.reference == person.reference


def test_a_gate_that_does_not_confirm_in_time_is_overdue_and_worth_a_look(desk: Desk) -> None:
    desk.erase("li-na")
    desk.publish()
    late = microseconds(desk.now) + BOUND + 1
    with desk.store.reading() as connection:
        assert overdue_receipts(connection, late - 1, BOUND) == []
        found = overdue_receipts(connection, late, BOUND)
        states_now = gate_states(connection, late, receipt_bound=BOUND)
    assert [(item.device, item.is_dark) for item in found] == [(DEVICE, True), ("gp-0002", True)]
    assert StateWhy.RECEIPT_OVERDUE in {reason.why for reason in states_now[DEVICE].reasons}


def test_somebody_who_is_back_is_waited_for_no_more(desk: Desk, gate: GateAtDesk) -> None:
    desk.erase("li-na")
    desk.publish()
    with desk.store.writing() as connection:
        put_subject(connection, SITE, LI, 1)
    desk.publish()
    with desk.store.reading() as connection:
        assert overdue_receipts(connection, gate.at(2 * BOUND), BOUND) == []
    assert gate.takes_up() == []


# --- what a gate, or whoever took its sync process over, cannot do -------------------------------------


def forged(reference: str, number: int, by: str = "registry") -> RemovalConfirmed:
    return RemovalConfirmed(by, number, (Gone(reference, "subject", 1),))  # type: ignore[arg-type]


def test_a_receipt_for_what_was_never_installed_is_none(desk: Desk, gate: GateAtDesk) -> None:
    desk.erase("li-na")
    desk.publish()
    [waiting] = erased(desk, "li-na")
    name = waiting.reference.hex()
    for event, why in (
        (forged(name, 1), "a version that never had it"),
        (forged(name, 9, "revocations"), "a list that never had it"),
        (forged("00" * 16, 2), "a removal that there is not"),
        (forged("no hex", 2), "no reference"),
        (forged(name, 3), "a version that was never published"),
    ):
        gate.writes(event)
        [found] = erased(desk, "li-na")
        assert states(found)[DEVICE] is ReceiptState.WAITING, why


def test_a_gate_confirms_for_itself_alone(desk: Desk, gate: GateAtDesk) -> None:
    """Its journal is its own, whatever it says: nobody else's receipt comes of it."""
    desk.erase("li-na")
    desk.publish()
    [waiting] = erased(desk, "li-na")
    gate.writes(forged(waiting.reference.hex(), 2))
    [found] = erased(desk, "li-na")
    assert states(found) == {DEVICE: ReceiptState.CONFIRMED, "gp-0002": ReceiptState.WAITING}


def test_a_receipt_that_is_said_again_keeps_its_first_time(desk: Desk, gate: GateAtDesk) -> None:
    desk.erase("li-na")
    desk.publish()
    events = gate.takes_up()
    gate.writes(*events)
    first = gate.at()
    desk.now += timedelta(hours=5)
    gate.writes(*events)
    [found] = erased(desk, "li-na")
    assert [item.confirmed_at for item in found.gates if item.device == DEVICE] == [first]


# --- the evidence ---------------------------------------------------------------------------------------


def test_the_evidence_can_be_checked_by_somebody_else(desk: Desk, gate: GateAtDesk) -> None:
    desk.erase("li-na")
    desk.publish()
    gate.writes(*gate.takes_up())
    [found] = erased(desk, "li-na")
    with desk.store.reading() as connection:
        [evidence] = evidence_of(connection, found.reference, KEY, gate.at())
    data, public = msgspec.json.encode(evidence), KEY.public_key().public_bytes_raw()
    said, confirmed = checked_evidence(data, public)
    assert (said.device, said.sequence, confirmed.gone[0].templates) == (DEVICE, 1, 1)
    assert b"li-na" not in data
    other = OTHER_KEY.public_key().public_bytes_raw()
    with pytest.raises(EvidenceRefused, match="signature"):
        checked_evidence(data, other)
    for name, value in (
        ("reference", "00" * 16),
        ("body", "a0"),
        ("at", evidence.at + 1),
        ("hash", "00" * 32),
        ("device", "gp-0002"),
        ("acknowledgement", "00"),
    ):
        changed = msgspec.json.encode(msgspec.structs.replace(evidence, **{name: value}))
        with pytest.raises(EvidenceRefused):
            checked_evidence(changed, public)
    with pytest.raises(EvidenceRefused):
        checked_evidence(b"{}", public)


def test_the_digest_of_a_removal_takes_the_seal_key(desk: Desk) -> None:
    desk.erase("li-na")
    desk.publish()
    records = desk.publisher.records(SITE)
    [carried] = [value for key, value in records.items() if key[0] == 8]
    assert removal_digest("li-na", SEAL_KEY) in carried
    assert removal_digest("li-na", bytes(64)) not in carried
    assert b"li-na" not in carried
