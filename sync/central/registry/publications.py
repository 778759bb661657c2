"""Stores which versions this database published, and reads which ones the gates report to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.devices.behind import behind_since
from sync.central.tables import device, in_service, publication


@dataclass(frozen=True)
class OutdatedGate:
    """A gate that does not hold the newest version of its site.

    `since` is when the first version after the one that it holds was published (microseconds since 1970 UTC),
    if this database did it.
    """

    device: str
    gate: str
    site: str
    holds: int
    newest: int
    since: int | None

    @property
    def is_ahead(self) -> bool:
        """Whether the gate holds a newer version than is known here."""
        return self.holds > self.newest


def published_version(connection: sa.Connection, site: str) -> int:
    """The newest version of `site` that this database has recorded as published; 0: none."""
    query = sa.select(publication.c.version).where(publication.c.site == site)
    return int(connection.execute(query).scalar_one_or_none() or 0)


def published_versions(connection: sa.Connection) -> dict[str, int]:
    """The newest version of each site that this database has recorded as published."""
    return {row.site: row.version for row in connection.execute(sa.select(publication))}


def note_published(connection: sa.Connection, site: str, version: int, now: int) -> None:
    """Record that `version` is published; recorded again, it keeps its first time."""
    values = {"version": version, "at": now}
    key = publication.c.site == site
    if connection.execute(sa.select(publication.c.site).where(key)).first() is None:
        connection.execute(sa.insert(publication).values(site=site, **values))
    else:
        connection.execute(sa.update(publication).where(key, publication.c.version != version).values(values))


def held_versions(connection: sa.Connection, site: str) -> dict[str, int]:
    """The version that each device in service of a site reports to hold; 0: none, or no report yet."""
    query = sa.select(device.c.id, device.c.registry_version).where(device.c.site == site, in_service)
    return {row.id: row.registry_version or 0 for row in connection.execute(query)}


def unheard_since(connection: sa.Connection, site: str, at: int) -> tuple[str, ...]:
    """The devices in service of a site of which nothing was heard after `at`."""
    silent = sa.or_(device.c.last_seen.is_(None), device.c.last_seen <= at)
    query = sa.select(device.c.id).where(device.c.site == site, in_service, silent).order_by(device.c.id)
    return tuple(connection.execute(query).scalars())


def outdated_gates(connection: sa.Connection, on_disk: Mapping[str, int]) -> list[OutdatedGate]:
    """The gates in service that hold another version than the newest of their site, by place.

    `on_disk` is the newest version of each site whose files are here; for other sites the database counts.
    """
    query = (
        sa.select(device, publication.c.version, behind_since.label("behind_since"))
        .outerjoin(publication, publication.c.site == device.c.site)
        .where(in_service)
        .order_by(device.c.site, device.c.gate, device.c.id)
    )
    found = []
    for row in connection.execute(query):
        newest, holds = max(row.version or 0, on_disk.get(row.site, 0)), row.registry_version or 0
        if newest and holds != newest:
            found.append(OutdatedGate(row.id, row.gate, row.site, holds, newest, row.behind_since))
    return found
