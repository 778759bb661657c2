"""What lies where: events and accesses in the database and in files, by site, and what was deleted."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.history.core import FileKind, FileState
from sync.central.history.tables import deletion, history_file
from sync.central.newer import word_of
from sync.central.places.sight import Sight

MOST_DAMAGED = 50


@dataclass(frozen=True)
class SiteHistory:
    """What files have of a site, of one kind: so many `rows` in `size` bytes, from `first_at` to `last_at`
    by the gates' clocks. Each was verified since `verified_at`; `damaged` are not what was written.
    """

    site: str
    kind: FileKind
    files: int
    rows: int
    size: int
    first_at: int
    last_at: int
    verified_at: int | None
    damaged: int


@dataclass(frozen=True)
class DamagedFile:
    """A file that is not what was written, of that site and day."""

    name: str
    site: str
    day: int
    rows: int
    what: str


@dataclass(frozen=True)
class Deletion:
    """What a rule deleted: `rows` from `first_at` to `last_at`; `held`: so many more were old and stayed."""

    kind: str
    site: str
    days: int
    rows: int
    first_at: int
    last_at: int
    digest: bytes
    held: int
    at: int


def history_by_site(connection: sa.Connection, sight: Sight) -> list[SiteHistory]:
    """What lies in files of the sites in sight."""
    of = history_file.c
    damaged = sa.func.sum(sa.case((of.damage != "", 1), else_=0)).cast(sa.Integer)
    query = (
        sa.select(
            of.site,
            of.kind,
            sa.func.count(),
            sa.func.sum(of.rows).cast(sa.BigInteger),
            sa.func.sum(of.size).cast(sa.BigInteger),
            sa.func.min(of.first_at),
            sa.func.max(of.last_at),
            sa.func.min(of.verified_at),
            damaged,
        )
        .where(of.state == FileState.KEPT.value, sight.of(of.site))
        .group_by(of.site, of.kind)
        .order_by(of.site, of.kind)
    )
    return [
        SiteHistory(site, word_of(FileKind, kind), *rest) for site, kind, *rest in connection.execute(query)
    ]


def damaged_files(connection: sa.Connection, sight: Sight) -> list[DamagedFile]:
    """The files in sight that were not what was written when they were last looked at."""
    of = history_file.c
    query = (
        sa.select(of.name, of.site, of.day, of.rows, of.damage)
        .where(of.state == FileState.KEPT.value, of.damage != "", sight.of(of.site))
        .order_by(of.day, of.site)
        .limit(MOST_DAMAGED)
    )
    return [DamagedFile(*row) for row in connection.execute(query)]


def deletions(connection: sa.Connection, sight: Sight, count: int) -> list[Deletion]:
    """The newest deletions in sight."""
    of = deletion.c
    columns = [of[name] for name in Deletion.__dataclass_fields__]
    query = sa.select(*columns).where(sight.of(of.site)).order_by(of.number.desc()).limit(count)
    return [Deletion(*row) for row in connection.execute(query)]
