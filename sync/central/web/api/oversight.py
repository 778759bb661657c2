"""What is wrong, what waits, what was published, and who did what."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
from fastapi import Query
from starlette.responses import Response

from sync.central.accounts.core import Act
from sync.central.audit.audit import AuditEntry, entries
from sync.central.changes.waiting import ChangeSet, change_sets
from sync.central.journals.findings import Finding, findings_of
from sync.central.registry.versions import SiteVersion, versions_of
from sync.central.tables import device
from sync.central.web.api.calls import Call, answer
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.places import Before, Count
from sync.central.web.paging import cursor_of, key_of

OPERATIONS = Operations()


@OPERATIONS.get("/api/findings", act=Act.SEE, answer=Listing[Finding])
def list_findings(call: Call, *, ended: Annotated[bool, Query()] = False) -> Response:
    """What is wrong with the journals of gates in sight; with `ended` also what is no longer so."""
    seen = sa.select(device.c.id).where(call.sight.of(device.c.site))
    with call.store.reading() as connection:
        devices = set(connection.execute(seen).scalars())
        found = [item for item, _ in findings_of(connection) if item.device in devices]
    return answer(Listing([item for item in found if ended or item.ended_at is None]))


@OPERATIONS.get("/api/approvals", act=Act.APPROVE, answer=Listing[ChangeSet])
def list_waiting(call: Call, count: Count = 100, before: Before = "") -> Response:
    """The change sets that wait for a second person. A person approves, at the console: no token does."""
    key = key_of(before, int)
    with call.store.reading() as connection:
        found = change_sets(connection, call.sight, waiting=True, now=call.now, before=key, count=count + 1)
    return answer(Listing(found[:count], cursor_of(found[count - 1].number) if len(found) > count else None))


@OPERATIONS.get("/api/registries/{site}", act=Act.SEE, answer=Listing[SiteVersion])
def list_versions(call: Call, site: str, count: Count = 100, before: Before = "") -> Response:
    """The versions of a site's registry that were published, newest first."""
    call.see_site(site)
    key = key_of(before, int)
    with call.store.reading() as connection:
        found = versions_of(connection, site, before=key, count=count + 1)
    return answer(Listing(found[:count], cursor_of(found[count - 1].version) if len(found) > count else None))


@OPERATIONS.get("/api/audit", act=Act.READ_AUDIT, answer=Listing[AuditEntry])
def list_audit(call: Call, count: Count = 100, before: Before = "") -> Response:
    """Who did what, newest first, as far as the token may read."""
    key = key_of(before, int)
    with call.store.reading() as connection:
        found = entries(connection, call.sight, before=key, count=count + 1)
    return answer(Listing(found[:count], cursor_of(found[count - 1].number) if len(found) > count else None))
