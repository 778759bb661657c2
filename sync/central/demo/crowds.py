"""What bounds the sites of a made-up street, in their order: some are nearly full, most are not, some have no
limit.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from sync.central.demo.street import StreetSite
from sync.central.flow.core import Limit
from sync.central.flow.core import place as of_place
from sync.central.flow.core import site as of_site
from sync.central.flow.core import zone as of_zone
from sync.central.flow.limits import put_limit
from sync.central.flow.reading import inside_now
from sync.central.flow.zones import ZoneGate, put_zone
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tables import place
from sync.central.tables import site as sites

_FULL = (97, 74, 43, 39, 60, 46, 65, 55, 57, 51)
"""Per cent of the limit that are inside, of the first sites; the others have none."""
_BY = "何静"


def put_in_order(connection: sa.Connection, street: Sequence[StreetSite]) -> None:
    """Let the sites come in the order in which they lie along their street, and so their communities."""
    communities: dict[int, int] = {}
    for position, site in enumerate(street, 1):
        row = connection.execute(
            sa.select(place.c.number, place.c.parent)
            .join(sites, sites.c.place == place.c.number)
            .where(sites.c.id == site.file.id)
        ).one()
        connection.execute(sa.update(place).where(place.c.number == row.number).values(position=position))
        communities.setdefault(row.parent, position)
    for number, position in communities.items():
        connection.execute(sa.update(place).where(place.c.number == number).values(position=position))


def put_limits(connection: sa.Connection, street: Sequence[StreetSite], now: int) -> None:
    """Set limits by what is inside at `now`, and make a zone of the first two sites' gates."""
    inside = inside_now(connection, EVERYWHERE, now)
    whole = 0
    for site, share in zip(street, _FULL, strict=False):
        people = inside[site.file.id].inside if site.file.id in inside else 0
        stop = max(10, people * 100 // share)
        whole += stop
        limit = Limit(stop * 9 // 10, stop, stop // 50)
        put_limit(connection, of_site(site.file.id), limit, _BY, now)
    above = connection.execute(
        sa.select(place.c.parent)
        .join(sites, sites.c.place == place.c.number)
        .where(sites.c.id == street[0].file.id)
    ).scalar()
    if above is None:
        return
    put_limit(connection, of_place(above), Limit(None, whole, whole // 50), _BY, now)
    gates = [ZoneGate(site.file.id, gate) for site in street[:2] for gate in site.gates]
    held = [each for each in gates if _lies_within(connection, each.site, above)]
    hall = put_zone(connection, "市场大厅", above, held, _BY, now)
    put_limit(connection, of_zone(hall), Limit(whole // 4, whole // 3, whole // 50), _BY, now)


def _lies_within(connection: sa.Connection, site: str, above: int) -> bool:
    parent = sa.select(place.c.parent).join(sites, sites.c.place == place.c.number).where(sites.c.id == site)
    return connection.execute(parent).scalar() == above
