"""What a page rests on: which gates have told all they wrote and until when, who is late, who has no link."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.places.sight import Sight
from sync.central.tables import chain, device, in_service
from sync.central.units import SECOND

HEARD_WITHIN = 180 * SECOND
"""A gate that was not heard for so long has no link: it decides alone."""


@dataclass(frozen=True)
class Completeness:
    """Of `gates` in sight, `complete` were heard and all that they wrote is here, as of `until` (the one that
    was heard longest ago). `late` ones were heard and have more to send; `unlinked` ones were not heard, the
    longest since `unlinked_since` (None: some never were).
    """

    gates: int = 0
    complete: int = 0
    until: int | None = None
    late: int = 0
    unlinked: int = 0
    unlinked_since: int | None = None


def completeness(connection: sa.Connection, sight: Sight, now: int) -> Completeness:
    """What a page about the gates in sight rests on, at `now` (microseconds since 1970 UTC)."""
    return completeness_of(connection, sight.of(device.c.site), now)


def completeness_of(connection: sa.Connection, those: sa.ColumnElement[bool], now: int) -> Completeness:
    """The same of the devices of which the condition `those` is true."""
    begun = sa.exists().where(chain.c.device == device.c.id, chain.c.highest > chain.c.prefix)
    heard = sa.func.coalesce(device.c.last_seen, 0).between(now - HEARD_WITHIN, now + HEARD_WITHIN)
    owes = begun | (sa.func.coalesce(device.c.waiting, 0) > 0)
    row = connection.execute(
        sa.select(
            sa.func.count().label("gates"),
            _count(heard & ~owes).label("complete"),
            sa.func.min(sa.case((heard & ~owes, device.c.last_seen))).label("until"),
            _count(heard & owes).label("late"),
            _count(~heard).label("unlinked"),
            _count(device.c.last_seen.is_(None)).label("never"),
            sa.func.min(sa.case((~heard, device.c.last_seen))).label("since"),
        ).where(in_service, those)
    ).one()
    since = None if row.never else row.since
    return Completeness(row.gates, row.complete, row.until, row.late, row.unlinked, since)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0).cast(sa.Integer)
