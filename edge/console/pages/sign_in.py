"""Signing in, by PIN or passkey, and out."""

from __future__ import annotations

import math
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from edge.console.errors import OWN_PIN, WAIT
from edge.console.refusal import Refusal
from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf
from edge.staff.core import Right
from edge.staff.protocol import RefusedWhy
from edge.staff.protocol.sessions import Alive, Ping, SignedIn, SignIn, SignOut
from edge.web.routes import PUBLIC
from edge.web.security import local_address

PAGES = ConsolePages()
_KNOWN_COOKIE = "known"
_MOST_KNOWN = 8
_A_YEAR = 365 * 24 * 3600


@PAGES.get("/sign-in", right=PUBLIC)
def sign_in_page(
    visit: VisitOf, next_: Annotated[str, Query(alias="next", max_length=500)] = "/"
) -> Response:
    return _page(visit, next_)


@PAGES.post("/sign-in", right=PUBLIC, body=4096)
def sign_in(
    visit: VisitOf,
    pin: Annotated[str, Form(max_length=64)] = "",
    staff: Annotated[str, Form(max_length=64)] = "",
    known: Annotated[str, Form(max_length=64)] = "",
    next_: Annotated[str, Form(alias="next", max_length=500)] = "/",
) -> Response:
    """Sign in whom the list or the field names."""
    named = staff.strip() or known.strip()
    try:
        signed_in = visit.ask(SignIn(named, pin), SignedIn)
    except Refusal as error:
        return _page(visit, next_, refused=error, named=named)
    answer = RedirectResponse(first_page(signed_in, next_), 303)
    let_in(visit, answer, signed_in)
    return answer


@PAGES.post("/sign-out", right=PUBLIC, body=1024)
def sign_out(visit: VisitOf) -> Response:
    """End the session. Where the gate does not answer, the error's page has this browser forget it."""
    answer = visit.go("/sign-in")
    visit.cookie.take(answer)
    try:
        visit.ask(SignOut())
    except Refusal as error:
        if error.why is not RefusedWhy.NOT_SIGNED_IN:
            raise
    return answer


# --- inside --------------------------------------------------------------------------------------


def first_page(signed_in: SignedIn, next_: str) -> str:
    """Where somebody goes who has signed in: to choose their PIN, to their shift, or where they wanted to."""
    who = signed_in.who
    if who.must_change:
        return OWN_PIN
    wanted = local_address(next_)
    minds = who.shift is not None and who.shift.staff == who.staff
    return wanted if minds or Right.LET_IN not in who.rights else f"/shift?next={quote(wanted, safe='')}"


def let_in(visit: ConsoleVisit, answer: Response, signed_in: SignedIn) -> None:
    """Have the browser keep the session, and who has signed in here: their names are offered again."""
    visit.cookie.give(answer, signed_in.session)
    known = {signed_in.who.staff: signed_in.who.name, **_known(visit)}
    kept = [f"{quote(staff)}={quote(name)}" for staff, name in list(known.items())[:_MOST_KNOWN]]
    over_tls = visit.services.settings.is_over_tls
    answer.set_cookie(
        _KNOWN_COOKIE, "&".join(kept), max_age=_A_YEAR, httponly=True, samesite="strict", secure=over_tls
    )


def _known(visit: ConsoleVisit) -> dict[str, str]:
    """Who has signed in in this browser: their names by their ids. It is only what it says of itself."""
    told = visit.request.cookies.get(_KNOWN_COOKIE, "")[:2000]
    pairs = (part.partition("=") for part in told.split("&")[:_MOST_KNOWN])
    return {unquote(staff)[:64]: unquote(name)[:60] for staff, _, name in pairs if staff and name}


def _page(visit: ConsoleVisit, next_: str, *, refused: Refusal | None = None, named: str = "") -> Response:
    try:
        alive: Alive | None = visit.ask(Ping(), Alive)
    except Refusal as error:
        alive, refused = None, refused or error
    return visit.page(
        "staff/sign_in.html",
        title=visit.gettext("Sign in"),
        status=200 if refused is None else 503 if alive is None else 401,
        next=local_address(next_),
        is_back=next_ != "/",
        known=_known(visit),
        named=named,
        alive=alive,
        said=() if refused is None else words_of(visit, refused),
    )


def words_of(visit: ConsoleVisit, error: Refusal) -> tuple[str, ...]:
    """What a refusal says, and until when to wait."""
    answer = error.answer
    wait = (visit.gettext(WAIT, seconds=math.ceil(answer.wait)),) if answer.wait else ()
    return (visit.gettext(answer.text), *wait, visit.gettext(answer.remedy))
