"""Has the gates refuse a pass at once, for pages and for the API."""

from __future__ import annotations

from edge.errors import GatepostError
from edge.signing.cose import instant
from sync.central.registry.section_keys import publisher_of
from sync.central.registry.urgent import revoke_urgently
from sync.central.web.visit import Visit


def not_revoked(visit: Visit, site: str, pass_id: str) -> str | None:
    """Have the gates refuse a pass at once; why that could not be, None where it is done."""
    section = visit.services.section
    if section is None:
        return visit.gettext("this process does not publish: no [registry] in its central.toml")
    publisher, now = publisher_of(section), instant(visit.now)
    try:
        revoke_urgently(visit.store, publisher, site, now, passes=(pass_id,), actor=visit.actor)
    except GatepostError as error:
        return str(visit.said(error))
    return None
