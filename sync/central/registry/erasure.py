"""Makes the receipt of an erasure, by searching every place where a subject could still be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from sync.central.people.erasing import tables_knowing
from sync.central.registry.publications import held_versions
from sync.central.registry.publisher import Publisher


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
