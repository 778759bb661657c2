"""The accounts of one's places: who may sign in, what they may do; made, changed, ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Form, Query
from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.rendering import path
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.accounts import (
    Account,
    account_named,
    accounts,
    create_account,
    end_account,
    give,
    take,
)
from sync.central.accounts.core import Act, Role, RoleGrant, acts_of
from sync.central.accounts.links import LIFETIME, link_by
from sync.central.accounts.sessions import end_all_sessions, sessions_of
from sync.central.places.tree import names_in_sight, place_tree
from sync.central.store import StoreError
from sync.central.web.routes import Pages
from sync.central.web.session_cookie import lifetimes_of
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_MANAGE = Act.MANAGE_ACCOUNTS
_EVERYWHERE = "everywhere"
Name = Annotated[str, Form(max_length=200)]
Where = Annotated[str, Form(max_length=20)]
_DONE = {
    "made": N_("The account is made: hand over its first link"),
    "given": N_("The role is given; the account signs in anew"),
    "taken": N_("The role is taken; every session has ended"),
    "ended": N_("The account has ended"),
    "out": N_("Every session has ended"),
}


@PAGES.get("/accounts", act=_MANAGE)
def list_accounts(visit: VisitOf) -> Response:
    with visit.store.reading() as connection:
        found = accounts(connection, visit.sight)
        names = names_in_sight(place_tree(connection, visit.sight))
    return visit.page(
        "accounts/accounts.html",
        title=visit.gettext("Accounts"),
        accounts=found,
        places=names,
        offered=_offered(visit, names),
        roles=list(Role),
    )


@PAGES.post("/accounts", act=_MANAGE)
def make_account(
    visit: VisitOf,
    name: Name,
    display: Annotated[str, Form(max_length=200)],
    role: Annotated[Role, Form()],
    place: Where,
) -> Response:
    with visit.act() as connection:
        number = create_account(
            connection, visit.actor, name, display, [RoleGrant(role, _place(place))], visit.now
        )
        [made] = [item for item in accounts(connection, visit.sight) if item.number == number]
    return visit.go(f"/accounts/{path(made.name)}?done=made")


@PAGES.get("/accounts/{name}", act=_MANAGE)
def account_page(visit: VisitOf, name: str, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    return _page(visit, name, done=visit.gettext(_DONE[done]) if done in _DONE else "")


@PAGES.post("/accounts/{name}/give", act=_MANAGE)
def give_role(visit: VisitOf, name: str, role: Annotated[Role, Form()], place: Where) -> Response:
    with visit.act() as connection:
        held = _seen(connection, visit, name)
        give(connection, visit.actor, held.number, RoleGrant(role, _place(place)), visit.now)
    return visit.go(f"/accounts/{path(held.name)}?done=given")


@PAGES.post("/accounts/{name}/take", act=_MANAGE)
def take_role(visit: VisitOf, name: str, role: Annotated[Role, Form()], place: Where) -> Response:
    with visit.act() as connection:
        held = _seen(connection, visit, name)
        take(connection, visit.actor, held.number, RoleGrant(role, _place(place)), visit.now)
    # With the last role in sight the account goes out of it.
    with visit.store.reading() as connection:
        is_left = any(item.number == held.number for item in accounts(connection, visit.sight))
    return visit.go(f"/accounts/{path(held.name)}?done=taken" if is_left else "/accounts")


@PAGES.post("/accounts/{name}/link", act=_MANAGE)
def make_link(visit: VisitOf, name: str) -> Response:
    """A one-time link, shown once, here."""
    with visit.act() as connection:
        held = _seen(connection, visit, name)
        link = link_by(connection, visit.actor, held.number, visit.now)
    party = visit.request.app.state.sign_in.party
    origin = visit.services.settings.public_origin if party is None else party.origin
    return _page(visit, name, link=origin + link, until=visit.now + LIFETIME)


@PAGES.post("/accounts/{name}/sign-out", act=_MANAGE)
def sign_out_everywhere(visit: VisitOf, name: str) -> Response:
    with visit.act() as connection:
        held = _seen(connection, visit, name)
        end_all_sessions(connection, visit.actor, held, visit.now)
    return visit.go(f"/accounts/{path(held.name)}?done=out")


@PAGES.post("/accounts/{name}/end", act=_MANAGE)
def end(visit: VisitOf, name: str) -> Response:
    with visit.act() as connection:
        held = _seen(connection, visit, name)
        end_account(connection, visit.actor, held.number, visit.now)
    return visit.go(f"/accounts/{path(held.name)}?done=ended")


# --- inside --------------------------------------------------------------------------------------


def _page(visit: Visit, name: str, *, done: str = "", link: str = "", until: int | None = None) -> Response:
    with visit.store.reading() as connection:
        held = _seen(connection, visit, name)
        sessions = sessions_of(connection, held.number, visit.now, lifetimes_of(visit.services.settings))
        names = names_in_sight(place_tree(connection, visit.sight))
    return visit.page(
        "accounts/one.html",
        title=held.display,
        crumbs=((visit.gettext("Accounts"), "/accounts"), (held.display, None)),
        held=held,
        grants=[grant for grant in held.grants if grant.place is None or grant.place in names],
        sessions=sessions,
        places=names,
        offered=_offered(visit, names),
        roles=list(Role),
        acts={role: sorted(acts_of(role)) for role in Role},
        done=done,
        link=link,
        until=until,
    )


def _seen(connection: Connection, visit: Visit, name: str) -> Account:
    """The account with this name. Raises NotFound where it is out of sight."""
    try:
        held = account_named(connection, name)
    except StoreError:
        raise NotFound from None
    if not any(item.number == held.number for item in accounts(connection, visit.sight)):
        raise NotFound
    return held


def _offered(visit: Visit, names: Mapping[int, str]) -> list[tuple[str, str]]:
    """Where the visitor may give roles: (value, name)."""
    named = [(str(number), name) for number, name in names.items()]
    return [(_EVERYWHERE, visit.gettext("everywhere"))] * visit.sight.everywhere + named


def _place(value: str) -> int | None:
    """The place that a form names. Raises NotFound for what is no number."""
    if value == _EVERYWHERE:
        return None
    if not value.isdecimal():
        raise NotFound
    return int(value)
