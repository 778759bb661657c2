"""Applies a planned import in one transaction, by the one way in which anybody changes people."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from sync.central.accounts.actor import Actor
from sync.central.changes.core import Change, PutSubject, PutTemplates
from sync.central.changes.submitting import Applied, WaitingSet, submit
from sync.central.configuration import ChangesSection
from sync.central.devices.devices import put_site, sites
from sync.central.imports.planning import SubjectImport
from sync.central.people.consents import carry_over


def apply_import(
    connection: sa.Connection,
    planned: SubjectImport,
    actor: Actor,
    now: int,
    limits: ChangesSection,
    why: str = "import",
) -> Applied | WaitingSet | None:
    """Apply a plan, in the name of `actor`; None where it changes nothing.

    It waits for a second person where it changes more than one person may. What people consented to is kept
    in any case: it is so, whoever approves of the rest.
    """
    if planned.site.id not in {site.id for site in sites(connection)}:
        put_site(connection, planned.site)
    carry_over(connection, planned.site.id, planned.consents, planned.site.name or planned.site.id)
    changes = tuple(changes_of(planned))
    return submit(connection, actor, changes, why=why, now=now, limits=limits) if changes else None


def changes_of(planned: SubjectImport) -> Iterator[Change]:
    """What an import changes, one by one."""
    site = planned.site.id
    for item in planned.subjects:
        if item.record != item.held:
            yield PutSubject(site, item.record)
        if item.templates is not None:
            yield PutTemplates(site, item.record.id, item.templates)
