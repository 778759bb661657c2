"""Imports subjects from a site's own administration, or from a table.

An import is planned first and applied then, so that what is shown is what is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.admin.imports.importing import read_rows, subject_of
from edge.admin.site_admin import SiteFile, open_site_admin
from edge.errors import GatepostError
from edge.registry.format import SealedTemplate
from sync.central.devices.devices import put_site, sites
from sync.central.people.core.import_plan import SITE_ADMIN_FIELDS, Incoming, Planned, Protected, plan
from sync.central.people.subjects import (
    note_status,
    put_subject,
    put_templates,
    subjects_of,
    templates_of,
    time_zone_of,
)
from sync.central.store import StoreError

_MAY_BE_EMPTY = frozenset({"valid_from", "valid_until"})
"""Columns whose empty cell is a value (no limit); in others it is no value."""


@dataclass(frozen=True)
class SubjectImport:
    """What an import does to the subjects of a site; `problems` names the rows that cannot be read.

    `site` is added if central does not know it; otherwise its place is kept.
    """

    site: SiteFile
    subjects: tuple[Planned, ...]
    problems: tuple[str, ...] = ()

    @property
    def added(self) -> int:
        return sum(item.is_new for item in self.subjects)

    @property
    def changed(self) -> int:
        return sum(bool(item.changed) or _brings_faces(item) for item in self.subjects)

    @property
    def refused(self) -> int:
        return sum(bool(item.refused) for item in self.subjects)

    def lines(self, *, newcomers: bool = True) -> Iterator[str]:
        """A line for each thing that it changes, leaves or refuses, for people."""
        for item in self.subjects:
            if item.is_new and newcomers:
                yield f"{item.record.id}: new"
            elif _brings_faces(item):
                yield f"{item.record.id}: {len(item.templates or ())} templates in place of those held"
            yield from map(str, (*item.changed, *item.kept, *item.refused))
        yield from self.problems


def plan_site_import(
    connection: sa.Connection, folder: Path, take: Collection[Protected] = ()
) -> SubjectImport:
    """Plan the import of the site administration in `folder`: its subjects, with their sealed templates."""
    admin = open_site_admin(folder)
    by_subject: dict[str, list[SealedTemplate]] = {}
    for item in admin.store.templates():
        by_subject.setdefault(item.subject_id, []).append(item)
    brought = [
        Incoming(record, templates=tuple(by_subject.get(record.id, ()))) for record in admin.store.every()
    ]
    return SubjectImport(admin.site, _planned(connection, admin.site.id, brought, take))


def plan_table_import(
    connection: sa.Connection, site_id: str, file: Path, take: Collection[Protected] = ()
) -> SubjectImport:
    """Plan the import of a CSV file; bad rows are named by their line and skipped.

    A row sets the columns that the table has. Photographs are refused: a site's administration makes
    templates. Raises RegistryError if the file is not such a table, StoreError if there is no such site.
    """
    zone = ZoneInfo(time_zone_of(connection, site_id))
    [site] = [site for site in sites(connection) if site.id == site_id]

    def local_time(instant: datetime) -> datetime:
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)

    brought, problems = [], []
    for line, row in read_rows(file):
        try:
            if row.get("photos"):
                raise StoreError(
                    "photographs cannot be imported here", remedy="enrol at the site's administration"
                )
            fields = SITE_ADMIN_FIELDS & {name for name, cell in row.items() if cell or name in _MAY_BE_EMPTY}
            brought.append(Incoming(subject_of(row, local_time, "central"), fields, counted=False))
        except GatepostError as error:
            problems.append(f"{file}, line {line}: {error}")
    return SubjectImport(site, _planned(connection, site_id, brought, take), tuple(problems))


def apply_import(connection: sa.Connection, planned: SubjectImport, actor: str, now: int) -> None:
    """Apply a plan; each status that it sets is recorded in the history, in the name of `actor`."""
    if planned.site.id not in {site.id for site in sites(connection)}:
        put_site(connection, planned.site)
    site_id = planned.site.id
    for item in planned.subjects:
        if item.record != item.held:
            put_subject(connection, site_id, item.record, now)
        if item.templates is not None:
            put_templates(connection, site_id, item.record.id, item.templates)
        if item.status_set is not None:
            note_status(connection, site_id, item.record.id, item.status_set, actor, now)


def _planned(
    connection: sa.Connection, site_id: str, brought: list[Incoming], take: Collection[Protected]
) -> tuple[Planned, ...]:
    held = {subject.id: subject for subject in subjects_of(connection, site_id)}
    sealed: dict[str, tuple[SealedTemplate, ...]] = {}
    for item in templates_of(connection, site_id):
        sealed[item.subject_id] = (*sealed.get(item.subject_id, ()), item)
    return tuple(plan(held, sealed, brought, take))


def _brings_faces(item: Planned) -> bool:
    return not item.is_new and item.templates is not None
