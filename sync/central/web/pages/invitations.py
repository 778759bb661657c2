"""What people without an account see: a resident's link by which they invite, a visitor's own page."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

import sqlalchemy as sa
from fastapi import Form
from starlette.responses import Response

from edge.admin.code_image import QUIET_ZONE, modules_of
from edge.credentials.known import shown_number
from edge.signing.cose import instant
from edge.web.routes import PUBLIC
from edge.web.visit import NotFound
from sync.central.accounts.actor import Actor, Via
from sync.central.audit.audit import About, note
from sync.central.people.subjects import time_zone_of
from sync.central.places.core import Level
from sync.central.places.tree import path_of
from sync.central.tables import site
from sync.central.units import DAY
from sync.central.visits.core import VisitState
from sync.central.visits.invitations import invitation_of_token, invite_by
from sync.central.visits.passes import NoPass, pass_of
from sync.central.visits.visits import visit_of_token
from sync.central.web.form_times import local_of, zone_of
from sync.central.web.pages.visits import STATE_NAMES, wanted_of
from sync.central.web.routes import Pages
from sync.central.web.visit import VisitOf

PAGES = Pages()
_LONGEST_TOKEN = 64
_OPEN = {VisitState.INVITED, VisitState.ARRIVED, VisitState.LEFT}


@PAGES.get("/invitations/{token}", act=PUBLIC)
def invitation(visit: VisitOf, token: str) -> Response:
    """The form by which a resident invites; or why their link makes no visit any more."""
    with visit.store.reading() as connection:
        held = None if len(token) > _LONGEST_TOKEN else invitation_of_token(connection, token)
        if held is None:
            raise NotFound
        where, local = _where(connection, held.site), local_of(zone_of(connection, held.site))
    return visit.page(
        "visits/invitation.html",
        title=visit.gettext("Invite a visitor"),
        held=held,
        over=held.fault(visit.now) is not None,
        where=where,
        token=token,
        begins=local(instant(visit.now)),
        ends=local(instant(visit.now + DAY // 4)),
    )


@PAGES.post("/invitations/{token}", act=PUBLIC)
def invited(
    visit: VisitOf,
    token: str,
    name: Annotated[str, Form(max_length=200)],
    since: Annotated[str, Form(max_length=40)],
    until: Annotated[str, Form(max_length=40)],
    by: Annotated[str, Form(max_length=10)] = "phone",
) -> Response:
    """Invite somebody by a resident's link: the page tells the visitor's link, or their number, once."""
    with visit.act() as connection:
        held = None if len(token) > _LONGEST_TOKEN else invitation_of_token(connection, token)
        if held is None:
            raise NotFound
        wanted = wanted_of(connection, held.site, name, since, until, by)
        made = invite_by(connection, token, wanted, visit.now)
        resident = Actor(None, "a resident, by their link", (), Via.SYSTEM)
        detail = {"invitation": held.number}
        note(
            connection,
            resident,
            "invite",
            About("visit", str(made.number), held.site),
            visit.now,
            detail=detail,
        )
    return visit.page(
        "visits/told.html",
        title=visit.gettext("Invited"),
        link=f"{visit.services.settings.public_origin}/visitors/{made.token}",
        code=shown_number(made.code) if made.code else None,
        back=f"/invitations/{token}",
        until=wanted.until,
    )


@PAGES.get("/visitors/{token}", act=PUBLIC)
def visitor(visit: VisitOf, token: str) -> Response:
    """The visitor's own page: where to go, until when, and their pass as a picture."""
    with visit.store.reading() as connection:
        found = None if len(token) > _LONGEST_TOKEN else visit_of_token(connection, token, visit.now)
        if found is None:
            raise NotFound
        where, zone = _where(connection, found.site), time_zone_of(connection, found.site)
    signed = pass_of(visit.services.section, found)
    text = None if isinstance(signed, NoPass) or found.by_code else signed
    return visit.page(
        "visits/visitor.html",
        title=visit.gettext("Your visit"),
        found=found,
        state=STATE_NAMES[found.life.state],
        is_open=found.life.state in _OPEN,
        where=where,
        site_zone=zone,
        picture=None if text is None else _drawn(text),
    )


# --- inside --------------------------------------------------------------------------------


def _where(connection: sa.Connection, site_id: str) -> str:
    """Where a site is, in words that somebody finds it by."""
    number = connection.execute(sa.select(site.c.place).where(site.c.id == site_id)).scalar_one()
    return " ".join(
        node.name for node in path_of(connection, number) if node.name or node.level is Level.SITE
    )


def _drawn(text: str) -> tuple[int, str]:
    """The code of a text as a path of SVG, and how many modules wide it is with its quiet zone."""
    rows = modules_of(text)
    path = []
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row):
            width = len(list(run))
            if dark:
                path.append(f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{width}v1h-{width}z")
            x += width
    return len(rows) + 2 * QUIET_ZONE, "".join(path)
