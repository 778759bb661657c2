"""Counts journals anew, from the events that the database holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import sub

import sqlalchemy as sa

from edge.journal.format import OccupancyReset
from sync.central.flow.core.counting import TOTAL, Days, Slot, changes, minute_of
from sync.central.flow.core.facts import KINDS, Counts
from sync.central.flow.core.inside import NOTHING
from sync.central.flow.following import (
    NO_END,
    StoredFact,
    add_counts,
    add_days,
    days_around,
    read_facts,
)
from sync.central.flow.parts import SUMS
from sync.central.flow.tables import flow_count, flow_day
from sync.central.store import Store
from sync.central.tables import chain, event

_AT_ONCE = 20_000


@dataclass(frozen=True)
class Recounted:
    """A journal that was counted anew: how many events were read, and how many slots differed from before."""

    device: str
    epoch: bytes
    events: int
    changed: int


def rebuild(store: Store, device: str | None = None) -> Iterator[Recounted]:
    """Count the journals anew, of all devices or of one, each in a transaction of its own.

    What was counted of events that are in the database no more stays as it is.
    """
    query = sa.select(chain.c.number, chain.c.device, chain.c.epoch).order_by(chain.c.device, chain.c.number)
    with store.reading() as connection:
        chains = connection.execute(query if device is None else query.where(chain.c.device == device)).all()
    for number, name, epoch in chains:
        with store.writing() as connection:
            connection.execute(sa.select(chain.c.number).where(chain.c.number == number).with_for_update())
            events, changed = _recount(connection, number)
        yield Recounted(name, epoch, events, changed)


# --- inside --------------------------------------------------------------------------------


def _recount(connection: sa.Connection, number: int) -> tuple[int, int]:
    c = event.c
    first = connection.execute(sa.select(sa.func.min(c.sequence), sa.func.min(c.at)).where(c.chain == number))
    sequence, at = first.one()
    if sequence is None:
        return 0, 0
    before, since = _slots(connection, number), minute_of(at)
    _forget(connection, number, sequence, since)
    began = read_facts(_events(connection, number, {OccupancyReset.kind.value}))[1]
    add_days(connection, number, began)
    days = Days(days_around(connection, number, sequence, NO_END))
    events = 0
    for page in _pages(connection, number):
        add_counts(connection, number, changes(days, read_facts(page)[0]))
        events += len(page)
    return events, len(before ^ _slots(connection, number))


def _slots(connection: sa.Connection, number: int) -> set[tuple[object, ...]]:
    """What is counted of a journal, but for slots in which everything was taken back."""
    rows = connection.execute(sa.select(flow_count).where(flow_count.c.chain == number))
    return {(*row,) for row in rows if any(row[3:])}


def _forget(connection: sa.Connection, number: int, sequence: int, since: int) -> None:
    """Forget what was counted of the events that are there, the first of which is `sequence`."""
    c = flow_count.c
    gone = _by_day(connection, (c.chain == number) & (c.begin >= since))
    whole = _by_day(connection, (c.chain == number) & (c.begin == TOTAL))
    connection.execute(sa.delete(flow_day).where(flow_day.c.chain == number, flow_day.c.sequence >= sequence))
    those = (c.begin >= since) | (c.begin == TOTAL)
    connection.execute(sa.delete(flow_count).where(c.chain == number, those))
    if sequence > 1:  # what is not of these events stays in what whole days came to
        left = {
            Slot(TOTAL, day): tuple(map(sub, each, gone.get(day, NOTHING))) for day, each in whole.items()
        }
        add_counts(connection, number, left)


def _by_day(connection: sa.Connection, those: sa.ColumnElement[bool]) -> dict[str, Counts]:
    query = sa.select(flow_count.c.day, *SUMS).where(those).group_by(flow_count.c.day)
    return {day: tuple(map(int, each)) for day, *each in connection.execute(query)}


def _pages(connection: sa.Connection, number: int) -> Iterator[list[StoredFact]]:
    rows = iter(_events(connection, number, KINDS))
    while page := [*islice(rows, _AT_ONCE)]:
        yield page


def _events(connection: sa.Connection, number: int, kinds: Collection[str]) -> Iterator[StoredFact]:
    c = event.c
    after = -1
    while True:
        query = sa.select(c.sequence, c.at, c.kind, c.body).where(
            c.chain == number, c.sequence > after, c.kind.in_(kinds)
        )
        rows = connection.execute(query.order_by(c.sequence).limit(_AT_ONCE)).all()
        if not rows:
            return
        yield from ((row.sequence, row.at, row.kind, row.body) for row in rows)
        after = rows[-1].sequence
