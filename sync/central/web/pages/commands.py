"""Commands to a gate: asked for in place, with a reason, and what became of each."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Form
from starlette.responses import Response

from edge.commands.core import CommandKind
from edge.decision import Mode
from edge.support.phrases import phrase
from edge.web.rendering import path
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.commands.requests import (
    AS_POLICY_SAYS,
    LONGEST_ARGUMENT,
    LONGEST_WHY,
    commands_of,
    request_command,
)
from sync.central.store import StoreError
from sync.central.tables import device as devices
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_COUNT = 12
_LIST = "list"


@PAGES.get("/gates/{device}/commands", act=Act.SEE)
def commands(visit: VisitOf, device: str, part: str = "") -> Response:
    """What can be asked of a gate, and what became of what was; `part=list` is the second alone."""
    site = _site_of(visit, device)
    with visit.store.reading() as connection:
        rows = commands_of(connection, visit.sight, device, count=_COUNT)
        may = visit.actor.sight(Act.COMMAND).has_site(connection, site)
    values: dict[str, Any] = {"device": device, "rows": rows, "modes": (AS_POLICY_SAYS, *Mode), "may": may}
    if part == _LIST:
        return visit.fragment("commands/list.html", **values)
    title = visit.gettext("Commands and their results")
    return visit.page(
        "commands/commands.html", title=title, crumbs=[(device, f"/gates/{path(device)}")], **values
    )


@PAGES.post("/gates/{device}/commands", act=Act.COMMAND)
def ask(
    visit: VisitOf,
    device: str,
    kind: Annotated[str, Form(max_length=32)],
    why: Annotated[str, Form(max_length=LONGEST_WHY)],
    argument: Annotated[str, Form(max_length=LONGEST_ARGUMENT)] = "",
) -> Response:
    """Ask for a command; the daemon sends it, and the gate's verdict appears where it was asked for."""
    _site_of(visit, device)
    with visit.act() as connection:
        request_command(connection, visit.actor, device, _kind(kind), argument, why, visit.now)
    return visit.go(f"/gates/{path(device)}#commands")


def _site_of(visit: Visit, device: str) -> str:
    """The site of a gate in sight; raises NotFound."""
    with visit.store.reading() as connection:
        query = sa.select(devices.c.site).where(devices.c.id == device, visit.sight.of(devices.c.site))
        site: str | None = connection.execute(query).scalar_one_or_none()
    if site is None:
        raise NotFound
    return site


def _kind(said: str) -> CommandKind:
    try:
        return CommandKind(said)
    except ValueError:
        raise StoreError(phrase("there is no command %(said)r", said=said), where=phrase("kind")) from None
