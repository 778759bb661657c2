"""The leases of what one process does for all: taken, given back, and who has them."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from sync.central.over import is_over
from sync.central.processes.tables import lease
from sync.central.store import insert_unless_there
from sync.central.units import SECOND

HELD_FOR = 10 * SECOND
_LONGEST = 2 * HELD_FOR
"""A lease that ends later was taken before the server's clock was set back: who holds it renews it in three
seconds, and if that process is dead nobody else would."""


def take(connection: sa.Connection, names: Collection[str], holder: str, now: int) -> dict[str, int]:
    """Take or renew the leases `names`; returns the terms of those that `holder` has now. A term rises with
    each new holder. One that is missing is another's.
    """
    # By name, so that two processes take their locks in one order and never wait for each other.
    query = sa.select(lease, is_over(lease.c.until, now, _LONGEST).label("is_free"))
    query = query.where(lease.c.name.in_(names)).order_by(lease.c.name).with_for_update()
    rows = connection.execute(query).all()
    if missing := set(names) - {row.name for row in rows}:
        made = [{"name": name} | _NOBODYS for name in sorted(missing)]
        connection.execute(insert_unless_there(connection, lease), made)
        rows = connection.execute(query).all()
    terms = {
        row.name: row.term + (row.holder != holder) for row in rows if row.holder == holder or row.is_free
    }
    if terms:
        rises = sa.case((lease.c.holder == holder, 0), else_=1)
        values = {"holder": holder, "term": lease.c.term + rises, "until": now + HELD_FOR}
        connection.execute(sa.update(lease).where(lease.c.name.in_(terms)).values(values))
    return terms


def give_back(connection: sa.Connection, names: Collection[str], holder: str) -> None:
    """Let others take at once what `holder` has of `names`."""
    those = (lease.c.holder == holder) & lease.c.name.in_(names)
    connection.execute(sa.update(lease).where(those).values(until=0))


def held_by(connection: sa.Connection, now: int) -> dict[str, tuple[str, ...]]:
    """What each process does for all at `now`, by its run."""
    query = (
        sa.select(lease.c.holder, lease.c.name)
        .where(~is_over(lease.c.until, now, _LONGEST))
        .order_by(lease.c.name)
    )
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(query):
        found[row.holder] = (*found.get(row.holder, ()), row.name)
    return found


_NOBODYS = {"holder": "", "term": 0, "until": 0}
