"""Counts journals anew, from the events that the database holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import sub

import sqlalchemy as sa

from edge.journal.format import OccupancyReset
from sync.central.flow.core import KINDS, NOTHING, TOTAL, Counts, JournalDays, Slot, added, changes, minute_of
from sync.central.flow.following import (
    NO_END,
    StoredFact,
    add_counts,
    add_days,
    days_around,
    read_facts,
)
from sync.central.flow.keeping import COARSE
from sync.central.flow.parts import SUMS
from sync.central.flow.tables import flow_count, flow_day
from sync.central.history.tables import history_file, history_run
from sync.central.store import Store
from sync.central.tables import chain, event

_AT_ONCE = 20_000


@dataclass(frozen=True)
class Recounted:
    """A journal that was counted anew: how many events were read, and how many figures (of ten
    minutes, or of a day) differed from before.
    """

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
    sequence = connection.execute(sa.select(sa.func.min(event.c.sequence)).where(event.c.chain == number))
    first = sequence.scalar()
    if first is None:
        return 0, 0
    since, before = _since(connection, number, first), _figures(connection, number)
    _forget(connection, number, first, since)
    began = read_facts(_events(connection, number, {OccupancyReset.kind.value}))[1]
    add_days(connection, number, began)
    days = JournalDays(days_around(connection, number, first, NO_END))
    events = 0
    for page in _pages(connection, number):
        facts = [fact for fact in read_facts(page)[0] if minute_of(fact.at) >= since]
        add_counts(connection, number, changes(days, facts))
        events += len(page)
    after = _figures(connection, number)
    return events, sum(before.get(slot) != after.get(slot) for slot in before.keys() | after.keys())


def _since(connection: sa.Connection, number: int, first: int) -> int:
    """From when on everything that was counted is of events that are here: what is of others stays. Old
    counts are by ten minutes, so it is the beginning of some.
    """
    here = sa.select(sa.func.min(event.c.at)).where(event.c.chain == number)
    moved = (
        sa.select(sa.func.max(history_file.c.last_at))
        .join(history_run, history_run.c.file == history_file.c.number)
        .where(history_run.c.chain == number)
    )
    last_moved = connection.execute(moved).scalar()
    if first == 1 and last_moved is None:
        return 0
    since: int = max(connection.execute(here).scalar_one(), 0 if last_moved is None else last_moved + 1, 0)
    return -(-since // COARSE) * COARSE


def _figures(connection: sa.Connection, number: int) -> dict[Slot, Counts]:
    """What is counted of a journal, by ten minutes, but for those in which everything was taken back."""
    found: dict[Slot, Counts] = {}
    for row in connection.execute(sa.select(flow_count).where(flow_count.c.chain == number)):
        begin = row.begin if row.begin == TOTAL else row.begin - row.begin % COARSE
        slot = Slot(begin, row.day)
        found[slot] = added((found.get(slot, NOTHING), tuple(row[3:])))
    return {slot: each for slot, each in found.items() if any(each)}


def _forget(connection: sa.Connection, number: int, first: int, since: int) -> None:
    """Forget what was counted `since` then, and the days that events from `first` on began."""
    c = flow_count.c
    gone = _by_day(connection, (c.chain == number) & (c.begin >= since))
    whole = _by_day(connection, (c.chain == number) & (c.begin == TOTAL))
    has_moved = sa.exists().where(
        history_run.c.chain == flow_day.c.chain,
        history_run.c.first <= flow_day.c.sequence,
        history_run.c.last >= flow_day.c.sequence,
    )
    of_these = (flow_day.c.chain == number) & (flow_day.c.sequence >= first)
    connection.execute(sa.delete(flow_day).where(of_these, sa.not_(has_moved)))
    those = (c.begin >= since) | (c.begin == TOTAL)
    connection.execute(sa.delete(flow_count).where(c.chain == number, those))
    if since:  # what is of other events stays in what whole days came to
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
