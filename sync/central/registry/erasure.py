"""Makes the receipt of an erasure, by searching every place where a subject could still be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from edge.registry.format import subject_key
from sync.central.registry.publications import held_versions
from sync.central.registry.publisher import Publisher
from sync.central.tables import archived_record, status_change, subject, template


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
    places = {
        "subject": sa.select(subject.c.id).where(subject.c.site == site, subject.c.id == identity),
        "template": sa.select(template.c.subject).where(
            template.c.site == site, template.c.subject == identity
        ),
        "status_change": sa.select(status_change.c.subject).where(
            status_change.c.site == site, status_change.c.subject == identity
        ),
        "archived_record": sa.select(archived_record.c.first).where(
            archived_record.c.site == site, archived_record.c.key == subject_key(identity)
        ),
    }
    tables = tuple(name for name, query in places.items() if connection.execute(query).first() is not None)
    knowing = publisher.versions_knowing(site, identity)
    held = held_versions(connection, site)
    gates = {device: version for device, version in held.items() if version and knowing.get(version, True)}
    clean = {device: version for device, version in held.items() if device not in gates}
    versions = tuple(version for version, knows in knowing.items() if knows)
    return Receipt(site, identity, now, tables, versions, gates, clean)
