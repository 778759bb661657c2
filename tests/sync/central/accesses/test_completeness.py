"""What a page rests on: complete, late, without a link."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.accesses.completeness import HEARD_WITHIN, Completeness, completeness
from sync.central.devices.devices import retire_device
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store
from sync.central.tables import device
from tests.events import decided
from tests.sync.central.accesses.examples import journal, sent
from tests.sync.wire.examples import AT, DEVICE


def rests_on(store: Store, sight: Sight = EVERYWHERE) -> Completeness:
    with store.reading() as connection:
        return completeness(connection, sight, AT)


def heard(store: Store, name: str, at: int, waiting: int = 0) -> None:
    with store.writing() as connection:
        values = {"last_seen": at, "waiting": waiting}
        connection.execute(sa.update(device).where(device.c.id == name).values(values))


def test_gates_that_were_never_heard_have_no_link(store: Store) -> None:
    assert rests_on(store) == Completeness(gates=2, unlinked=2)
    assert rests_on(store, Sight()) == Completeness()


def test_a_gate_is_complete_as_of_when_it_was_heard_last(store: Store) -> None:
    heard(store, DEVICE, AT - 5)
    heard(store, "gp-0002", AT - 9)
    assert rests_on(store) == Completeness(gates=2, complete=2, until=AT - 9)


def test_a_gate_that_was_not_heard_for_a_while_has_no_link_since(store: Store) -> None:
    heard(store, DEVICE, AT)
    heard(store, "gp-0002", AT - HEARD_WITHIN - 1)
    expected = Completeness(2, complete=1, until=AT, unlinked=1, unlinked_since=AT - HEARD_WITHIN - 1)
    assert rests_on(store) == expected


def test_a_gate_is_late_that_has_more_or_of_whose_journal_something_is_missing(store: Store) -> None:
    heard(store, DEVICE, AT)
    heard(store, "gp-0002", AT, waiting=4)
    sent(store, journal([decided()] * 3)[2:])
    assert rests_on(store) == Completeness(gates=2, late=2)
    sent(store, journal([decided()] * 3)[:2])
    assert rests_on(store) == Completeness(gates=2, complete=1, until=AT, late=1)


def test_a_gate_that_is_retired_is_none_of_them(store: Store) -> None:
    with store.writing() as connection:
        retire_device(connection, "gp-0002", AT)
    assert rests_on(store).gates == 1
