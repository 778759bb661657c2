"""Which published version of a registry was the first with an order in it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.changes.tables import applied_change
from sync.central.people.tables import isolation_change
from sync.central.tables import site_version


@dataclass(frozen=True)
class FirstVersion:
    """The first version that had an order, and when it was published."""

    version: int
    at: int


def version_with(connection: sa.Connection, site: str, ordered: int) -> FirstVersion | None:
    """The first version with what was ordered by `isolation_change` `ordered`; None: not published yet."""
    change = connection.execute(
        sa.select(isolation_change.c.change_set, isolation_change.c.at).where(
            isolation_change.c.number == ordered
        )
    ).first()
    if change is None:
        return None
    applied = sa.select(sa.func.max(applied_change.c.number)).where(
        applied_change.c.site == site, applied_change.c.change_set == change.change_set
    )
    has_it = (
        site_version.c.at >= change.at
        if change.change_set is None
        else site_version.c.up_to >= applied.scalar_subquery()
    )
    query = (
        sa.select(site_version.c.version, site_version.c.at)
        .where(site_version.c.site == site, has_it)
        .order_by(site_version.c.version)
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else FirstVersion(row.version, row.at)
