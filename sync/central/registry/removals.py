"""What the gates are to confirm, as the next version, or the next list of urgent revocations, carries it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from msgspec.structs import replace

from edge.registry.format import Content, Records, UrgentRevocations, records_of
from edge.signing.cose import microseconds
from sync.central.changes.tables import pending_revocation
from sync.central.people.erasing import erase_rows
from sync.central.people.subjects import held_subjects
from sync.central.registry.publisher import Publisher
from sync.central.reported.removals import (
    There,
    carried,
    note_carried_by_list,
    note_published_removals,
    note_urgent_removals,
)


def with_removals(
    connection: sa.Connection,
    content: Content,
    before: Records,
    publisher: Publisher,
    site: str,
    at: datetime,
) -> Content:
    """`content` with what its gates are to confirm: who was in the records `before` and is not, or without a
    face, and those whom not every gate has confirmed yet.
    """
    now = microseconds(at)
    note_published_removals(connection, site, before, records_of(content, b""), now, publisher.entropy)
    people = frozenset(subject.id for subject in content.subjects)
    there = There(people, frozenset(template.subject_id for template in content.templates))
    removals = carried(connection, site, there, publisher.seal_key(site), now)
    return replace(content, removals=removals)


def revoke_with_removals(
    connection: sa.Connection,
    publisher: Publisher,
    site: str,
    at: datetime,
    passes: Collection[str],
    subjects: Collection[str],
    out: int,
) -> UrgentRevocations:
    """Sign the list, within the site's lock, with what its gates are to confirm. `out` is a version that
    gates have.
    """
    now = microseconds(at)
    note_urgent_removals(connection, site, passes, subjects, now, publisher.entropy)
    removals = carried(connection, site, There(), publisher.seal_key(site), now, urgent=True)
    listed = publisher.revoke_locked(site, at, passes, subjects, out=out, removals=removals)
    note_carried_by_list(connection, [item.reference for item in listed.removals], listed.number)
    return listed


def erase_again(connection: sa.Connection, site: str) -> None:
    """Erase whoever was erased while a version was published that still has them: they are in no archive of
    it, nor in a history. Their revocation waits to be signed; the caller holds the site.
    """
    query = sa.select(pending_revocation.c.subject).where(pending_revocation.c.site == site)
    names = connection.execute(query).scalars().all()
    for name in sorted(set(names) - held_subjects(connection, site, names).keys()):
        erase_rows(connection, site, name)
