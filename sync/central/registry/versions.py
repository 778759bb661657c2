"""Who published which version, what was changed since, and which gates hold what."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.changes.tables import applied_change, change_part, change_set
from sync.central.places.sight import Sight
from sync.central.tables import device, in_service, publication, site, site_version


@dataclass(frozen=True)
class SiteVersion:
    """A version that was published here: by whom, when, with how many people, under which policy."""

    version: int
    at: int
    actor: str
    people: int
    policy: int


@dataclass(frozen=True)
class Collected:
    """Changes of one kind that the next version brings: the change set they came in, who made it and when."""

    number: int
    actor: str
    approved_by: str
    at: int
    kind: str
    count: int


@dataclass(frozen=True)
class Holding:
    """What a gate in service holds of its site; `newest` is what it should."""

    device: str
    gate: str
    site: str
    holds: int
    newest: int
    last_seen: int | None
    since: int | None


@dataclass(frozen=True)
class SiteState:
    """Where a site is with publishing: the newest version, and how many change sets wait to be published."""

    site: str
    version: int
    at: int | None
    collected: int
    gates: int
    up_to_date: int


def newest_change(connection: sa.Connection, site_id: str) -> int:
    """The number of the last change that was applied at a site; 0: none. Ask before the site is read."""
    query = sa.select(sa.func.max(applied_change.c.number)).where(applied_change.c.site == site_id)
    return int(connection.execute(query).scalar() or 0)


def note_version(
    connection: sa.Connection, site_id: str, made: SiteVersion, up_to: int, account: int | None
) -> bool:
    """Record who published a version, which has every change up to the number `up_to`; whether it is new."""
    where = (site_version.c.site == site_id) & (site_version.c.version == made.version)
    if connection.execute(sa.select(site_version.c.version).where(where)).first() is not None:
        connection.execute(sa.update(site_version).where(where).values(up_to=up_to))
        return False
    values = {
        "version": made.version,
        "at": made.at,
        "actor": made.actor,
        "account": account,
        "people": made.people,
        "policy": made.policy,
        "up_to": up_to,
    }
    connection.execute(sa.insert(site_version).values(site=site_id, **values))
    return True


def versions_of(
    connection: sa.Connection, site_id: str, *, before: int | None = None, count: int = 20
) -> list[SiteVersion]:
    """The versions of a site that were published here, newest first."""
    query = sa.select(site_version).where(site_version.c.site == site_id)
    if before is not None:
        query = query.where(site_version.c.version < before)
    rows = connection.execute(query.order_by(site_version.c.version.desc()).limit(count))
    return [SiteVersion(row.version, row.at, row.actor, row.people, row.policy) for row in rows]


def collected_at(connection: sa.Connection, site_id: str, count: int = 50) -> list[Collected]:
    """What was changed at a site since its newest version was published, newest first."""
    query = (
        sa.select(
            change_set.c.number,
            change_set.c.actor,
            change_set.c.state,
            change_set.c.decided_by,
            applied_change.c.at,
            change_part.c.kind,
            change_part.c.count.label("changes"),
        )
        .join(change_set, change_set.c.number == applied_change.c.change_set)
        .join(
            change_part,
            (change_part.c.change_set == change_set.c.number) & (change_part.c.site == applied_change.c.site),
        )
        .where(applied_change.c.site == site_id, applied_change.c.number > _up_to(site_id))
        .order_by(applied_change.c.number.desc(), change_part.c.kind)
        .limit(count)
    )
    return [
        Collected(row.number, row.actor, row.decided_by or "", row.at, row.kind, row.changes)
        for row in connection.execute(query)
    ]


def collected_since(connection: sa.Connection) -> dict[str, int]:
    """Since when each site has changes that are not published: the time of the oldest of them."""
    published = _newest_up_to()
    query = (
        sa.select(applied_change.c.site, sa.func.min(applied_change.c.at).label("since"))
        .outerjoin(published, published.c.site == applied_change.c.site)
        .where(applied_change.c.number > sa.func.coalesce(published.c.up_to, 0))
        .group_by(applied_change.c.site)
    )
    return {row.site: row.since for row in connection.execute(query)}


def states_of(
    connection: sa.Connection, sight: Sight, *, after: str = "", count: int = 50
) -> list[SiteState]:
    """Where each site in sight is with publishing, by id, those after the id `after`."""
    published = _newest_up_to()
    waiting = (
        sa.select(applied_change.c.site, sa.func.count(applied_change.c.change_set.distinct()).label("sets"))
        .outerjoin(published, published.c.site == applied_change.c.site)
        .where(applied_change.c.number > sa.func.coalesce(published.c.up_to, 0))
        .group_by(applied_change.c.site)
        .subquery()
    )
    current = sa.case((device.c.registry_version == publication.c.version, 1), else_=0)
    gates = (
        sa.select(device.c.site, sa.func.count().label("gates"), sa.func.sum(current).label("up_to_date"))
        .outerjoin(publication, publication.c.site == device.c.site)
        .where(in_service)
        .group_by(device.c.site)
        .subquery()
    )
    query = (
        sa.select(
            site.c.id,
            publication.c.version,
            publication.c.at,
            waiting.c.sets,
            gates.c.gates,
            gates.c.up_to_date,
        )
        .outerjoin(publication, publication.c.site == site.c.id)
        .outerjoin(waiting, waiting.c.site == site.c.id)
        .outerjoin(gates, gates.c.site == site.c.id)
        .where(sight.of(site.c.id), site.c.id > after)
        .order_by(site.c.id)
        .limit(count)
    )
    return [
        SiteState(row.id, row.version or 0, row.at, row.sets or 0, row.gates or 0, row.up_to_date or 0)
        for row in connection.execute(query)
    ]


def holdings_of(connection: sa.Connection, site_id: str, newest: int) -> list[Holding]:
    """What each gate of a site in service holds, by gate."""
    query = sa.select(device).where(device.c.site == site_id, in_service).order_by(device.c.gate, device.c.id)
    return [
        Holding(
            row.id,
            row.gate,
            row.site,
            row.registry_version or 0,
            newest,
            row.last_seen,
            row.registry_since,
        )
        for row in connection.execute(query)
    ]


def _newest_up_to() -> sa.Subquery:
    return (
        sa.select(site_version.c.site, sa.func.max(site_version.c.up_to).label("up_to"))
        .group_by(site_version.c.site)
        .subquery()
    )


def _up_to(site_id: str) -> sa.ScalarSelect[int]:
    newest = sa.select(sa.func.coalesce(sa.func.max(site_version.c.up_to), 0))
    return newest.where(site_version.c.site == site_id).scalar_subquery()
