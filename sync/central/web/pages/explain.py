"""Why a gate decided as it did, and whether a person can pass: then, and now."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Query
from sqlalchemy import Connection
from starlette.responses import Response

from edge.signing.cose import instant, microseconds
from edge.web.rendering import path
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.changes.core import reference_of
from sync.central.explain.explaining import Explanation, explain
from sync.central.explain.passing import can_pass
from sync.central.people.looks import RecordLook, open_look_of
from sync.central.people.subjects import time_zone_of
from sync.central.places.tree import path_of, place_at
from sync.central.registry.archive import MissingVersion
from sync.central.store import StoreError
from sync.central.web.form_times import in_zone
from sync.central.web.routes import Pages
from sync.central.web.visit import Crumb, Visit, VisitOf, paths_of

PAGES = Pages()


@PAGES.get("/accesses/{device}/{epoch}/{sequence}/explain", act=Act.SEE)
def explained(visit: VisitOf, device: str, epoch: str, sequence: int) -> Response:
    with visit.store.reading() as connection:
        found = _explanation(visit, connection, device, epoch, sequence)
        look = _look(visit, connection, found.site, found.subject)
        crumbs = _crumbs(visit, connection, found.site)
        zone = time_zone_of(connection, found.site)
        record = _record_address(visit, connection, found)
        appeal = None if look is None else _appeal_address(visit, connection, found)
    number = str(found.entry.sequence)
    return visit.page(
        "explain/explain.html",
        title=visit.gettext("Explain %(number)s", number=number),
        crumbs=(*crumbs, (found.gate, None), (number, None)),
        found=found,
        zone=zone,
        missing=found.version if isinstance(found.version, MissingVersion) else None,
        look=look,
        spoken=visit.gettext,
        record=record,
        reference=reference_of(found.device, found.entry.sequence),
        appeal=appeal,
    )


@PAGES.get("/people/{site}/{id}/can-pass", act=Act.SEE_PERSON)
def passing(
    visit: VisitOf,
    site: str,
    id: str,  # noqa: A002 - the address calls it so
    at: Annotated[datetime | None, Query()] = None,
) -> Response:
    visit.see_site(site)
    with visit.store.reading() as connection:
        zone = time_zone_of(connection, site)
        moment = visit.now if at is None else microseconds(in_zone(at, ZoneInfo(zone)))
        look = _look(visit, connection, site, id)
        ways = () if look is None else can_pass(connection, site, id, moment, visit.now)
        crumbs = _crumbs(visit, connection, site)
    return visit.page(
        "explain/passing.html",
        title=visit.gettext("Can they pass?"),
        crumbs=(*crumbs, (id, f"/people/{path(site)}/{path(id)}")),
        ways=ways,
        missing=[item for item in ways if isinstance(item.version, MissingVersion)],
        look=look,
        at=moment,
        is_now=at is None,
        local=f"{instant(moment).astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}",
        zone=zone,
        here=f"/people/{path(site)}/{path(id)}",
    )


# --- inside --------------------------------------------------------------------------------


def _explanation(visit: Visit, connection: Connection, device: str, epoch: str, sequence: int) -> Explanation:
    """The decision, where it is in sight; what is none, or lies elsewhere, is not there."""
    try:
        return explain(connection, visit.sight, device, bytes.fromhex(epoch), sequence)
    except (StoreError, ValueError):
        raise NotFound from None


def _look(visit: Visit, connection: Connection, site: str, subject: str | None) -> RecordLook | None:
    """The look that the visitor has open at this person, where they may look at people here at all."""
    if subject is None or not visit.actor.sight(Act.SEE_PERSON).has_site(connection, site):
        return None
    return open_look_of(connection, visit.actor, site, subject, visit.now)


def _record_address(visit: Visit, connection: Connection, found: Explanation) -> str | None:
    """Where the record of the person can be opened, for those who may."""
    is_there = "/people/{site}/{id}" in paths_of(visit.request)
    sight = visit.actor.sight(Act.SEE_PERSON)
    if found.subject is None or not is_there or not sight.has_site(connection, found.site):
        return None
    return f"/people/{path(found.site)}/{path(found.subject)}"


def _appeal_address(visit: Visit, connection: Connection, found: Explanation) -> str | None:
    """Where an appeal about this decision is taken down, for those who may answer one."""
    sight = visit.actor.sight(Act.ANSWER_APPEAL)
    if found.subject is None or not sight.has_site(connection, found.site):
        return None
    named = urlencode({"device": found.device, "epoch": found.epoch.hex(), "sequence": found.entry.sequence})
    return f"/appeals/of/{path(found.site)}/{path(found.subject)}?{named}"


def _crumbs(visit: Visit, connection: Connection, site: str) -> tuple[Crumb, ...]:
    """The way to a site: of the places above it those that are in sight."""
    nodes = path_of(connection, place_at(connection, site))
    has_pages = "/places/{number}" in paths_of(visit.request)
    return tuple(
        (node.name, f"/places/{node.number}" if has_pages else None)
        for node in nodes
        if visit.sight.has_place(connection, node.number)
    )
