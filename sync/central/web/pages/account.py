"""One's own account: passkeys, password and second factor, sessions, language and keys."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Body, Form, Query
from starlette.responses import JSONResponse, Response

from edge.web.qr_code import qr_code
from edge.web.routes import PUBLIC
from edge.web.texts import N_, Language
from edge.web.visit import NotSignedIn
from sync.central.accounts.accounts import set_preferences
from sync.central.accounts.passkeys import (
    PasskeyRefused,
    enrol_passkey,
    enrolment_options,
    passkeys_of,
    remove_passkey,
)
from sync.central.accounts.passwords import (
    checked_password,
    new_second_factor,
    provisioning_uri,
    remove_password,
    set_password,
)
from sync.central.accounts.sessions import SignedInAccount, end_all_sessions, end_session, sessions_of
from sync.central.accounts.sign_in import AccountSignIn
from sync.central.web.routes import Pages
from sync.central.web.session_cookie import cookie_of, lifetimes_of, session_of
from sync.central.web.visit import Visit, VisitOf

# Everybody has an account, whatever they may do: these routes ask for a session themselves.
PAGES = Pages()
_DONE = {
    "passkey": N_("The passkey is enrolled"),
    "password": N_("Password and second factor are set"),
    "removed": N_("It is removed"),
    "saved": N_("It is saved"),
    "ended": N_("The session has ended"),
}


@PAGES.get("/account", act=PUBLIC)
def account(visit: VisitOf, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    own = _own(visit)
    with visit.store.reading() as connection:
        sessions = sessions_of(
            connection, own.account.number, visit.now, lifetimes_of(visit.services.settings)
        )
        passkeys = passkeys_of(connection, own.account.number)
    party = _door(visit).party
    return visit.page(
        "accounts/account.html",
        title=visit.gettext("My account"),
        own=own,
        sessions=sessions,
        passkeys=passkeys,
        party=party,
        here=visit.request.url.hostname,
        done=visit.gettext(_DONE[done]) if done in _DONE else "",
    )


@PAGES.post("/account/preferences", act=PUBLIC)
def preferences(
    visit: VisitOf,
    language: Annotated[Language | None, Form()] = None,
    single_keys: Annotated[bool, Form()] = False,
) -> Response:
    own = _own(visit)
    chosen = "" if language is None else language.value
    with visit.act() as connection:
        set_preferences(connection, own.account.number, language=chosen, single_keys=single_keys)
    return visit.go("/account?done=saved")


# --- sessions ------------------------------------------------------------------------------------


@PAGES.post("/account/sessions/end", act=PUBLIC)
def end_one(visit: VisitOf, number: Annotated[int, Form()]) -> Response:
    own = _own(visit)
    with visit.act() as connection:
        end_session(connection, own.account.actor(), own.account, number, visit.now)
    return visit.go("/account?done=ended")


@PAGES.post("/account/sessions/end-all", act=PUBLIC)
def end_all(visit: VisitOf) -> Response:
    """End every session, this one too."""
    own = _own(visit)
    with visit.act() as connection:
        end_all_sessions(connection, own.account.actor(), own.account, visit.now)
    answer = visit.go("/sign-in")
    cookie_of(visit.services.settings).take(answer)
    return answer


# --- passkeys ------------------------------------------------------------------------------------


@PAGES.post("/account/passkeys/options", act=PUBLIC, body=1024)
def options(visit: VisitOf) -> Response:
    own, party = _own(visit), _door(visit).party
    if party is None:
        return JSONResponse({"said": visit.gettext("Passkeys need a name: set [console] origin.")}, 422)
    with visit.act() as connection:
        made = enrolment_options(connection, own.account, party, visit.now)
    return Response(made, media_type="application/json")


@PAGES.post("/account/passkeys", act=PUBLIC, body=64 * 1024)
def enrol(
    visit: VisitOf,
    credential: Annotated[dict[str, Any], Body()],
    label: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    own, party = _own(visit), _door(visit).party
    if party is None:
        return JSONResponse({"said": visit.gettext("Passkeys need a name: set [console] origin.")}, 422)
    try:
        with visit.store.writing() as connection:
            actor = own.account.actor()
            enrol_passkey(connection, actor, own.account, party, json.dumps(credential), label, visit.now)
    except PasskeyRefused as error:
        return JSONResponse({"said": visit.said(error).sentences}, 422)
    return JSONResponse({"done": True})


@PAGES.post("/account/passkeys/remove", act=PUBLIC)
def remove(visit: VisitOf, passkey: Annotated[str, Form(max_length=2000)]) -> Response:
    own = _own(visit)
    with visit.act() as connection:
        remove_passkey(connection, own.account.actor(), own.account, passkey, visit.now)
    return visit.go("/account?done=removed")


# --- password and second factor ------------------------------------------------------------------


@PAGES.get("/account/password", act=PUBLIC)
def password_page(visit: VisitOf) -> Response:
    """A new secret for the authenticator's app, and the fields for a password; nothing is set yet."""
    own = _own(visit)
    with visit.act() as connection:
        secret, word = new_second_factor(connection, own.account, visit.now)
    return visit.page(
        "accounts/password.html",
        title=visit.gettext("Password and second factor"),
        crumbs=((visit.gettext("My account"), "/account"),),
        secret=secret,
        word=word,
        picture=qr_code(provisioning_uri(own.account, secret)),
    )


@PAGES.post("/account/password", act=PUBLIC)
def set_both(
    visit: VisitOf,
    word: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
    again: Annotated[str, Form(max_length=1000)],
    code: Annotated[str, Form(max_length=20)],
) -> Response:
    own = _own(visit)
    # Before the transaction: it takes time on purpose, and waits for its turn.
    hashed = _door(visit).passwords.hash(checked_password(password, again, own.account))
    with visit.act() as connection:
        set_password(connection, own.account.actor(), own.account, hashed, word, code, visit.now)
    return visit.go("/account?done=password")


@PAGES.post("/account/password/remove", act=PUBLIC)
def remove_both(visit: VisitOf) -> Response:
    own = _own(visit)
    with visit.act() as connection:
        remove_password(connection, own.account.actor(), own.account, visit.now)
    return visit.go("/account?done=removed")


# --- inside --------------------------------------------------------------------------------------


def _own(visit: Visit) -> SignedInAccount:
    """Whose account it is. Raises NotSignedIn."""
    found = session_of(visit.request)
    if found is None:
        raise NotSignedIn
    return found


def _door(visit: Visit) -> AccountSignIn:
    door: AccountSignIn = visit.request.app.state.sign_in
    return door
