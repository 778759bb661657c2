"""Removals: however many there are at a site, they are noted and ended by as many questions as a few are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import randbytes

import pytest
import sqlalchemy as sa

from edge.registry.format import Removed, subject_key
from sync.central.reported.removals import (
    There,
    carried,
    note_carried_by_list,
    note_carried_by_version,
    note_published_removals,
    note_urgent_removals,
)
from sync.central.reported.tables import removal
from sync.central.store import Store

SITE, AT, SEAL = "green-court", 1_000, bytes(32)


@contextmanager
def counted(store: Store) -> Iterator[Counter[str]]:
    """How many statements go to the database meanwhile, by their first word."""
    asked: Counter[str] = Counter()

    def note(*about: object) -> None:
        asked[str(about[2]).split()[0]] += 1

    sa.event.listen(store._engine, "before_cursor_execute", note)
    yield asked
    sa.event.remove(store._engine, "before_cursor_execute", note)


def life(store: Store, people: int) -> Counter[str]:
    """What is asked where so many people leave, are carried, and are back."""
    names = [f"of-{people}-{number}" for number in range(people)]
    before = {subject_key(name): b"" for name in names}
    with counted(store) as asked, store.writing() as connection:
        note_published_removals(connection, SITE, before, {}, AT, randbytes)
        out = carried(connection, SITE, There(), SEAL, AT)
        assert len(out) == people
        note_carried_by_version(connection, [item.reference for item in out], 7)
        note_carried_by_version(connection, [item.reference for item in out], 8)
        assert {
            *connection.execute(sa.select(removal.c.version).where(removal.c.ended_at.is_(None))).scalars()
        } == {7}
        assert carried(connection, SITE, There(frozenset(names)), SEAL, AT) == ()
    return asked


def test_many_are_asked_for_as_few_are(store: Store) -> None:
    assert life(store, 2) == life(store, 400)


def test_what_is_revoked_again_is_noted_once_and_from_then_on_at_once(store: Store) -> None:
    with store.writing() as connection:
        note_published_removals(connection, SITE, {subject_key("li-na"): b""}, {}, AT, randbytes)
        [noted] = carried(connection, SITE, There(), SEAL, AT)
        assert carried(connection, SITE, There(), SEAL, AT, urgent=True) == ()
        for _ in range(2):
            note_urgent_removals(connection, SITE, ["ab" * 8, "ab" * 8], ["li-na"], AT + 1, randbytes)
        person, one_pass = carried(connection, SITE, There(), SEAL, AT + 1, urgent=True)
        assert person == noted
        assert one_pass.what is Removed.PASS
        note_carried_by_list(connection, [person.reference, one_pass.reference], 3)
        assert [*connection.execute(sa.select(removal.c.list)).scalars()] == [3, 3]


@pytest.mark.parametrize("enrolled_at", [AT, AT + 1])
def test_who_was_there_before_a_gate_was_is_not_waited_for_there(store: Store, enrolled_at: int) -> None:
    """Both gates of the site have been enrolled by then, or neither has: nobody knows of the person."""
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE device SET enrolled_at = :at"), {"at": enrolled_at})
        note_published_removals(connection, SITE, {subject_key("li-na"): b""}, {}, AT, randbytes)
        assert carried(connection, SITE, There(), SEAL, AT), "it is in no version yet"
        [out] = carried(connection, SITE, There(), SEAL, AT)
        note_carried_by_version(connection, [out.reference], 1)
        assert bool(carried(connection, SITE, There(), SEAL, AT)) is (enrolled_at <= AT)
