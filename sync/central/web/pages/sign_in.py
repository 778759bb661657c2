"""Signing in: by passkey, by password and code, by a one-time link; and signing out."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Body, Form, Query
from starlette.responses import JSONResponse, RedirectResponse, Response

from edge.web.routes import PUBLIC
from edge.web.security import local_address
from edge.web.texts import N_
from sync.central.accounts.directory import Directory
from sync.central.accounts.passkeys import PasskeyRefused
from sync.central.accounts.sessions import end_session
from sync.central.accounts.sign_in import AccountSignIn, SignInRefused, TooManyTries
from sync.central.store import StoreError
from sync.central.web.routes import Pages
from sync.central.web.session_cookie import cookie_of, secret_of, session_of, visitor_of
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_ANSWER = 64 * 1024
"""Bytes of a passkey's answer."""
Next = Annotated[str, Query(alias="next", max_length=2000)]
NextField = Annotated[str, Form(alias="next", max_length=2000)]

_STATE = "directory"
"""The cookie that knows a sign-in by the directory again."""
_WRONG = N_("The name, the password or the code is wrong. Try again with the next code, or take a passkey.")
_TOO_MANY = N_("Too many tries. Wait %(minutes)s min, or take a passkey, or ask an administrator for a link.")


@PAGES.get("/sign-in", act=PUBLIC)
def sign_in(visit: VisitOf, next_: Next = "/") -> Response:
    """The ways in; who is in already goes on."""
    if session_of(visit.request) is not None:
        return visit.go(local_address(next_))
    return _page(visit, next_)


@PAGES.post("/sign-in/password", act=PUBLIC)
def sign_in_by_password(
    visit: VisitOf,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    code: Annotated[str, Form(max_length=20)] = "",
    next_: NextField = "/",
) -> Response:
    try:
        secret = _door(visit).by_password(name, password, code, *_who(visit))
    except TooManyTries as error:
        wrong = visit.gettext(_TOO_MANY, minutes=-(-error.seconds // 60))
        answer = _page(visit, next_, wrong=wrong, name=name, status=429)
        answer.headers["retry-after"] = str(error.seconds)
        return answer
    except SignInRefused:
        return _page(visit, next_, wrong=visit.gettext(_WRONG), name=name, status=422)
    return _welcome(visit, secret, next_)


@PAGES.post("/sign-in/passkey/options", act=PUBLIC, body=1024)
def passkey_options(visit: VisitOf) -> Response:
    """What the browser needs to ask for a passkey."""
    try:
        made = _door(visit).passkey_options(visitor_of(visit.request), visit.now)
    except SignInRefused as error:
        return _not_signed_in(visit, error)
    return Response(made, media_type="application/json")


@PAGES.post("/sign-in/passkey", act=PUBLIC, body=_ANSWER)
def sign_in_by_passkey(
    visit: VisitOf, credential: Annotated[dict[str, Any], Body()], next_: Next = "/"
) -> Response:
    try:
        secret = _door(visit).by_passkey(json.dumps(credential), *_who(visit))
    except (SignInRefused, PasskeyRefused) as error:
        return _not_signed_in(visit, error)
    answer = JSONResponse({"go": local_address(next_)})
    cookie_of(visit.services.settings).give(answer, secret)
    return answer


@PAGES.get("/sign-in/link/{secret}", act=PUBLIC)
def link(visit: VisitOf, secret: str) -> Response:
    """What a one-time link opens: nothing is used up by looking at it, as a mail's reader does."""
    return visit.page("accounts/link.html", title=visit.gettext("Sign in once"), secret=secret[:200])


@PAGES.post("/sign-in/link/{secret}", act=PUBLIC)
def sign_in_by_link(visit: VisitOf, secret: str) -> Response:
    try:
        made = _door(visit).by_link(secret, *_who(visit))
    except StoreError as error:
        wrong = visit.gettext(
            N_("This link was used already, or is older than 15 minutes. Ask for a new one.")
        )
        if isinstance(error, TooManyTries):
            wrong = visit.gettext(_TOO_MANY, minutes=-(-error.seconds // 60))
        return _page(visit, "/", wrong=wrong, status=422)
    return _welcome(visit, made, "/account")


@PAGES.get("/sign-in/directory", act=PUBLIC)
def to_directory(visit: VisitOf, next_: Next = "/") -> Response:
    """To the directory, which sends the person back."""
    directory = _directory(visit)
    if directory is None:
        return visit.go("/sign-in")
    if wait := _door(visit).rates.seconds_until_other(visitor_of(visit.request).address):
        return _directory_refused(visit, TooManyTries(wait))
    try:
        begun = directory.begin(local_address(next_), visit.now)
    except SignInRefused as error:
        return _directory_refused(visit, error)
    answer = visit.go(begun.address)
    over_tls = visit.services.settings.is_over_tls
    # Lax: the browser comes back from another site.
    answer.set_cookie(
        _STATE, begun.state, max_age=300, httponly=True, samesite="lax", secure=over_tls, path="/sign-in"
    )
    return answer


@PAGES.get("/sign-in/directory/return", act=PUBLIC)
def from_directory(visit: VisitOf) -> Response:
    """Where the directory sends a person back to."""
    directory = _directory(visit)
    if directory is None:
        return visit.go("/sign-in")
    answer = {name: value[:4000] for name, value in visit.request.query_params.items()}
    state = visit.request.cookies.get(_STATE, "")
    try:
        secret, next_ = directory.finish(answer, state, *_who(visit))
    except SignInRefused as error:
        return _directory_refused(visit, error)
    return _welcome(visit, secret, next_)


@PAGES.post("/sign-out", act=PUBLIC)
def sign_out(visit: VisitOf) -> Response:
    """End the session of this browser."""
    found = session_of(visit.request)
    if found is not None:
        with visit.act() as connection:
            held = found.account
            end_session(connection, held.actor(), held, found.session.number, visit.now)
    answer = RedirectResponse("/sign-in", 303)
    cookie_of(visit.services.settings).take(answer)
    return answer


# --- inside --------------------------------------------------------------------------------------


def _door(visit: Visit) -> AccountSignIn:
    door: AccountSignIn = visit.request.app.state.sign_in
    return door


def _who(visit: Visit) -> tuple[Any, int, str | None]:
    """Where the request comes from, when, and the session that the browser had."""
    return visitor_of(visit.request), visit.now, secret_of(visit.request)


def _directory(visit: Visit) -> Directory | None:
    """The directory that vouches for people, if there is one."""
    found: Directory | None = visit.request.app.state.directory
    return found


def _directory_refused(visit: Visit, error: SignInRefused) -> Response:
    said = visit.said(error)
    what = said.what
    if said.remedy:
        what = visit.gettext("%(what)s (%(remedy)s)", what=what, remedy=said.remedy)
    wrong = visit.gettext(N_("The directory did not sign you in: %(what)s."), what=what)
    return _page(visit, "/", wrong=wrong, status=422)


def _page(visit: Visit, next_: str, *, wrong: str = "", name: str = "", status: int = 200) -> Response:
    party = _door(visit).party
    # A cookie that no other site's link sends along: the page asks for itself once more, from here.
    again = visit.request.headers.get("sec-fetch-site") == "cross-site" and visit.request.method == "GET"
    return visit.page(
        "accounts/sign_in.html",
        title=visit.gettext("Sign in"),
        status=status,
        next=local_address(next_),
        wrong=wrong,
        name=name,
        party=party,
        here=visit.request.url.hostname,
        again=again,
        directory=visit.request.app.state.directory,
    )


def _welcome(visit: Visit, secret: str, next_: str) -> Response:
    answer = RedirectResponse(local_address(next_), 303)
    cookie_of(visit.services.settings).give(answer, secret)
    return answer


def _not_signed_in(visit: Visit, error: StoreError) -> Response:
    status = 429 if isinstance(error, TooManyTries) else 422
    return JSONResponse({"said": visit.said(error).sentences}, status)
