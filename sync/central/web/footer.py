"""What a page rests on: how many gates have told all, and until when."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.places.sight import Sight
from sync.central.store import Store, StoreError
from sync.central.tables import chain, device, in_service

LATE_AFTER = 180 * 1_000_000
"""A gate that was not heard for so long (microseconds) is late."""


@dataclass(frozen=True)
class Footer:
    """Of `gates` in sight, `complete` have told all they wrote; `late` were not heard for a while, the
    longest since `late_since`.
    """

    gates: int
    complete: int
    late: int
    late_since: int | None


def footer_of(store: Store, sight: Sight, now: int) -> Footer | None:
    """What a page rests on; None where the database cannot say."""
    pending = sa.exists().where(chain.c.device == device.c.id, chain.c.highest > chain.c.prefix)
    unheard = sa.func.coalesce(device.c.last_seen, 0) < now - LATE_AFTER
    query = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(sa.case((~pending & ~unheard, 1), else_=0)), 0),
        sa.func.coalesce(sa.func.sum(sa.case((unheard, 1), else_=0)), 0),
        sa.func.min(sa.case((unheard, device.c.last_seen))),
    ).where(in_service, sight.of(device.c.site))
    try:
        with store.reading() as connection:
            gates, complete, late, since = connection.execute(query).one()
    except StoreError:
        return None
    return Footer(int(gates), int(complete), int(late), since)
