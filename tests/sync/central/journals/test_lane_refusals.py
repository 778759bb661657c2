"""What lanes refused, as the stored events of a chain say."""

from __future__ import annotations

import sqlalchemy as sa

from edge.journal.format import GateStopped, LaneGrantRefused
from sync.central.journals.lane_refusals import lane_refusals, refusals_at, refusals_stored
from sync.central.store import Store
from sync.central.tables import chain
from tests.events import decided
from tests.sync.central.accesses.examples import journal, sent

STORY = [
    decided(),
    decided(),
    LaneGrantRefused("1", "interlock"),
    GateStopped(),
    LaneGrantRefused("2", "locked"),
    LaneGrantRefused("6", "locked"),  # of itself
    LaneGrantRefused("2", "fire"),  # everything stood open
]


def test_the_refusals_of_some_grants_are_found_behind_them(store: Store) -> None:
    sent(store, journal(STORY))
    with store.reading() as connection:
        number = connection.execute(sa.select(chain.c.number)).scalar_one()
        assert [*refusals_stored(connection, number, 1, 2)] == [(1, "interlock"), (2, "locked")]
        assert [*refusals_stored(connection, number, 2, 2)] == [(2, "locked")]
        assert not [*refusals_stored(connection, number, 3, 9)]
        assert refusals_at(connection, number, [3, 4, 6]) == [(1, "interlock")]
        assert refusals_at(connection, number, [2, 5]) == [], "what it refused goes too"
    assert [*lane_refusals(journal(STORY))] == [(1, "interlock"), (2, "locked")]
