"""The rows of accesses follow the journals: what is stored there has one, what is put beside has none."""

from __future__ import annotations

import sqlalchemy as sa

from edge.decision import Outcome
from edge.journal.format import Entry, GateStopped, LaneOpened, LaneOverride, PressNamed, StaffActTaken, link
from sync.central.accesses.accesses import Access, accesses
from sync.central.accesses.tables import access, access_count
from sync.central.migrations.versions import v0010
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from tests.events import decided
from tests.sync.central.accesses.examples import SECOND, by_hand, journal, sent
from tests.sync.wire.examples import AT, DEVICE, EPOCH

DAY = [
    decided(Outcome.GRANT, "li-na"),
    LaneOpened("grant", "1"),
    decided(Outcome.DENY),
    by_hand(),
    decided(Outcome.REFER, "wang-wei"),
    GateStopped(),
]


def rows(store: Store) -> list[Access]:
    with store.reading() as connection:
        return accesses(connection, EVERYWHERE, count=100)


def counted(store: Store) -> list[tuple[object, ...]]:
    """Every count that is not zero."""
    table = access_count.c
    query = sa.select(table.span, table.begin, table.what, table.times, table.late)
    with store.reading() as connection:
        found = connection.execute(
            query.where(table.times != 0).order_by(table.span, table.begin, table.what)
        )
        return [tuple(row) for row in found]


def but_number(found: list[Access]) -> list[tuple[object, ...]]:
    names = [name for name in Access.__dataclass_fields__ if name != "number"]
    return [tuple(getattr(each, name) for name in names) for each in found]


def test_what_was_decided_and_what_was_opened_by_hand_has_a_row(store: Store) -> None:
    sent(store, journal(DAY), now=AT + 9 * SECOND)
    found = rows(store)
    assert [(each.sequence, each.outcome, each.means, each.subject) for each in found] == [
        (5, "refer", "nothing", "wang-wei"),
        (4, "grant", "staff", None),
        (3, "deny", "nothing", None),
        (1, "grant", "face", "li-na"),
    ]
    first = found[-1]
    assert (first.site, first.device, first.gate, first.epoch) == ("green-court", DEVICE, "main", EPOCH)
    assert (first.at, first.lateness, first.direction) == (AT + SECOND, 8 * SECOND, "entry")


def test_what_arrives_again_is_one_access_and_counted_once(store: Store) -> None:
    whole = journal(DAY)
    sent(store, whole)
    before = rows(store), counted(store)
    sent(store, whole[2:])
    assert (rows(store), counted(store)) == before


def test_what_a_fork_puts_beside_is_no_access_any_more(store: Store) -> None:
    """What came early of another history makes room for what leads on from the prefix."""
    two = journal([decided(), decided(Outcome.DENY, "li-na"), by_hand(), decided()])
    one = journal([decided(), *[(10 + n, decided(Outcome.REFER, "wang-wei")) for n in range(3)]])
    sent(store, two[2:3])
    assert [each.means for each in rows(store)] == ["staff"]
    sent(store, one[:3])
    assert [(each.sequence, each.outcome) for each in rows(store)] == [
        (3, "refer"),
        (2, "refer"),
        (1, "grant"),
    ]
    assert "override" not in {what for _, _, what, _, _ in counted(store)}


def test_an_event_that_nobody_can_read_keeps_none_of_the_others_out(store: Store) -> None:
    (first,) = journal([decided()])
    fields = {name: getattr(first, name) for name in Entry.__struct_fields__[:-1]}
    damaged = link(**fields | {"sequence": 2, "body": b"\xa1\x61x\xff", "previous": first.hash})
    last = link(**fields | {"sequence": 3, "previous": damaged.hash})
    sent(store, [first, damaged, last])
    assert [each.sequence for each in rows(store)] == [3, 1]


def test_a_migration_finds_the_accesses_of_what_was_stored_before(store: Store) -> None:
    """The same rows and counts as those that are kept with storing."""
    sent(store, journal(DAY * 3), now=AT + 70 * SECOND)
    kept = but_number(rows(store)), counted(store)
    with store.writing() as connection:
        connection.execute(sa.delete(access))
        connection.execute(sa.delete(access_count))
        v0010.fill(connection, page=4)
    assert (but_number(rows(store)), counted(store)) == kept


def test_what_staff_opened_has_their_name_and_reason_and_is_there_once(store: Store) -> None:
    """Let in by name; and a press of the wired button, which got its name afterwards."""
    day = [
        StaffActTaken("let_in", "wang", "papers_seen", about=None),
        LaneOpened("staff", "1"),
        LaneOverride("zhao"),
        by_hand(),
        GateStopped(),
        PressNamed(3, "zhao", "typed", "the post"),
        PressNamed(2, "ma", "papers_seen"),
    ]
    sent(store, journal(day))
    told = [(each.sequence, each.means, each.reason, each.staff, each.why) for each in rows(store)]
    assert told == [
        (4, "staff", "override", "zhao", "the post"),
        (1, "staff", "staff", "wang", "papers_seen"),
    ]
