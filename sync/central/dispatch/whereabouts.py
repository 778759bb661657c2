"""Says where a task is: at a site, or in a place of several, as a street that is full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.dispatch.tables import task
from sync.central.places.naming import site_names
from sync.central.places.sight import Sight
from sync.central.places.tables import place, place_within
from sync.central.store import StoreError
from sync.central.tables import site


@dataclass(frozen=True)
class Whereabouts:
    """Where somebody is needed: at a site, or in the place with this number."""

    site: str | None
    place: int | None = None

    @property
    def key(self) -> str:
        return f"place:{self.place}" if self.site is None else self.site


def whereabouts_of(row: Any) -> Whereabouts:
    """Where a task is; of a row of the table, or a Task."""
    return Whereabouts(row.site) if row.place is None else Whereabouts(None, row.place)


def at(where: Whereabouts) -> sa.ColumnElement[bool]:
    """The condition for WHERE that a task is there."""
    if where.site is None:
        return task.c.place == where.place
    return (task.c.site == where.site) & task.c.place.is_(None)


def task_in(sight: Sight) -> sa.ColumnElement[bool]:
    """The condition for WHERE that a task is in sight: one of a place to who sees all of it."""
    if sight.everywhere:
        return sa.true()
    at_site = task.c.place.is_(None) & sight.of(task.c.site)
    return at_site | (task.c.place.is_not(None) & sight.of_place(task.c.place))


def name_of(connection: sa.Connection, where: Whereabouts) -> str:
    """What a site or place is called."""
    if where.site is not None:
        return site_names(connection, [where.site])[where.site]
    named = sa.select(place.c.name).where(place.c.number == where.place)
    return connection.execute(named).scalar() or where.key


def place_of(connection: sa.Connection, where: Whereabouts) -> int | None:
    """The number of the place that a site is, or that is meant."""
    if where.site is None:
        return where.place
    return connection.execute(sa.select(site.c.place).where(site.c.id == where.site)).scalar()


def find_site(connection: sa.Connection, where: Whereabouts) -> str | None:
    """The site by which a task there is kept; None where there is none."""
    query = sa.select(site.c.id).where(site.c.id == where.site)
    if where.site is None:
        within = place_within.c.place == site.c.place
        query = sa.select(site.c.id).join(place_within, within).where(place_within.c.ancestor == where.place)
    found: str | None = connection.execute(query.order_by(site.c.id).limit(1)).scalar()
    return found


def site_for(connection: sa.Connection, where: Whereabouts) -> str:
    """The site by which a task is kept. Raises StoreError where there is none."""
    found = find_site(connection, where)
    if found is None:
        missing = phrase("there is no site in place %(place)s", place=where.place)
        if where.site is not None:
            missing = phrase("there is no site %(site)r", site=where.site)
        raise StoreError(missing, remedy=phrase("gatepost central site set"))
    return found
