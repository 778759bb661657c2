"""Makes the receipt of an erasure, by searching every place where a subject could still be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from sync.central.people.core.erasure_receipt import ErasedFrom, ErasureReceipt, GateWithout
from sync.central.people.erasing import HOLDINGS, tables_knowing
from sync.central.people.erasures import Erasure
from sync.central.registry.publications import held_versions
from sync.central.registry.publisher import Publisher
from sync.central.tables import publication


@dataclass(frozen=True)
class Receipt:
    """Where a subject was searched for at `at`, and still found.

    `gates` are the gates whose version knows the subject, or is not kept here any more, with that
    version; `clean` those whose version does not.
    """

    site: str
    subject: str
    at: datetime
    tables: tuple[str, ...]
    versions: tuple[int, ...]
    gates: Mapping[str, int]
    clean: Mapping[str, int]

    @property
    def is_complete(self) -> bool:
        """Whether the subject was found nowhere."""
        return not (self.tables or self.versions or self.gates)


def receipt_of(
    connection: sa.Connection, publisher: Publisher, site: str, identity: str, now: datetime
) -> Receipt:
    """Search for `identity` at `site`. Raises RegistryError if what was published cannot be read."""
    tables = tables_knowing(connection, site, identity)
    knowing = publisher.versions_knowing(site, identity)
    held = held_versions(connection, site)
    gates = {device: version for device, version in held.items() if version and knowing.get(version, True)}
    clean = {device: version for device, version in held.items() if device not in gates}
    versions = tuple(version for version, knows in knowing.items() if knows)
    return Receipt(site, identity, now, tables, versions, gates, clean)


def erasure_receipt(connection: sa.Connection, erasure: Erasure, now: int) -> ErasureReceipt:
    """What the centre can say of an erasure at `now` (microseconds since 1970 UTC)."""
    remains = (f"{holding.table}: {holding.why}" for holding in HOLDINGS if holding.why)
    return ErasureReceipt(
        erasure.reference,
        erasure.site,
        erasure.subject,
        erasure.actor,
        erasure.at,
        now,
        tuple(ErasedFrom(table, rows) for table, rows in sorted(erasure.erased.items())),
        gates_without(connection, erasure.site, erasure.at),
        (*remains, "event: the journals of the gates keep the id, since each is a chain that a gate signed"),
    )


def gates_without(connection: sa.Connection, site: str, since: int) -> tuple[GateWithout, ...]:
    """Each gate in service of a site, and since when it reports to hold a version that was published after
    `since`.
    """
    query = sa.select(publication.c.version, publication.c.at).where(publication.c.site == site)
    newest = connection.execute(query).one_or_none()
    wanted = None if newest is None or newest.at < since else newest.version
    held = held_versions(connection, site)
    at = None if newest is None else newest.at
    return tuple(
        GateWithout(device, at if wanted is not None and version >= wanted else None)
        for device, version in sorted(held.items())
    )
