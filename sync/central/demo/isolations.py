"""Who was ordered to stay at home in a made-up street, as if it had been ordered at the centre."""

from __future__ import annotations

import sqlalchemy as sa

from edge.decision import HomeIsolation
from edge.signing.cose import microseconds
from sync.central.demo.street import StreetSite
from sync.central.people.isolations import note_isolations


def put_orders(connection: sa.Connection, site: StreetSite) -> None:
    """Keep what was ordered of the site's people, from its begin on."""
    for person in site.people:
        if person.isolation is not None:
            orders: dict[str, HomeIsolation | None] = {person.id: person.isolation}
            at = microseconds(person.isolation.since)
            note_isolations(connection, site.file.id, orders, person.isolation.source, at)
