"""A person's page: closed until somebody says for what they open it; then the record, its life, its acts."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
from fastapi import Form
from sqlalchemy import Connection
from starlette.responses import Response

from edge.consent import WORDING, ConsentAnswer
from edge.decision import Status, Subject, status_at
from edge.signing.cose import instant, microseconds
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accesses.accesses import AccessFilters, accesses
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, entries
from sync.central.changes.tables import change_set
from sync.central.isolation.exits import exits
from sync.central.isolation.visiting import home_visits
from sync.central.newer import OpenWords
from sync.central.people.consents import consents_of
from sync.central.people.core import Grounds, Purpose
from sync.central.people.erasures import erasures_of
from sync.central.people.isolations import IsolationChange, isolation_history
from sync.central.people.looks import RecordLook, close_look, looks_at, open_look, open_look_of
from sync.central.people.subjects import held_subjects, status_history, template_count
from sync.central.places.addresses import unlisted
from sync.central.places.naming import site_names
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import path_of
from sync.central.store import StoreError
from sync.central.tables import site as site_table
from sync.central.units import DAY
from sync.central.web.form_times import local_of, zone_of
from sync.central.web.pages.isolation import OCCASIONS, OUTCOMES
from sync.central.web.pages.people import address_of
from sync.central.web.pages.person_days import days_of
from sync.central.web.pages.person_forms import seen_of
from sync.central.web.routes import Pages
from sync.central.web.visit import Crumb, Visit, VisitOf, paths_of
from sync.central.web.words import EXIT_HOWS

PAGES = Pages()
_MOST_ACCESSES = 100
FORM_WORDS = OpenWords(
    {"witnessed": N_("before the staff"), "signed": N_("on paper"), "online": N_("online")}
)


@PAGES.get("/people/{site}/{id}", act=Act.SEE_PERSON)
def person(visit: VisitOf, site: str, id: str, waits: int | None = None) -> Response:  # noqa: A002
    visit.see_site(site)
    with visit.store.reading() as connection:
        record = held_subjects(connection, site, [id]).get(id)
        look = open_look_of(connection, visit.actor, site, id, visit.now)
        if record is not None and look is not None:
            return _record_page(visit, connection, site, record, look, waits)
        erased = erasures_of(connection, site, id) if record is None else []
    if record is not None:
        return _closed(visit, site, id, Grounds(Purpose.APPEAL), "")
    if not erased:
        raise NotFound
    return visit.go(f"{address_of(site, id)}/erasure")


@PAGES.post("/people/{site}/{id}/look", act=Act.SEE_PERSON)
def look(
    visit: VisitOf,
    site: str,
    id: str,  # noqa: A002
    purpose: Annotated[Purpose, Form()],
    reference: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Open the record; where the grounds are not enough, the form comes back with what was typed."""
    visit.see_site(site)
    grounds = Grounds(purpose, reference.strip(), reason.strip())
    try:
        with visit.store.writing() as connection:
            _known(connection, site, id)
            open_look(connection, visit.actor, site, id, grounds, visit.now)
    except StoreError as error:
        return _closed(visit, site, id, grounds, visit.said(error).what, status=422)
    return visit.go(address_of(site, id))


@PAGES.post("/people/{site}/{id}/look/close", act=Act.SEE_PERSON)
def close(visit: VisitOf, site: str, id: str) -> Response:  # noqa: A002
    visit.see_site(site)
    with visit.act() as connection:
        _known(connection, site, id)
        close_look(connection, visit.actor, site, id, visit.now)
    return visit.go("/people")


def _known(connection: Connection, site: str, identity: str) -> None:
    if identity not in held_subjects(connection, site, [identity]):
        raise NotFound


def _closed(
    visit: Visit, site: str, identity: str, typed: Grounds, refused: str, status: int = 200
) -> Response:
    return visit.page(
        "people/closed.html",
        title=visit.gettext("Record %(id)s", id=identity),
        crumbs=((visit.gettext("People"), "/people"), (identity, None)),
        status=status,
        here=address_of(site, identity),
        purposes=tuple(Purpose),
        typed=typed,
        refused=refused,
    )


def _places(connection: Connection, site: str) -> tuple[Crumb, ...]:
    """The way to a site, from the street on."""
    place = connection.execute(sa.select(site_table.c.place).where(site_table.c.id == site)).scalar()
    names = [] if place is None else [node.name for node in path_of(connection, place)]
    return tuple((name, None) for name in names[-3:] if name)


def _record_page(
    visit: Visit, connection: Connection, site: str, record: Subject, look: RecordLook, waits: int | None
) -> Response:
    zone = zone_of(connection, site)
    filters = AccessFilters(site=site, subject=record.id, since=visit.now - 7 * DAY)
    seen = accesses(connection, visit.sight, filters, count=_MOST_ACCESSES)
    consents = consents_of(connection, site, record.id)
    about = About("subject", record.id, site)
    recent = entries(connection, EVERYWHERE, about=about, count=20)
    pages = paths_of(visit.request)
    return visit.page(
        "people/person.html",
        title=record.name or record.id,
        crumbs=(*_places(connection, site), (record.id, None)),
        here=address_of(site, record.id),
        site=site,
        names=site_names(connection, [site]),
        record=record,
        seen_record=seen_of(record),
        look=look,
        looks=looks_at(connection, site, record.id, visit.now - 30 * DAY),
        waits=waits,
        history=status_history(connection, site, record.id)[::-1],
        status_now=status_at(record.status, instant(visit.now)),
        statuses=tuple(Status),
        accesses=seen[:10],
        days=days_of(seen, visit.now, zone, visit.language),
        explains="/accesses/{device}/{epoch}/{sequence}/explain" in pages,
        acts=[entry for entry in recent if entry.at >= look.opened_at],
        consents=consents[::-1],
        is_consenting=bool(consents) and consents[-1].answer is ConsentAnswer.GIVEN,
        form_words={value: visit.gettext(word) for value, word in FORM_WORDS.items()},
        wordings=(WORDING,),
        address_known=not unlisted(connection, site, [record.address]),
        templates=template_count(connection, site, record.id),
        has_can_pass="/people/{site}/{id}/can-pass" in pages,
        has_appeals="/appeals/of/{site}/{subject}" in pages
        and visit.actor.sight(Act.ANSWER_APPEAL).has_site(connection, site),
        may_set_status=visit.actor.sight(Act.SET_STATUS).has_site(connection, site),
        may_change=visit.actor.sight(Act.CHANGE_PERSON).has_site(connection, site),
        exits=exits(connection, visit.sight, 0, visit.now + DAY, subject=(site, record.id), count=20),
        home_visits=home_visits(connection, visit.sight, subject_at=(site, record.id), count=20),
        ordered=_ordered(connection, site, record.id),
        hows=EXIT_HOWS,
        occasions=OCCASIONS,
        outcomes=OUTCOMES,
        us=microseconds,
        local=local_of(zone),
    )


def _ordered(connection: Connection, site: str, identity: str) -> list[tuple[IsolationChange, str]]:
    """What was ordered of somebody, the newest first, and why."""
    changes = isolation_history(connection, site, [identity]).get(identity, [])[::-1]
    wanted = {change.change_set for change in changes}
    query = sa.select(change_set.c.number, change_set.c.why).where(change_set.c.number.in_(wanted - {None}))
    whys = {row.number: row.why for row in connection.execute(query)}
    return [(change, whys.get(change.change_set, "")) for change in changes]
