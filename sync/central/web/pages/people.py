"""The people in one's sight: the list, and adding somebody."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote, urlencode

from fastapi import Form
from msgspec.structs import replace
from starlette.responses import Response

from edge.admin.ids import checked_id
from edge.decision import Status, Subject
from edge.errors import RegistryError
from edge.support.phrases import phrase
from edge.web.rendering import path
from sync.central.accounts.core import Act
from sync.central.changes.core import PutSubject
from sync.central.changes.submitting import submit
from sync.central.people.listing import PeopleFilters, people_in
from sync.central.people.subjects import held_subjects
from sync.central.places.naming import names_in
from sync.central.store import StoreError
from sync.central.units import DAY
from sync.central.web.form_times import local_of, zone_of
from sync.central.web.pages.person_forms import RecordForm
from sync.central.web.routes import Pages
from sync.central.web.visit import VisitOf

PAGES = Pages()
_COUNT = 50
_SOON = 14 * DAY
MOST_SITES = 500
"""So many sites are offered while somebody types; others are typed in full."""


@PAGES.get("/people", act=Act.SEE)
def people(
    visit: VisitOf,
    words: str = "",
    site: str = "",
    group: str = "",
    status: str = "",
    ends: str = "",
    consent: str = "",
    address: str = "",
    after: str = "",
) -> Response:
    filters = PeopleFilters(
        site=site.strip() or None,
        group=group.strip() or None,
        status=Status(status) if status in set(Status) else None,
        ends_before=visit.now + _SOON if ends else None,
        without_consent=bool(consent),
        address_unknown=bool(address),
        words=words[:80],
    )
    begin = _key(after)
    with visit.store.reading() as connection:
        page = people_in(connection, visit.sight, filters, visit.now, after=begin, count=_COUNT)
        sites = names_in(connection, visit.sight, MOST_SITES)
    asked = {"words": words, "site": site, "group": group, "status": status}
    asked |= {"ends": ends, "consent": consent, "address": address}
    kept = {name: value for name, value in asked.items() if value}
    newest = f"/people?{urlencode(kept)}" if begin else None
    older = (
        None
        if page.after is None
        else f"/people?{urlencode(kept | {'after': '/'.join(map(path, page.after))})}"
    )
    return visit.page(
        "people/list.html",
        title=visit.gettext("People"),
        filters=filters,
        page=page,
        sites=sites,
        names=visit.site_names(row.site for row in page.people),
        statuses=tuple(Status),
        older=older,
        newest=newest,
        may_create=visit.actor.may(Act.CHANGE_PERSON),
        local=local_of(None),
    )


@PAGES.post("/people", act=Act.CHANGE_PERSON)
def create(
    visit: VisitOf,
    form: RecordForm,
    site: Annotated[str, Form(max_length=64)],
    id: Annotated[str, Form(max_length=80)],  # noqa: A002 - the field's name on the page
    why: Annotated[str, Form(max_length=500)],
) -> Response:
    """Add a person to a site; somebody who is known already is left as they are."""
    visit.see_site(site)
    with visit.act() as connection:
        record = replace(form.record(Subject(_id(id)), zone_of(connection, site)), version=1)
        if held_subjects(connection, site, [record.id]):
            raise StoreError(
                phrase("there is a subject %(record)r at %(site)r already", record=record.id, site=site),
                remedy=phrase("choose another id"),
            )
        submit(
            connection,
            visit.actor,
            [PutSubject(site, record)],
            why=why,
            now=visit.now,
            limits=visit.services.limits,
        )
    return visit.go(address_of(site, record.id))


def address_of(site: str, subject: str) -> str:
    """The address of a person's page."""
    return f"/people/{path(site)}/{path(subject)}"


def _id(text: str) -> str:
    try:
        return checked_id(text.strip())
    except RegistryError as error:
        raise error.retold(StoreError, where="") from None


def _key(after: str) -> tuple[str, str] | None:
    site, _, identity = after.partition("/")
    return (unquote(site), unquote(identity)) if site and identity else None
