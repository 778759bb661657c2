"""What the lane refused is no grant at the centre, in whatever order the journal comes."""

from __future__ import annotations

from itertools import permutations

import pytest
import sqlalchemy as sa

from edge.decision import Outcome
from edge.journal.format import Event, GateStopped, LaneGrantRefused, LaneOpened, StaffActTaken
from sync.central.accesses.accesses import Access, accesses
from sync.central.accesses.refusing import mark_stored
from sync.central.accesses.tables import access, access_count
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from tests.events import decided
from tests.sync.central.accesses.examples import SECOND, journal, sent
from tests.sync.wire.examples import AT

STORY = [
    decided(Outcome.GRANT, "li-na"),
    decided(Outcome.GRANT, "wang-wei"),
    LaneGrantRefused("1", "interlock"),
    StaffActTaken("let_in", "zhao", "papers_seen"),
    LaneGrantRefused("4", "too_many_waiting"),
]
TOLD = [
    (1, "refused", "li-na", "interlock"),
    (2, "grant", "wang-wei", None),
    (4, "refused", None, "papers_seen"),
]


def rows(store: Store) -> list[Access]:
    with store.reading() as connection:
        return accesses(connection, EVERYWHERE, count=100)[::-1]


def told(store: Store) -> list[tuple[object, ...]]:
    return [(each.sequence, each.outcome, each.subject, each.why) for each in rows(store)]


def counted(store: Store) -> dict[str, int]:
    table = access_count.c
    with store.reading() as connection:
        query = sa.select(table.what, sa.func.sum(table.times)).where(table.span == 3600)
        found = connection.execute(query.group_by(table.what)).all()
    return {what: int(times) for what, times in found if times}


def test_nobody_passed_by_what_the_lane_refused(store: Store) -> None:
    sent(store, journal(STORY), now=AT + 90 * SECOND)
    assert told(store) == TOLD
    assert counted(store) == {"granted": 1}, "as at the gate itself, what was refused is none"


@pytest.mark.parametrize("order", [*permutations(range(5))][::7])
def test_any_order_and_twice_gives_the_same(store: Store, order: tuple[int, ...]) -> None:
    written = journal(STORY)
    for place in (*order, order[0]):
        sent(store, [written[place]])
    assert (told(store), counted(store)) == (TOLD, {"granted": 1})


@pytest.mark.parametrize(
    "refusal",
    [
        LaneGrantRefused("1", "fire"),  # everything stood open
        LaneGrantRefused("1", "locked_again"),  # it was open for them: they may have gone through
        LaneGrantRefused("", "locked"),
        LaneGrantRefused("3", "locked"),  # of itself
        LaneGrantRefused("unrecorded", "locked"),
        LaneGrantRefused("1²", "locked"),
        LaneGrantRefused("9" * 30, "locked"),
    ],
)
def test_what_refuses_no_grant_that_was_before_it_changes_nothing(
    store: Store, refusal: LaneGrantRefused
) -> None:
    sent(store, journal([decided(), decided(Outcome.DENY), refusal, LaneOpened("grant", "1")]))
    assert [each.outcome for each in rows(store)] == ["grant", "deny"]


def test_a_refusal_of_another_history_is_none(store: Store) -> None:
    """The grant stays; what came early of the other history makes room for what leads on from the prefix."""
    first = decided(Outcome.GRANT, "li-na")
    two: list[Event] = [first, GateStopped(), LaneGrantRefused("1", "interlock")]
    sent(store, journal(two)[:1])
    sent(store, journal(two)[2:])
    assert [each.outcome for each in rows(store)] == ["refused"]
    sent(store, journal([first, *[decided(Outcome.DENY)] * 3])[1:])
    assert [each.outcome for each in rows(store)] == ["grant", "deny", "deny", "deny"]
    assert counted(store)["granted"] == 1


def test_what_was_stored_before_is_marked(store: Store) -> None:
    sent(store, journal(STORY))
    with store.writing() as connection:
        connection.execute(sa.update(access).values(outcome="grant", why=None))
        connection.execute(sa.update(access_count).values(times=0))
        mark_stored(connection)
    assert [each.outcome for each in rows(store)] == ["refused", "grant", "refused"]
