"""Who follows the journals is told what arrives and what is taken back, each once, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain

import pytest
import sqlalchemy as sa

from edge.decision import Direction
from edge.journal.format import Entry, LaneClosed, LaneOpened, LanePassed
from sync.central.journals.journals import store_batch
from sync.central.store import Store
from sync.central.tables import event
from sync.wire import batch_of
from tests.sync.central.accesses.examples import Happened, journal
from tests.sync.wire.examples import AT, DEVICE

PASSED: Happened = LanePassed(Direction.ENTRY, "counted", "grant")
OPENED: Happened = LaneOpened("grant")
CLOSED: Happened = LaneClosed()
CYCLE = [OPENED, PASSED, CLOSED]


class Listener:
    """Follows events of `kinds`, and notes what it is told."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = frozenset(kinds)
        self.told: list[list[int]] = []
        self.taken: list[tuple[int, bool]] = []

    def arrived(
        self, connection: sa.Connection, device: str, chain: int, entries: Sequence[Entry], now: int
    ) -> None:
        assert (device, now) == (DEVICE, AT)
        assert all(self._is_there(connection, chain, entry.sequence) for entry in entries)
        self.told.append([entry.sequence for entry in entries])

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        self.taken += [(each, self._is_there(connection, chain, each)) for each in sequences]

    @staticmethod
    def _is_there(connection: sa.Connection, chain: int, sequence: int) -> bool:
        those = (event.c.chain == chain) & (event.c.sequence == sequence)
        return connection.execute(sa.select(sa.func.count()).where(those)).scalar_one() == 1


def sent(store: Store, entries: Sequence[Entry], *followers: Listener) -> None:
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(entries, entries[0].sequence - 1), AT, followers)


def test_each_is_told_the_events_of_its_kinds_and_who_has_none_of_them_nothing(store: Store) -> None:
    passages, ends = Listener("lane_passed"), Listener("lane_closed", "lane_opened")
    nothing, deaf = Listener("lane_forced"), Listener()
    sent(store, journal([*CYCLE, *CYCLE]), passages, ends, nothing, deaf)
    assert (passages.told, ends.told) == ([[2, 5]], [[1, 3, 4, 6]])
    assert nothing.told == deaf.told == []


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0], [0, 0, 2, 1, 2]])
def test_whatever_comes_late_or_twice_is_told_once(store: Store, order: list[int]) -> None:
    entries, listener = journal(CYCLE * 3), Listener("lane_passed")
    for part in order:
        sent(store, entries[3 * part : 3 * part + 3], listener)
    assert sorted(chain.from_iterable(listener.told)) == [2, 5, 8]


def test_what_is_taken_back_lies_in_the_chain_while_that_is_told(store: Store) -> None:
    ours, theirs = journal(CYCLE * 2), journal([CLOSED, *CYCLE, OPENED, PASSED])
    listener = Listener("lane_passed")
    sent(store, theirs[4:], listener)  # early, and of another history
    sent(store, ours[:4], listener)
    sent(store, ours[4:], listener)
    assert listener.taken == [(5, True), (6, True)]
    assert listener.told == [[6], [2], [5]]


def test_what_a_follower_kept_is_kept_with_the_events_or_not_at_all(store: Store) -> None:
    class Failing(Listener):
        def arrived(
            self, connection: sa.Connection, device: str, chain: int, entries: Sequence[Entry], now: int
        ) -> None:
            super().arrived(connection, device, chain, entries, now)
            raise ValueError("it cannot")

    with pytest.raises(ValueError, match="it cannot"):
        sent(store, journal(CYCLE), Failing("lane_passed"))
    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(event)).scalar_one() == 0
