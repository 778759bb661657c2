"""An erasure from the act at the centre to each gate's signed confirmation, told by one receipt."""

from __future__ import annotations

from datetime import timedelta

from edge.signing.cose import keys_of, microseconds
from sync.central.accounts.actor import command_line_actor
from sync.central.changes.core.change import EraseSubject
from sync.central.changes.submitting import Applied, submit
from sync.central.configuration import ChangesSection
from sync.central.people.core.erasure_receipt import ErasureReceipt, signed, verified
from sync.central.people.erasing import tables_knowing
from sync.central.people.erasures import erasures_of
from sync.central.registry.erasure import erasure_receipt
from tests.keys import ed25519
from tests.sync.central.registry.desk import SITE, Desk
from tests.sync.central.reported.test_receipts import BOUND, GateAtDesk, desk, gate
from tests.sync.wire.examples import DEVICE

__all__ = ["desk", "gate"]


def receipt(desk: Desk, later: timedelta = timedelta()) -> ErasureReceipt:
    with desk.store.reading() as connection:
        [erasure] = erasures_of(connection, SITE, "li-na")
        return erasure_receipt(connection, erasure, microseconds(desk.now + later), BOUND)


def test_an_erasure_is_told_from_the_act_to_each_gates_own_word(desk: Desk, gate: GateAtDesk) -> None:
    actor, now = command_line_actor("Wang"), microseconds(desk.now)
    with desk.store.writing() as connection:
        done = submit(
            connection,
            actor,
            [EraseSubject(SITE, "li-na")],
            why="asked for it",
            now=now,
            limits=ChangesSection(),
        )
        assert isinstance(done, Applied)
        assert tables_knowing(connection, SITE, "li-na") == ()
    first = receipt(desk)
    assert {item.table: item.rows for item in first.erased}["template"] == 1
    assert [(item.device, item.erased_at) for item in first.gates] == [(DEVICE, None), ("gp-0002", None)]
    assert any("journals of the gates keep the id" in text for text in first.remains)

    desk.publish()
    gate.writes(*gate.takes_up())
    told = receipt(desk)
    by_device = {item.device: item for item in told.gates}
    here = by_device[DEVICE]
    assert (here.refused_at, here.erased_at, here.sequence) == (gate.at(), gate.at(), 2)
    assert by_device["gp-0002"].erased_at is None
    assert not told.is_complete

    late = {item.device: item.overdue for item in receipt(desk, timedelta(days=2)).gates}
    assert late == {DEVICE: False, "gp-0002": True}

    key = ed25519("centre")
    assert verified(signed(told, key), keys_of([key.public_key().public_bytes_raw()])) == told
