"""The audit on both databases: one entry an act, chained, seen by those whose place it is, verified."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import sqlalchemy as sa

from edge.admin.site_admin import SiteFile
from sync.central.accounts.actor import Actor, Via, command_line_actor
from sync.central.audit.audit import About, AuditEntry, entries, forget, has_hash, note, verify_chain
from sync.central.audit.tables import audit_entry, audit_head
from sync.central.devices.devices import put_site
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tree import place_at
from sync.central.store import Store, StoreError
from tests.sync.wire.examples import AT

WANG = Actor(7, "Wang Fang", (), Via.SESSION)
LI_NA = About("subject", "li-na", "green-court")
ELSEWHERE = About("subject", "li-na", "lake-view")


def noted(store: Store, *abouts: About, actor: Actor = WANG, why: str = "asked by phone") -> list[int]:
    with store.writing() as connection:
        return [note(connection, actor, "set_status", about, AT, why=why) for about in abouts]


def listed(store: Store, sight: Sight = EVERYWHERE, **filters: object) -> list[AuditEntry]:
    with store.reading() as connection:
        return entries(connection, sight, **filters)  # type: ignore[arg-type]


def test_an_act_is_noted_with_who_when_what_and_why(store: Store) -> None:
    with store.writing() as connection:
        number = note(connection, WANG, "set_status", LI_NA, AT, why="asked by phone", detail={"to": "green"})
    assert listed(store) == [
        AuditEntry(
            number,
            AT,
            7,
            "Wang Fang",
            "session",
            "set_status",
            LI_NA,
            "asked by phone",
            erased=False,
            detail={"to": "green"},
        )
    ]


def test_an_act_that_fails_is_not_noted(store: Store) -> None:
    def fail() -> None:
        with store.writing() as connection:
            note(connection, WANG, "set_status", LI_NA, AT)
            connection.execute(sa.text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(StoreError):
        fail()
    assert listed(store) == []


@pytest.mark.parametrize(
    ("actor", "why", "detail", "said"),
    [
        (command_line_actor(" "), "", {}, "every act is recorded by name"),
        (WANG, "x" * 501, {}, "501 characters, at most 500"),
        (WANG, "", {"rows": "x" * 4000}, "at most 4000"),
    ],
)
def test_what_cannot_be_noted_says_why(
    store: Store, actor: Actor, why: str, detail: dict[str, str], said: str
) -> None:
    with store.writing() as connection, pytest.raises(StoreError, match=said):
        note(connection, actor, "set_status", LI_NA, AT, why=why, detail=detail)


def test_entries_are_paged_by_number_and_filtered(store: Store) -> None:
    other = Actor(8, "Zhao Lei", (), Via.TOKEN)
    noted(store, LI_NA, ELSEWHERE, About("gate", "gp-0001", "green-court"))
    noted(store, LI_NA, actor=other)
    numbers: Callable[..., list[int]] = lambda **asked: [entry.number for entry in listed(store, **asked)]  # noqa: E731
    assert numbers() == [4, 3, 2, 1]
    assert numbers(count=2) == [4, 3]
    assert numbers(count=2, before=3) == [2, 1]
    assert numbers(actor=8) == [4]
    assert numbers(act="publish") == []
    assert numbers(about=LI_NA) == [4, 1]
    assert numbers(about=About("subject", "li-na")) == [4, 2, 1]


def test_an_entry_is_seen_where_its_site_or_else_its_place_is_in_sight(store: Store) -> None:
    with store.writing() as connection:
        for site, street in (("lake-view", "East"), ("hill", "West")):
            put_site(connection, SiteFile(site, city="Wuhan", street=street))
        east, west, city = (place_at(connection, path) for path in ("Wuhan/East", "Wuhan/West", "Wuhan"))
    centre = About("policy", "limits")
    about_east = About("account", "7", place=east)
    noted(store, ELSEWHERE, About("subject", "li-na", "hill"), about_east, centre)
    seen = {
        place: [entry.about for entry in listed(store, Sight(frozenset({place})))]
        for place in (east, west, city)
    }
    assert seen == {
        east: [about_east, ELSEWHERE],
        west: [About("subject", "li-na", "hill")],
        city: [about_east, About("subject", "li-na", "hill"), ELSEWHERE],
    }
    assert listed(store, Sight()) == []
    assert len(listed(store)) == 4


# --- the chain -----------------------------------------------------------------------------------


def test_a_chain_that_nobody_touched_is_verified_to_its_end(store: Store) -> None:
    with store.reading() as connection:
        assert verify_chain(connection).count == 0
    noted(store, LI_NA, ELSEWHERE, LI_NA)
    with store.reading() as connection:
        whole, newest = verify_chain(connection), verify_chain(connection, newest=2)
    assert (whole.first, whole.last, whole.broken_at) == (1, 3, None)
    assert (newest.first, newest.last, newest.broken_at) == (2, 3, None)
    assert whole.hash == newest.hash


ROW = audit_entry.c.number == 2
TAMPERED = {
    "another actor": (sa.update(audit_entry).where(ROW).values(name="Zhao Lei"), 2),
    "another account": (sa.update(audit_entry).where(ROW).values(account=None), 2),
    "another time": (sa.update(audit_entry).where(ROW).values(at=AT + 1), 2),
    "another site": (sa.update(audit_entry).where(ROW).values(site=None), 2),
    "another person": (sa.update(audit_entry).where(ROW).values(id="wang-wei"), 2),
    "another reason": (sa.update(audit_entry).where(ROW).values(why=""), 2),
    "another detail": (sa.update(audit_entry).where(ROW).values(detail='{"to":"red"}'), 2),
    "a salt taken away, words left": (sa.update(audit_entry).where(ROW).values(salt=None), 2),
    "an entry taken out": (sa.delete(audit_entry).where(ROW), 2),
    "the first taken out": (sa.delete(audit_entry).where(audit_entry.c.number == 1), 1),
    "the last taken out": (sa.delete(audit_entry).where(audit_entry.c.number == 3), 3),
    "all taken out": (sa.delete(audit_entry), 1),
    "the head set back": (sa.update(audit_head).values(number=2), 3),
    "another head": (sa.update(audit_head).values(hash=bytes(32)), 3),
}


class Undone(Exception):
    """Takes a change back."""


def broken_by(store: Store, statement: sa.Executable) -> int | None:
    """Where the chain is said to be broken after `statement`, which is then undone."""
    verdict = None
    with suppress(Undone), store.writing() as connection:
        connection.execute(statement)
        verdict = verify_chain(connection)
        raise Undone
    assert verdict is not None
    assert bool(verdict.problem) is (verdict.broken_at is not None)
    return verdict.broken_at


def test_what_somebody_changed_in_the_database_is_named(store: Store) -> None:
    noted(store, LI_NA, LI_NA, LI_NA)
    found = {change: broken_by(store, statement) for change, (statement, _) in TAMPERED.items()}
    assert found == {change: at for change, (_, at) in TAMPERED.items()}


def test_a_chain_that_was_written_anew_lacks_the_hash_that_somebody_kept(store: Store) -> None:
    noted(store, LI_NA, LI_NA)
    with store.reading() as connection:
        kept = verify_chain(connection)
        assert has_hash(connection, kept.last, kept.hash)
    with store.writing() as connection:
        connection.execute(sa.delete(audit_entry))
        connection.execute(sa.update(audit_head).values(number=0, hash=bytes(32)))
    noted(store, LI_NA, LI_NA)
    with store.reading() as connection:
        assert verify_chain(connection).broken_at is None
        assert not has_hash(connection, kept.last, kept.hash)


def test_who_is_erased_is_no_longer_named_and_the_chain_holds(store: Store) -> None:
    noted(store, LI_NA, ELSEWHERE, LI_NA)
    with store.writing() as connection:
        assert forget(connection, LI_NA) == 2
    left = listed(store)
    assert [(entry.about.id, entry.why, entry.erased) for entry in left] == [
        ("", "", True),
        ("li-na", "asked by phone", False),
        ("", "", True),
    ]
    assert {entry.name for entry in left} == {"Wang Fang"}, "who did it stays"
    with store.reading() as connection:
        assert verify_chain(connection).broken_at is None


def test_many_who_note_at_once_make_one_chain(store: Store) -> None:
    def many(_: int) -> None:
        for _ in range(5):
            noted(store, LI_NA)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(many, range(4)))
    with store.reading() as connection:
        verdict = verify_chain(connection)
    assert (verdict.last, verdict.broken_at) == (20, None)
