"""What somebody may see: conditions for queries, never lists of sites."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.places.tables import place, place_within
from sync.central.tables import site


@dataclass(frozen=True)
class Sight:
    """What somebody may see: the sites within some places, or everything. Without places: nothing."""

    places: frozenset[int] = frozenset()
    everywhere: bool = False

    def of(self, site_column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        """The condition for WHERE that the site in `site_column` is in sight."""
        if self.everywhere:
            return sa.true()
        if not self.places:
            return sa.false()
        seen = sa.select(site.c.id).join(place_within, place_within.c.place == site.c.place)
        return site_column.in_(seen.where(place_within.c.ancestor.in_(self.places)))

    def of_place(self, place_column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """The condition for WHERE that the place in `place_column` is in sight."""
        if self.everywhere:
            return sa.true()
        if not self.places:
            return sa.false()
        return place_column.in_(
            sa.select(place_within.c.place).where(place_within.c.ancestor.in_(self.places))
        )

    def has_site(self, connection: sa.Connection, site_id: str) -> bool:
        """Whether there is such a site, and it is in sight."""
        return _is_there(connection, site.c.id == site_id, self.of(site.c.id))

    def has_sites(self, connection: sa.Connection, ids: Collection[str]) -> bool:
        """Whether all of these sites are there, and in sight."""
        return self.sites_among(connection, ids) == set(ids)

    def sites_among(self, connection: sa.Connection, ids: Collection[str]) -> set[str]:
        """Those of these sites that are there, and in sight."""
        query = sa.select(site.c.id).where(site.c.id.in_(set(ids)), self.of(site.c.id))
        return {*connection.execute(query).scalars()}

    def has_place(self, connection: sa.Connection, number: int) -> bool:
        """Whether there is such a place, and it is in sight."""
        return _is_there(connection, place.c.number == number, self.of_place(place.c.number))


EVERYWHERE = Sight(everywhere=True)
NOWHERE = Sight()


def _is_there(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> bool:
    return connection.execute(sa.select(sa.literal(1)).where(*conditions)).first() is not None
