"""Tokens: what lets programs use the API in one's name."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Query
from starlette.responses import Response

from edge.web.texts import N_
from edge.web.visit import NotFound, NotSignedIn
from sync.central.accounts.core import Act
from sync.central.accounts.tokens import create_token, revoke_token, tokens
from sync.central.places.tree import names_in_sight, place_tree
from sync.central.units import DAY
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_DONE = {"revoked": N_("The token counts no more")}


@PAGES.get("/tokens", act=Act.SEE)
def list_tokens(visit: VisitOf, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    return _page(visit, done=visit.gettext(_DONE[done]) if done in _DONE else "")


@PAGES.post("/tokens", act=Act.SEE)
def make_token(
    visit: VisitOf,
    label: Annotated[str, Form(max_length=200)],
    days: Annotated[int, Form(ge=1, le=366)],
    acts: Annotated[list[Act], Form()] = [],  # noqa: B006 - FastAPI copies it
    place: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Make a token of one's own; it is shown once, in the answer."""
    number = visit.actor.account
    if number is None:
        raise NotSignedIn
    if place and not place.isdecimal():
        raise NotFound
    until = visit.now + days * DAY
    with visit.act() as connection:
        where = int(place) if place else None
        made = create_token(connection, visit.actor, number, label, acts, where, until, visit.now)
    return _page(visit, made=made)


@PAGES.post("/tokens/{number}/revoke", act=Act.SEE)
def revoke(visit: VisitOf, number: int) -> Response:
    with visit.act() as connection:
        seen = tokens(connection, visit.actor.sight(Act.MANAGE_ACCOUNTS), visit.actor.account)
        if number not in {item.number for item in seen}:
            raise NotFound
        revoke_token(connection, visit.actor, number, visit.now)
    return visit.go("/tokens?done=revoked")


# --- inside --------------------------------------------------------------------------------------


def _page(visit: Visit, *, made: str = "", done: str = "") -> Response:
    with visit.store.reading() as connection:
        found = tokens(connection, visit.actor.sight(Act.MANAGE_ACCOUNTS), visit.actor.account)
        names = names_in_sight(place_tree(connection, visit.sight))
    return visit.page(
        "accounts/tokens.html",
        title=visit.gettext("Tokens"),
        tokens=found,
        names=names,
        offered=[(str(number), name) for number, name in names.items()],
        acts=[act for act in Act if visit.actor.may(act)],
        made=made,
        done=done,
    )
