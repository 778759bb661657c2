"""Keeps what each published version contained: any past decision can be asked again.

Templates are not kept: no decision rests on one, only on what a gate found. A record is a row for as long as
it stays the same, so a version costs what it changes. Who is erased is erased here too: people/subjects.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from edge.decision import Subject
from edge.registry.format import (
    BundleRefused,
    Manifest,
    RecordKind,
    Records,
    SignedPolicy,
    decode_subject,
    key_of,
    policy_in,
    subject_key,
)
from edge.signing.cose import instant, microseconds
from sync.central.tables import archived_erasure, archived_record, archived_version

KEPT_FOR = timedelta(days=400)
"""How long a version is kept after the next one is out, unless central.toml says otherwise."""
_KEPT = frozenset(RecordKind) - {RecordKind.TEMPLATE, RecordKind.NUMBER, RecordKind.NUMBER_SALT}


class NotKept(StrEnum):
    """Why the archive does not have a version."""

    BEFORE = "before"  # it begins later: the database is younger, or keeps no longer
    NOT_HERE = "not_here"  # nobody published it here: the database was restored, or never had it
    UNREADABLE = "unreadable"  # a part is in an encoding that this version does not know


@dataclass(frozen=True)
class MissingVersion:
    """A version that is not in the archive, and why; `first` is the oldest that is (None: none is)."""

    site: str
    version: int
    why: NotKept
    first: int | None = None

    def __str__(self) -> str:
        what = f"version {self.version} of {self.site}"
        if self.first is None:
            return f"{what}: nothing is kept of what was published"
        return {
            NotKept.BEFORE: f"{what}: not kept before version {self.first}",
            NotKept.NOT_HERE: f"{what}: was not published from this database",
            NotKept.UNREADABLE: f"{what}: is kept, and this Gatepost cannot read it",
        }[self.why]


@dataclass(frozen=True)
class ArchivedVersion:
    """A version that was published: its rules, the newest `root` then, the signed hash of all its records.

    `erased` is how many people were in it and were erased since.
    """

    site: str
    version: int
    issued: datetime
    expires: datetime
    root: int
    set_sha256: bytes
    rules: SignedPolicy
    erased: int


@dataclass(frozen=True)
class ArchivedContent:
    """A version with all of its records but the templates, and those of people who were erased since."""

    version: ArchivedVersion
    records: Records

    def subjects(self) -> dict[str, Subject]:
        """The people in it, by id. Raises BundleRefused where this Gatepost cannot read one."""
        found = (
            decode_subject(key[1:], value)
            for key, value in self.records.items()
            if key[0] == RecordKind.SUBJECT
        )
        return {subject.id: subject for subject in found}


def archive_version(
    connection: sa.Connection, manifest: Manifest, records: Records, root: int, keep: timedelta
) -> None:
    """Keep what `manifest` publishes, if it is newer than what is kept; drop what had a successor `keep` ago.

    It is called in the transaction that records the publication.
    """
    site, version = manifest.site, manifest.version
    newest = _newest(connection, site)
    if newest is not None and version <= newest:
        return
    connection.execute(
        sa.insert(archived_version).values(
            site=site,
            version=version,
            issued=microseconds(manifest.issued),
            expires=microseconds(manifest.expires),
            root=root,
            set_sha256=manifest.set_sha256,
        )
    )
    _keep_changes(connection, manifest, records, newest or version)
    _drop_old(connection, site, microseconds(manifest.issued - keep))


def content_at(connection: sa.Connection, site: str, version: int) -> ArchivedContent | MissingVersion:
    """All that a published version contained, but for templates and for people who were erased since."""
    found = version_at(connection, site, version)
    if isinstance(found, MissingVersion):
        return found
    rows = connection.execute(
        sa.select(archived_record.c.key, archived_record.c.value).where(_holds(site, version))
    )
    return ArchivedContent(found, {row.key: row.value for row in rows})


def version_at(connection: sa.Connection, site: str, version: int) -> ArchivedVersion | MissingVersion:
    """A published version without its people: `subject_in` reads one of them."""
    query = sa.select(archived_version).where(
        archived_version.c.site == site, archived_version.c.version == version
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return _missing(connection, site, version)
    signed = _value(connection, site, version, key_of(RecordKind.POLICY))
    try:
        rules = policy_in(b"" if signed is None else signed)
    except BundleRefused:
        return MissingVersion(site, version, NotKept.UNREADABLE, version)
    erased = (
        sa.select(sa.func.count())
        .select_from(archived_erasure)
        .where(
            archived_erasure.c.site == site,
            archived_erasure.c.first <= version,
            archived_erasure.c.last >= version,
        )
    )
    return ArchivedVersion(
        site,
        version,
        instant(row.issued),
        instant(row.expires),
        row.root,
        row.set_sha256,
        rules,
        connection.execute(erased).scalar_one(),
    )


def subject_in(connection: sa.Connection, site: str, version: int, identity: str) -> Subject | None:
    """The record of a subject in a version that is kept; None where there is none.

    Raises BundleRefused where this Gatepost cannot read it.
    """
    key = subject_key(identity)
    value = _value(connection, site, version, key)
    return None if value is None else decode_subject(key[1:], value)


def version_issued_by(connection: sa.Connection, site: str, at: int) -> int | None:
    """The newest version that is kept and was issued by `at` (microseconds since 1970 UTC); None: none."""
    query = sa.select(sa.func.max(archived_version.c.version)).where(
        archived_version.c.site == site, archived_version.c.issued <= at
    )
    found: int | None = connection.execute(query).scalar_one()
    return found


# --- inside --------------------------------------------------------------------------------


def _keep_changes(connection: sa.Connection, manifest: Manifest, records: Records, last: int) -> None:
    """Close the rows that hold no more, with `last`, the version before; open those that are new."""
    site, version = manifest.site, manifest.version
    held = connection.execute(
        sa.select(archived_record.c.key, archived_record.c.value).where(
            archived_record.c.site == site, archived_record.c.last.is_(None)
        )
    )
    before = {row.key: row.value for row in held}
    after = {key: bytes(value) for key, value in records.items() if key[0] in _KEPT}
    ended = [{"ended": key} for key, value in before.items() if after.get(key) != value]
    begun = [
        {"site": site, "key": key, "first": version, "value": value}
        for key, value in after.items()
        if before.get(key) != value
    ]
    if ended:
        close = (
            sa.update(archived_record)
            .where(
                archived_record.c.site == site,
                archived_record.c.key == sa.bindparam("ended"),
                archived_record.c.last.is_(None),
            )
            .values(last=last)
        )
        connection.execute(close, ended)
    if begun:
        connection.execute(sa.insert(archived_record), begun)


def _drop_old(connection: sa.Connection, site: str, before: int) -> None:
    """Drop the versions that had a successor `before` a time already, and what only they contained."""
    oldest = version_issued_by(connection, site, before)
    if oldest is None:
        return
    for table, ends in (
        (archived_version, archived_version.c.version),
        (archived_record, archived_record.c.last),
        (archived_erasure, archived_erasure.c.last),
    ):
        connection.execute(sa.delete(table).where(table.c.site == site, ends < oldest))


def _newest(connection: sa.Connection, site: str) -> int | None:
    query = sa.select(sa.func.max(archived_version.c.version)).where(archived_version.c.site == site)
    found: int | None = connection.execute(query).scalar_one()
    return found


def _missing(connection: sa.Connection, site: str, version: int) -> MissingVersion:
    query = sa.select(sa.func.min(archived_version.c.version)).where(archived_version.c.site == site)
    first = connection.execute(query).scalar_one()
    before = first is not None and version < first
    return MissingVersion(site, version, NotKept.BEFORE if before else NotKept.NOT_HERE, first)


def _value(connection: sa.Connection, site: str, version: int, key: bytes) -> bytes | None:
    query = sa.select(archived_record.c.value).where(_holds(site, version), archived_record.c.key == key)
    return connection.execute(query).scalar_one_or_none()


def _holds(site: str, version: int) -> sa.ColumnElement[bool]:
    last = archived_record.c.last
    return sa.and_(
        archived_record.c.site == site,
        archived_record.c.first <= version,
        sa.or_(last.is_(None), last >= version),
    )
