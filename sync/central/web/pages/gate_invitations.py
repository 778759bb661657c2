"""A gate is added, gets another computer, or loses one: invitations, how far each is, and revoking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Form, Query
from sqlalchemy import Connection
from starlette.responses import Response

from edge.boards.files import shipped_boards
from edge.errors import GatepostError
from edge.web.qr_code import qr_code
from edge.web.rendering import path
from edge.web.streams import StreamItem
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.adoption.centre import InvitingCentre
from sync.central.adoption.inviting import MOST_HOURS, WantedGate, gates_named, withdraw_gate_invitation
from sync.central.adoption.listing import GateInvitation, gate_invitations
from sync.central.adoption.revoking import revoke_device
from sync.central.places.tree import place_tree
from sync.central.tables import device as devices
from sync.central.units import DAY
from sync.central.web.adopting import GateComputer, centre_of, computers_of, made_in, tell_door
from sync.central.web.routes import Pages
from sync.central.web.streams import stream
from sync.central.web.visit import Crumb, Visit, VisitOf
from sync.gate_invitation import Direction, Language

PAGES = Pages()
HERE = "/gate-invitations"
_SHOWN_FOR = 30 * DAY
"""An invitation that is over is listed for so long."""
_SIMULATED = "simulated"


@dataclass(frozen=True)
class InvitingSite:
    """The site at which gates are added: `named` are the gates of its policy (None: that is not here)."""

    site: str
    computers: Sequence[GateComputer]
    named: tuple[str, ...] | None
    wrong: str = ""

    @property
    def free(self) -> list[str]:
        """The gates of the policy that have no computer."""
        held = {each.gate for each in self.computers}
        return [name for name in self.named or () if name not in held]


@PAGES.get(HERE, act=Act.MANAGE_PLACES)
def listed(visit: VisitOf, site: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The invitations in sight; with a site chosen, its gates too, and what a new one is made of."""
    centre, missing = _centre(visit)
    with visit.store.reading() as connection:
        if site and not visit.sight.has_site(connection, site):
            raise NotFound
        found = gate_invitations(connection, visit.sight, visit.now, since=visit.now - _SHOWN_FOR)
        sites = [node for node in place_tree(connection, visit.sight) if node.site]
        place = _place(visit, connection, centre, site) if site else None
    names = visit.site_names([*(each.site for each in found), *([site] if site else [])])
    return visit.page(
        "adoption/list.html",
        title=visit.gettext("Add a gate"),
        crumbs=[*_way(visit), (names[site], None)] if site else _way(visit),
        found=[each for each in found if not site or each.site == site],
        place=place,
        sites=sites,
        names=names,
        boards=[name for name in shipped_boards() if name != _SIMULATED],
        hours=24 if centre is None else centre.hours,
        most_hours=MOST_HOURS,
        missing=missing and visit.said(missing),
        door=None if centre is None else centre.door,
    )


@PAGES.post(HERE, act=Act.MANAGE_PLACES)
def invite(
    visit: VisitOf,
    site: Annotated[str, Form(max_length=100)],
    gate: Annotated[str, Form(max_length=100)],
    direction: Annotated[Direction | None, Form()] = None,
    language: Annotated[Language | None, Form()] = None,
    hours: Annotated[float | None, Form()] = None,
    replaces: Annotated[bool, Form()] = False,
    board: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Make an invitation: its code is in this answer, and nowhere else."""
    visit.see_site(site)
    centre = centre_of(visit)
    wanted = WantedGate(site, gate.strip(), direction, language, replaces, hours)
    with visit.act() as connection:
        made = made_in(connection, visit, centre, wanted)
        found = _one(connection, visit, made.asked.number)
    return _shown(
        visit,
        found,
        typed=made.typed,
        picture=qr_code(made.typed),
        board=board if board in shipped_boards() else "",
        not_left=tell_door(visit, invited=True),
    )


@PAGES.get(f"{HERE}/{{number}}", act=Act.MANAGE_PLACES)
def one(visit: VisitOf, number: int) -> Response:
    """One invitation and how far it is; its code is not known here any more."""
    with visit.store.reading() as connection:
        found = _one(connection, visit, number)
    return _shown(visit, found, typed="")


@PAGES.get(f"{HERE}/{{number}}/stream", act=Act.MANAGE_PLACES)
def progress(visit: VisitOf, number: int) -> Response:
    """How far it is, each time that changes."""
    told: GateInvitation | None = None
    with visit.store.reading() as connection:
        _one(connection, visit, number)

    def after(visit: Visit, connection: Connection, key: int, _: int) -> Sequence[StreamItem]:
        nonlocal told
        now = visit.services.wall()
        found = gate_invitations(connection, visit.sight, now, number=number)
        if not found or found[0] == told:
            return ()
        [told] = found
        return [StreamItem(key + 1, visit.text_of("adoption/parts.html", "steps", told), "figures")]

    return stream(visit, lambda _: 0, after)


@PAGES.post(f"{HERE}/{{number}}/withdraw", act=Act.MANAGE_PLACES)
def withdraw(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        _one(connection, visit, number)
        withdraw_gate_invitation(connection, visit.actor, visit.sight, number, visit.now)
    return _taken_back(visit, f"{HERE}/{number}")


@PAGES.post("/gates/{device}/revoke", act=Act.MANAGE_PLACES)
def revoke(visit: VisitOf, device: str) -> Response:
    """Take a lost computer out of service: its word at once, then its certificates and its connection."""
    with visit.act() as connection:
        known = sa.select(devices.c.id).where(devices.c.id == device, visit.sight.of(devices.c.site))
        if connection.execute(known).first() is None:
            raise NotFound
        revoke_device(connection, visit.actor, visit.sight, device, visit.now)
    return _taken_back(visit, f"/gates/{path(device)}#computer", device)


# --- inside --------------------------------------------------------------------------------


def _centre(visit: Visit) -> tuple[InvitingCentre | None, GatepostError | None]:
    try:
        return centre_of(visit), None
    except GatepostError as error:
        return None, error


def _place(visit: Visit, connection: Connection, centre: InvitingCentre | None, site: str) -> InvitingSite:
    computers = computers_of(connection, site)
    try:
        return InvitingSite(site, computers, None if centre is None else gates_named(centre, site))
    except GatepostError as error:
        return InvitingSite(site, computers, None, str(visit.said(error)))


def _one(connection: Connection, visit: Visit, number: int) -> GateInvitation:
    if not 0 < number < 1 << 62:
        raise NotFound
    found = gate_invitations(connection, visit.sight, visit.now, number=number)
    if not found:
        raise NotFound
    return found[0]


def _shown(visit: Visit, found: GateInvitation, **more: Any) -> Response:
    site_name = visit.site_names([found.site])[found.site]
    return visit.page(
        "adoption/one.html",
        title=f"{site_name} · {found.gate}",
        crumbs=_way(visit, found),
        found=found,
        site_name=site_name,
        **more,
    )


def _taken_back(visit: Visit, goes_on: str, revoked: str = "") -> Response:
    """On to what was taken back, once the door was told; why that could not be, until it is."""
    why = tell_door(visit)
    if not why:
        return visit.go(goes_on)
    return visit.page(
        "adoption/not_told.html",
        title=visit.gettext("The door does not know it yet"),
        crumbs=_way(visit),
        why=why,
        goes_on=goes_on,
        revoked=revoked,
    )


def _way(visit: Visit, found: GateInvitation | None = None) -> list[Crumb]:
    here = visit.gettext("Add a gate")
    return (
        [(here, None)] if found is None else [(here, f"{HERE}?site={path(found.site)}"), (found.gate, None)]
    )
