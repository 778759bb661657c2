"""Findings: what is wrong with journals, and who took care of it. And the search over gates and people."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
from fastapi import Form, Query
from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.rendering import path
from edge.web.visit import NotFound
from sync.central.accesses.accesses import Access
from sync.central.accesses.tables import access
from sync.central.accounts.core import Act
from sync.central.journals.acknowledging import acknowledge_finding, finding_at, findings_in
from sync.central.people.core import masked_address
from sync.central.places.naming import NAMED_SITES, SITE_NAME, names_in
from sync.central.tables import chain, device, site, subject
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf
from sync.central.web.watching import rows_of

PAGES = Pages()
ROWS = 50
_MOST = 20
_LONGEST = 200


@PAGES.get("/findings", act=Act.SEE)
def findings(
    visit: VisitOf,
    show: Annotated[str, Query(max_length=16)] = "open",
    before: int | None = None,
    done: int | None = None,
) -> Response:
    only_open = show != "all"
    cursor = before if before is not None and 0 < before < 1 << 62 else None
    with visit.store.reading() as connection:
        found = findings_in(connection, visit.sight, only_open=only_open, before=cursor, count=ROWS + 1)
        receipt = None if done is None or abs(done) >> 62 else finding_at(connection, visit.sight, done)
        names = names_in(connection, visit.sight)
        # Numbers of events on both sides of a silent alarm would tell of it.
        numbered = visit.actor.sight(Act.CARE).sites_among(connection, {each.site for each in found})
    shown = found[:ROWS]
    older = f"/findings?show={show}&before={shown[-1].number}" if len(found) > ROWS else None
    return visit.page(
        "watch/findings.html",
        title=visit.gettext("Findings"),
        crumbs=[(visit.gettext("Findings"), None)],
        found=shown,
        names=names,
        numbered=numbered,
        only_open=only_open,
        older=older,
        newest=f"/findings?show={show}" if cursor is not None else None,
        receipt=receipt if receipt is not None and receipt.acknowledged_at is not None else None,
        may_acknowledge=visit.actor.may(Act.COMMAND),
    )


@PAGES.post("/findings/{number}/acknowledge", act=Act.COMMAND)
def acknowledge(visit: VisitOf, number: int, why: Annotated[str, Form(max_length=600)] = "") -> Response:
    """Note that somebody took care of it: by name, with a reason, in the audit."""
    if abs(number) >> 62:
        raise NotFound
    with visit.act() as connection:
        listed = finding_at(connection, visit.sight, number)
        if listed is None:
            raise NotFound
        acknowledge_finding(connection, visit.actor, listed, why, visit.now)
    return visit.go(f"/findings?done={number}")


@PAGES.get("/search", act=Act.SEE)
def search(visit: VisitOf, q: Annotated[str, Query(max_length=_LONGEST)] = "") -> Response:
    """Gates, numbers of journals, and for those who may see people: ids and rooms. Never names."""
    words = q.strip().replace("\0", "")
    with visit.store.reading() as connection:
        gates = _gates(connection, visit, words) if words else []
        numbered = rows_of(connection, _numbered(connection, visit, words)) if words else []
        people = _people(connection, visit, words) if words and visit.actor.may(Act.SEE_PERSON) else []
    if len(gates) + len(people) + len(numbered) == 1:
        only = [*(f"/gates/{path(row.id)}" for row in gates), *(row.address for row in numbered)]
        only += [f"/people/{path(row.site)}/{path(row.id)}" for row in people]
        return visit.go(only[0])
    return visit.page(
        "watch/search.html",
        title=visit.gettext("Search"),
        crumbs=[(visit.gettext("Search"), None)],
        words=words,
        gates=gates,
        numbered=numbered,
        people=people,
        masked=masked_address,
        may_see_person=visit.actor.may(Act.SEE_PERSON),
    )


# --- inside --------------------------------------------------------------------------------


def _gates(connection: Connection, visit: Visit, words: str) -> list[sa.Row[tuple[str, str, str]]]:
    """Gates whose device, gate or site begins so, or whose site's name has it."""
    query = (
        sa.select(device.c.id, device.c.gate, SITE_NAME)
        .select_from(NAMED_SITES)
        .join(device, device.c.site == site.c.id)
        .where(
            visit.sight.of(device.c.site),
            device.c.retired_at.is_(None),
            device.c.id.istartswith(words, autoescape=True)
            | device.c.gate.istartswith(words, autoescape=True)
            | site.c.id.istartswith(words, autoescape=True)
            | SITE_NAME.icontains(words, autoescape=True),
        )
        .order_by(SITE_NAME, device.c.gate)
        .limit(_MOST)
    )
    return [*connection.execute(query)]


def _numbered(connection: Connection, visit: Visit, words: str) -> list[Access]:
    """The accesses that "DEVICE NUMBER" names, over all epochs of the device."""
    name, _, number = words.rpartition(" ")
    digits = number.lstrip("#").replace(",", "")
    if not name or not digits.isdecimal() or len(digits) > 18:
        return []
    query = (
        sa.select(chain.c.epoch, access)
        .join(chain, chain.c.number == access.c.chain)
        .where(
            chain.c.device == name.strip(),
            access.c.sequence == int(digits),
            visit.sight.of(access.c.site),
        )
        .limit(_MOST)
    )
    names = Access.__dataclass_fields__
    return [Access(**{name: row[name] for name in names}) for row in connection.execute(query).mappings()]


def _people(connection: Connection, visit: Visit, words: str) -> list[sa.Row[tuple[str, str, str, str]]]:
    """People whose id this is, or whose address begins so, where the actor may see people."""
    sight = visit.actor.sight(Act.SEE_PERSON)
    found: dict[tuple[str, str], sa.Row[tuple[str, str, str, str]]] = {}
    for condition in (subject.c.id == words, _begins(connection, words)):
        query = (
            sa.select(subject.c.site, subject.c.id, subject.c.address, SITE_NAME)
            .select_from(NAMED_SITES)
            # From the sites to their people: the other way round, all people would be read.
            .join(subject, subject.c.site == site.c.id.concat(""))
            .where(sight.of(site.c.id), condition)
            .order_by(subject.c.site, subject.c.address)
            .limit(_MOST)
        )
        found |= {(row.site, row.id): row for row in connection.execute(query)}
    return [*found.values()][:_MOST]


def _begins(connection: Connection, words: str) -> sa.ColumnElement[bool]:
    """That an address begins so, as an index of this database finds it."""
    if connection.dialect.name == "postgresql":
        return subject.c.address.startswith(words, autoescape=True)
    return subject.c.address.between(words, words + "\U0010ffff")
