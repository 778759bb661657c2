"""Keeps the counts no finer and no longer than anybody asks for."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from edge.counting.core import TALLY_FIELDS
from sync.central.flow.core import NOTHING, TOTAL, Counts, Slot, added
from sync.central.flow.following import add_counts
from sync.central.flow.tables import flow_correction, flow_count, flow_day
from sync.central.store import Store
from sync.central.tables import chain
from sync.central.units import DAY, MINUTE

BY_MINUTE = 3 * DAY
"""So long counts are kept by the minute; older ones by ten."""
KEPT = 400 * DAY
"""So long they are kept at all: a year ago on this weekday."""
DAYS_KEPT = 40 * DAY
"""So long it is kept when days began, what they came to, and what was corrected."""
COARSE = 10 * MINUTE


def tidy(store: Store, now: int) -> int:
    """Make old counts coarser, and forget the oldest; returns how many rows went. Each journal is locked by
    itself, so that no ingester waits long.
    """
    with store.reading() as connection:
        chains = connection.execute(sa.select(chain.c.number).order_by(chain.c.number)).scalars().all()
        untidy = [number for number in chains if _is_untidy(connection, number, now)]
    gone = 0
    for number in untidy:
        with store.writing() as connection:
            connection.execute(sa.select(chain.c.number).where(chain.c.number == number).with_for_update())
            gone += _coarsen(connection, number, now) + _forget(connection, number, now)
    return gone


# --- inside --------------------------------------------------------------------------------


def _fine(number: int, now: int) -> sa.ColumnElement[bool]:
    """Counts by the minute that are old enough to be by ten."""
    c = flow_count.c
    until = now - BY_MINUTE
    old = (c.begin > TOTAL) & (c.begin < until - until % COARSE) & (c.begin >= now - KEPT)
    return (c.chain == number) & old & (c.begin % COARSE != 0)


def _is_untidy(connection: sa.Connection, number: int, now: int) -> bool:
    c = flow_count.c
    too_old = (c.chain == number) & (c.begin > TOTAL) & (c.begin < now - KEPT)
    questions = (
        sa.select(sa.literal(1)).where(_fine(number, now)),
        sa.select(sa.literal(1)).where(too_old),
        sa.select(sa.literal(1)).where(_old_days(connection, number, now)),
    )
    return any(connection.execute(each.limit(1)).first() for each in questions)


def _coarsen(connection: sa.Connection, number: int, now: int) -> int:
    change: dict[Slot, Counts] = {}
    rows = connection.execute(sa.select(flow_count).where(_fine(number, now))).all()
    for row in rows:
        slot = Slot(row.begin - row.begin % COARSE, row.day)
        each = tuple(getattr(row, name) for name in TALLY_FIELDS)
        change[slot] = added((change.get(slot, NOTHING), each))
    connection.execute(sa.delete(flow_count).where(_fine(number, now)))
    add_counts(connection, number, change)
    return len(rows) - len(change)


def _old_days(connection: sa.Connection, number: int, now: int) -> sa.ColumnElement[bool]:
    """The beginnings of days that are over for long; never that of the last day."""
    c = flow_day.c
    last = connection.execute(sa.select(sa.func.max(c.sequence)).where(c.chain == number)).scalar() or 0
    return (c.chain == number) & (c.at < now - DAYS_KEPT) & (c.sequence < last)


def _forget(connection: sa.Connection, number: int, now: int) -> int:
    days = _old_days(connection, number, now)
    names: Sequence[str] = connection.execute(sa.select(flow_day.c.begun).where(days)).scalars().all()
    held = connection.execute(
        sa.select(flow_day.c.begun).where(flow_day.c.chain == number, sa.not_(days))
    ).scalars()
    over = sorted({*names} - {*held})
    c = flow_count.c
    gone = connection.execute(
        sa.delete(flow_count).where(
            c.chain == number,
            ((c.begin > TOTAL) & (c.begin < now - KEPT)) | ((c.begin == TOTAL) & c.day.in_(over)),
        )
    ).rowcount
    gone += connection.execute(sa.delete(flow_day).where(days)).rowcount
    corrections = (flow_correction.c.chain == number) & (flow_correction.c.arrived < now - DAYS_KEPT)
    return gone + connection.execute(sa.delete(flow_correction).where(corrections)).rowcount
