"""Stores the subjects of every site: records, sealed templates, and who changed which status.

Central opens no template: a site's administration seals them, bound to the version of the record. So a
change of status keeps that version; each change is recorded with its actor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from edge.decision import StatusRecord, Subject
from edge.registry.format import SealedTemplate
from edge.support.decoding import json_of, msgpack_of
from edge.support.phrases import phrase
from sync.central.history.holds import check_erasable
from sync.central.people.columns import columns_of
from sync.central.people.erasing import erase_rows
from sync.central.store import StoreError, insert_or_update
from sync.central.tables import site, status_change, subject, template

_MOST_ASKED = 500
"""People who are asked for by id in one query; of more, all of the site are read."""


@dataclass(frozen=True)
class StatusChange:
    """A status that `actor` set at `at` (microseconds since 1970 UTC)."""

    record: StatusRecord
    actor: str
    at: int


def put_subject(connection: sa.Connection, site_id: str, record: Subject, now: int) -> None:
    """Add a subject, or replace its record. Raises StoreError if there is no such site."""
    time_zone_of(connection, site_id)
    values = _values(record, now)
    key = (subject.c.site == site_id) & (subject.c.id == record.id)
    changed = connection.execute(sa.update(subject).where(key).values(values))
    if not changed.rowcount:
        connection.execute(sa.insert(subject).values(site=site_id, id=record.id, **values))


def _values(record: Subject, now: int) -> dict[str, Any]:
    """The columns of a row that follow from its record."""
    encoded = msgspec.json.encode(record, order="deterministic")
    return {"record": encoded, "changed_at": now, **columns_of(record)}


def put_subjects(connection: sa.Connection, site_id: str, records: Iterable[Subject], now: int) -> None:
    """Add or replace many records at once. Raises StoreError if there is no such site."""
    time_zone_of(connection, site_id)
    rows = [
        {
            "site": site_id,
            "id": record.id,
            **_values(record, now),
        }
        for record in records
    ]
    if rows:
        insert = insert_or_update(connection.dialect.name, subject)
        new = {name: insert.excluded[name] for name in rows[0] if name not in {"site", "id"}}
        connection.execute(insert.on_conflict_do_update(index_elements=["site", "id"], set_=new), rows)


def held_subjects(connection: sa.Connection, site_id: str, identities: Collection[str]) -> dict[str, Subject]:
    """Those of a site's subjects who have these ids, by id."""
    if len(identities) > _MOST_ASKED:
        wanted = set(identities)
        return {record.id: record for record in subjects_of(connection, site_id) if record.id in wanted}
    query = sa.select(subject.c.record).where(subject.c.site == site_id, subject.c.id.in_(identities))
    found = (json_of(record, Subject) for record in connection.execute(query).scalars())
    return {record.id: record for record in found}


def subjects_of(connection: sa.Connection, site_id: str) -> list[Subject]:
    """All subjects of a site, by id."""
    query = sa.select(subject.c.record).where(subject.c.site == site_id).order_by(subject.c.id)
    return [json_of(record, Subject) for record in connection.execute(query).scalars()]


def subject_at(connection: sa.Connection, site_id: str, identity: str) -> Subject:
    """The subject with this id at a site. Raises StoreError if there is none."""
    query = sa.select(subject.c.record).where(subject.c.site == site_id, subject.c.id == identity)
    record = connection.execute(query).scalar_one_or_none()
    if record is None:
        raise no_subject(site_id, identity)
    return json_of(record, Subject)


def no_subject(site_id: str, identity: str) -> StoreError:
    """That nobody has this id at a site."""
    return StoreError(
        phrase("there is no subject %(subject)r at %(site)r", subject=identity, site=site_id),
        remedy=phrase("gatepost central subject list"),
    )


def templates_of(connection: sa.Connection, site_id: str) -> list[SealedTemplate]:
    """All sealed templates of a site, by subject."""
    query = (
        sa.select(template.c.record)
        .where(template.c.site == site_id)
        .order_by(template.c.subject, template.c.number)
    )
    return [msgpack_of(record, SealedTemplate) for record in connection.execute(query).scalars()]


def template_count(connection: sa.Connection, site_id: str, identity: str) -> int:
    """How many sealed templates of a subject are held."""
    key = (template.c.site == site_id) & (template.c.subject == identity)
    query = sa.select(sa.func.count()).select_from(template).where(key)
    return int(connection.execute(query).scalar_one())


def put_templates(
    connection: sa.Connection, site_id: str, identity: str, sealed: Iterable[SealedTemplate]
) -> None:
    """Replace the sealed templates of a subject."""
    key = (template.c.site == site_id) & (template.c.subject == identity)
    connection.execute(sa.delete(template).where(key))
    rows = [
        {"site": site_id, "subject": identity, "number": number, "record": msgspec.msgpack.encode(item)}
        for number, item in enumerate(sealed)
    ]
    if rows:
        connection.execute(sa.insert(template), rows)


def note_status(
    connection: sa.Connection, site_id: str, identity: str, record: StatusRecord, actor: str, now: int
) -> None:
    """Record that `actor` has set a status; whatever sets one calls this in the same transaction."""
    note_statuses(connection, site_id, [(identity, record)], actor, now)


def note_statuses(
    connection: sa.Connection,
    site_id: str,
    statuses: Iterable[tuple[str, StatusRecord]],
    actor: str,
    now: int,
) -> None:
    """As `note_status`, for many people: pairs of id and status, in the order in which they were set."""
    rows = [
        {
            "site": site_id,
            "subject": identity,
            "record": msgspec.json.encode(record, order="deterministic"),
            "actor": actor,
            "at": now,
        }
        for identity, record in statuses
    ]
    if rows:
        connection.execute(sa.insert(status_change), rows)


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


def newest_statuses(connection: sa.Connection, site_id: str) -> dict[str, StatusRecord]:
    """The last status of each subject of a site, by the history."""
    newest = (
        sa.select(sa.func.max(status_change.c.number))
        .where(status_change.c.site == site_id)
        .group_by(status_change.c.subject)
    )
    query = sa.select(status_change.c.subject, status_change.c.record).where(
        status_change.c.number.in_(newest)
    )
    return {row.subject: json_of(row.record, StatusRecord) for row in connection.execute(query)}


def remove_subject(connection: sa.Connection, site_id: str, identity: str) -> dict[str, int]:
    """Erase a subject from every table, and from what the archive of published versions has; returns how many
    rows of which table went.

    Raises StoreError if there is none with this id; what the archive had is erased all the same.
    """
    is_there = sa.select(sa.literal(1)).where(subject.c.site == site_id, subject.c.id == identity)
    is_known = connection.execute(is_there).first() is not None
    check_erasable(connection, site_id, identity)
    erased = erase_rows(connection, site_id, identity)
    if not is_known:
        raise no_subject(site_id, identity)
    return erased


def time_zone_of(connection: sa.Connection, site_id: str) -> str:
    """The site's time zone (IANA name). Raises StoreError if there is no such site."""
    zone: str | None = connection.execute(
        sa.select(site.c.time_zone).where(site.c.id == site_id)
    ).scalar_one_or_none()
    if zone is None:
        raise StoreError(
            phrase("there is no site %(site)r", site=site_id), remedy=phrase("gatepost central site set")
        )
    return zone
