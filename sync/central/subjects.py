"""The subjects of every site at central: their records, sealed templates, and who changed which status.

Central opens no template: they come sealed from a site's office, bound to the version of the record. So a
change of status leaves that version as it is; each change is written down with its actor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from edge.decision.status import StatusRecord
from edge.decision.subject import Subject
from edge.errors import GatepostError
from edge.registry.templates import SealedTemplate
from edge.site.importing import read_rows, subject_of
from edge.site.office import open_office
from edge.support.decoding import json_of, msgpack_of
from sync.central.devices import put_site
from sync.central.store import StoreError
from sync.central.tables import site, status_change, subject, template


@dataclass(frozen=True)
class StatusChange:
    """Who set which status, when (microseconds since 1970 UTC)."""

    record: StatusRecord
    actor: str
    at: int


@dataclass(frozen=True)
class Imported:
    """How many subjects were taken, and which rows were not, by line."""

    added: int
    problems: tuple[str, ...] = ()


def put_subject(connection: sa.Connection, site_id: str, record: Subject, now: int) -> None:
    """Add a subject, or change the record of one; raises StoreError where there is no such site."""
    _known(connection, site_id)
    values = {"record": msgspec.json.encode(record, order="deterministic"), "changed_at": now}
    key = (subject.c.site == site_id) & (subject.c.id == record.id)
    changed = connection.execute(sa.update(subject).where(key).values(values))
    if not changed.rowcount:
        connection.execute(sa.insert(subject).values(site=site_id, id=record.id, **values))


def subjects_of(connection: sa.Connection, site_id: str) -> list[Subject]:
    """All subjects of a site, by id."""
    query = sa.select(subject.c.record).where(subject.c.site == site_id).order_by(subject.c.id)
    return [json_of(record, Subject) for record in connection.execute(query).scalars()]


def subject_at(connection: sa.Connection, site_id: str, identity: str) -> Subject:
    """Raises StoreError where nobody there has this id."""
    query = sa.select(subject.c.record).where(subject.c.site == site_id, subject.c.id == identity)
    record = connection.execute(query).scalar_one_or_none()
    if record is None:
        raise StoreError(
            f"there is no subject {identity!r} at {site_id!r}", remedy="gatepost central subjects list"
        )
    return json_of(record, Subject)


def templates_of(connection: sa.Connection, site_id: str) -> list[SealedTemplate]:
    """All sealed templates of a site, by subject."""
    query = (
        sa.select(template.c.record)
        .where(template.c.site == site_id)
        .order_by(template.c.subject, template.c.number)
    )
    return [msgpack_of(record, SealedTemplate) for record in connection.execute(query).scalars()]


def put_templates(
    connection: sa.Connection, site_id: str, identity: str, sealed: Iterable[SealedTemplate]
) -> None:
    """The sealed templates of a subject, in the place of those that were there."""
    key = (template.c.site == site_id) & (template.c.subject == identity)
    connection.execute(sa.delete(template).where(key))
    rows = [
        {"site": site_id, "subject": identity, "number": number, "record": msgspec.msgpack.encode(item)}
        for number, item in enumerate(sealed)
    ]
    if rows:
        connection.execute(sa.insert(template), rows)


def set_status(
    connection: sa.Connection, site_id: str, identity: str, record: StatusRecord, actor: str, now: int
) -> None:
    """Set the state of somebody's health code, and write down who did; raises StoreError."""
    if not actor.strip():
        raise StoreError("a change of status needs the name of who makes it", remedy="--actor NAME")
    put_subject(connection, site_id, replace(subject_at(connection, site_id, identity), status=record), now)
    encoded = msgspec.json.encode(record, order="deterministic")
    connection.execute(
        sa.insert(status_change).values(site=site_id, subject=identity, record=encoded, actor=actor, at=now)
    )


def status_history(connection: sa.Connection, site_id: str, identity: str) -> list[StatusChange]:
    """Every status that was set here, oldest first."""
    query = (
        sa.select(status_change.c.record, status_change.c.actor, status_change.c.at)
        .where(status_change.c.site == site_id, status_change.c.subject == identity)
        .order_by(status_change.c.number)
    )
    return [
        StatusChange(json_of(row.record, StatusRecord), row.actor, row.at)
        for row in connection.execute(query)
    ]


def remove_subject(connection: sa.Connection, site_id: str, identity: str) -> None:
    """Erase a record with its templates and its history; raises StoreError where nobody has this id."""
    subject_at(connection, site_id, identity)
    for table in (template, status_change):
        connection.execute(sa.delete(table).where(table.c.site == site_id, table.c.subject == identity))
    connection.execute(sa.delete(subject).where(subject.c.site == site_id, subject.c.id == identity))


def import_office(connection: sa.Connection, folder: Path, now: int) -> Imported:
    """Take over a site office: its place, its subjects and their sealed templates. Its keys stay there."""
    office = open_office(folder)
    put_site(connection, office.site)
    records, sealed = office.book.every(), office.book.templates()
    by_subject: dict[str, list[SealedTemplate]] = {}
    for item in sealed:
        by_subject.setdefault(item.subject_id, []).append(item)
    for record in records:
        put_subject(connection, office.site.id, record, now)
        put_templates(connection, office.site.id, record.id, by_subject.get(record.id, ()))
    return Imported(len(records))


def import_table(connection: sa.Connection, site_id: str, file: Path, now: int) -> Imported:
    """Add or change a subject for every good row of a CSV file; bad rows are named by their line.

    Photographs are not taken: a site's office makes the templates. Raises RegistryError where the file is
    no such table.
    """
    zone = ZoneInfo(_known(connection, site_id))

    def local_time(instant: datetime) -> datetime:
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)

    added, problems = 0, []
    for line, row in read_rows(file):
        try:
            if row.get("photos"):
                raise StoreError("photographs are not taken here", remedy="enrol at the site's office")
            put_subject(connection, site_id, subject_of(row, local_time, "central"), now)
            added += 1
        except GatepostError as error:
            problems.append(f"{file}, line {line}: {error}")
    return Imported(added, tuple(problems))


def _known(connection: sa.Connection, site_id: str) -> str:
    """The site's time zone; raises StoreError where there is no such site."""
    zone: str | None = connection.execute(
        sa.select(site.c.time_zone).where(site.c.id == site_id)
    ).scalar_one_or_none()
    if zone is None:
        raise StoreError(f"there is no site {site_id!r}", remedy="gatepost central sites put")
    return zone
