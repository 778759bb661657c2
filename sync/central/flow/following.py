"""Keeps the counts as the journals' events come and go, in the transaction that stores those."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from edge.counting.core import TALLY_FIELDS
from edge.journal.format import Entry
from sync.central.bulk import insert_rows
from sync.central.flow.core import (
    KINDS,
    Change,
    DayBegan,
    Fact,
    JournalDays,
    changes,
    fact_of,
    minute_of,
    net,
)
from sync.central.flow.tables import flow_correction, flow_count, flow_day
from sync.central.store import insert_or_update
from sync.central.tables import event
from sync.central.units import MINUTE

LATE_AFTER = MINUTE
"""What arrives later than this corrects a figure that somebody may have read."""
_AT_ONCE = 500
"""Sequences in one question: SQLite takes no more values than some hundreds at the least."""


class FlowFollower:
    """Follows the journals, and counts who passes."""

    kinds = KINDS

    def arrived(
        self,
        connection: sa.Connection,
        device: str,  # noqa: ARG002 - the chain says whose they are
        chain: int,
        entries: Sequence[Entry],
        now: int,
    ) -> None:
        facts, began = read_facts((entry.sequence, entry.at, entry.kind, entry.body) for entry in entries)
        if began:
            held = days_around(connection, chain, entries[0].sequence, entries[-1].sequence)
            add_days(connection, chain, began)
            days = JournalDays(held | {sequence: day for sequence, (_, day) in began.items()})
            come = {entry.sequence for entry in entries}
            moved = _others(connection, chain, days, began, come)
            change = changes(days, facts, since=JournalDays(held), moved=moved)
        elif facts:
            days = JournalDays(days_around(connection, chain, facts[0].sequence, facts[-1].sequence))
            change = changes(days, facts)
        else:
            return
        add_counts(connection, chain, change)
        _note_corrected(connection, chain, [fact for fact in facts if now - fact.at > LATE_AFTER], now)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        facts, ended = read_facts(_stored(connection, chain, sequences))
        if not facts and not ended:
            return
        held = days_around(connection, chain, min(sequences), max(sequences))
        days = JournalDays({sequence: day for sequence, day in held.items() if sequence not in ended})
        moved: Iterable[Fact] = ()
        if ended:
            for part in _parts([*ended]):
                connection.execute(
                    sa.delete(flow_day).where(flow_day.c.chain == chain, flow_day.c.sequence.in_(part))
                )
            moved = _others(connection, chain, JournalDays(held), ended, set(sequences))
        add_counts(connection, chain, changes(days, (), since=JournalDays(held), moved=moved, taken=facts))


StoredFact = tuple[int, int, str, bytes]
"""Sequence, time, kind and body of an event."""
Began = dict[int, tuple[int, DayBegan]]
"""By sequence: when a day began, and which."""


def read_facts(events: Iterable[StoredFact]) -> tuple[list[Fact], Began]:
    """What events (sequence, time, kind and body) count, in their order, and the days that they begin."""
    facts: list[Fact] = []
    began: Began = {}
    for sequence, at, kind, body in events:
        found = fact_of(kind, body)
        if isinstance(found, DayBegan):
            began[sequence] = at, found
        elif found is not None:
            facts.append(Fact(sequence, at, found))
    return facts, began


def add_counts(connection: sa.Connection, chain: int, change: Change) -> None:
    """Add what has changed to what the chain has counted. It has to be locked."""
    rows = [
        {"chain": chain, "begin": slot.begin, "day": slot.day, **dict(zip(TALLY_FIELDS, more, strict=True))}
        for slot, more in change.items()
    ]
    insert_rows(connection, flow_count, rows, _add)


def days_around(connection: sa.Connection, chain: int, first: int, last: int) -> dict[int, DayBegan]:
    """The days of a chain as far as events between these two need them, and those beside them."""
    wanted = {"of_chain": chain, "first": first, "last": last}
    return {row.sequence: DayBegan(row.ended, row.begun) for row in connection.execute(_AROUND, wanted)}


NO_END = 2**63 - 1
"""Beyond every sequence."""


def add_days(connection: sa.Connection, chain: int, began: Began) -> None:
    """Note where days begin in a chain."""
    if began:
        connection.execute(sa.insert(flow_day), [_day_row(chain, *each) for each in began.items()])


# --- inside --------------------------------------------------------------------------------

_OF_CHAIN = flow_day.c.chain == sa.bindparam("of_chain")
_BEFORE = sa.select(sa.func.max(flow_day.c.sequence)).where(
    _OF_CHAIN, flow_day.c.sequence < sa.bindparam("first")
)
_AFTER = sa.select(sa.func.min(flow_day.c.sequence)).where(
    _OF_CHAIN, flow_day.c.sequence > sa.bindparam("last")
)
_AROUND = sa.select(flow_day.c.sequence, flow_day.c.ended, flow_day.c.begun).where(
    _OF_CHAIN,
    flow_day.c.sequence >= sa.func.coalesce(_BEFORE.scalar_subquery(), 0),
    flow_day.c.sequence <= sa.func.coalesce(_AFTER.scalar_subquery(), NO_END),
)


def _others(
    connection: sa.Connection, chain: int, days: JournalDays, changed: Collection[int], told: Collection[int]
) -> list[Fact]:
    """What else is stored to which another day may apply, now that days begin or end at `changed` events."""
    first, last = days.around(min(changed), max(changed))
    c = event.c
    query = sa.select(c.sequence, c.at, c.kind, c.body).where(
        c.chain == chain,
        c.sequence > first,
        c.kind.in_(KINDS),
        *([] if last is None else [c.sequence < last]),
    )
    rows = _events(connection, query.order_by(c.sequence))
    return read_facts(row for row in rows if row[0] not in told)[0]


def _stored(connection: sa.Connection, chain: int, sequences: Collection[int]) -> Iterable[StoredFact]:
    c = event.c
    for part in _parts(sorted(sequences)):
        query = sa.select(c.sequence, c.at, c.kind, c.body).where(
            c.chain == chain, c.sequence.in_(part), c.kind.in_(KINDS)
        )
        yield from _events(connection, query.order_by(c.sequence))


def _events(connection: sa.Connection, query: sa.Select[int, int, str, bytes]) -> Iterable[StoredFact]:
    return ((row.sequence, row.at, row.kind, row.body) for row in connection.execute(query))


def _parts(sequences: Sequence[int]) -> Iterable[Sequence[int]]:
    return (sequences[place : place + _AT_ONCE] for place in range(0, len(sequences), _AT_ONCE))


def _day_row(chain: int, sequence: int, began: tuple[int, DayBegan]) -> dict[str, object]:
    at, day = began
    return {"chain": chain, "sequence": sequence, "at": at, "ended": day.ended, "begun": day.begun}


def _note_corrected(connection: sa.Connection, chain: int, late: Sequence[Fact], now: int) -> None:
    """Note by how much figures were corrected that somebody may have read."""
    if not late:
        return
    minutes = [minute_of(fact.at) for fact in late]
    row = {
        "chain": chain,
        "arrived": minute_of(now),
        "first": min(minutes),
        "last": max(minutes),
        "inside": sum(net(fact.counts) for fact in late),
        "passages": sum(sum(fact.counts[:2]) + fact.counts[4] for fact in late),
    }
    connection.execute(_correct(connection.dialect.name), row)


def _add(insert: Any) -> Any:
    held, more = flow_count.c, insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["chain", "begin", "day"],
        set_={name: held[name] + more[name] for name in TALLY_FIELDS},
    )


@cache
def _correct(dialect: str) -> Any:
    insert = insert_or_update(dialect, flow_correction)
    held, more = flow_correction.c, insert.excluded
    earlier, later = (held.first > more.first), (held.last < more.last)
    return insert.on_conflict_do_update(
        index_elements=["chain", "arrived"],
        set_={
            "first": sa.case((earlier, more.first), else_=held.first),
            "last": sa.case((later, more.last), else_=held.last),
            "inside": held.inside + more.inside,
            "passages": held.passages + more.passages,
        },
    )
