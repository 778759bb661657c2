"""Says what sites are called: by their place's name, or else by their id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from sync.central.places.sight import Sight
from sync.central.places.tables import place
from sync.central.tables import site

NAMED_SITES = site.join(place, place.c.number == site.c.place)
SITE_NAME = sa.func.coalesce(sa.func.nullif(place.c.name, ""), site.c.id).label("name")
"""What a site is called, of a row of `NAMED_SITES`."""


def site_names(connection: sa.Connection, wanted: Iterable[str]) -> Mapping[str, str]:
    """The name of each of these sites; one that is not there (any more) is called by its id."""
    ids = {*wanted}
    query = sa.select(site.c.id, SITE_NAME).select_from(NAMED_SITES).where(site.c.id.in_(ids))
    return {each: each for each in ids} | {row.id: row.name for row in connection.execute(query)}


def names_in(connection: sa.Connection, sight: Sight, count: int | None = None) -> Mapping[str, str]:
    """The name of each site in sight, or of the first `count`, by id."""
    query = sa.select(site.c.id, SITE_NAME).select_from(NAMED_SITES).where(sight.of(site.c.id))
    return {row.id: row.name for row in connection.execute(query.order_by(site.c.id).limit(count))}
