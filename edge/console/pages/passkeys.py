"""Passkeys: signing in by one, and adding one to the own account."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any

from fastapi import Body, Query
from starlette.responses import JSONResponse, Response

from edge.console.pages.sign_in import first_page, let_in, words_of
from edge.console.refusal import Refusal
from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf
from edge.staff.core import Right
from edge.staff.protocol.sessions import (
    AddPasskey,
    AskPasskey,
    OfferPasskey,
    PasskeyAsked,
    SignedIn,
    SignInByPasskey,
)
from edge.support.decoding import Undecodable, json_of
from edge.web.routes import PUBLIC

PAGES = ConsolePages()
CREDENTIAL = 32 * 1024
"""Bytes of a passkey's answer."""


@PAGES.post("/sign-in/passkey/options", right=PUBLIC, body=1024)
def passkey_options(visit: VisitOf) -> Response:
    try:
        asked = visit.ask(AskPasskey(), PasskeyAsked)
    except Refusal as error:
        return _said(visit, error)
    return Response(asked.options, media_type="application/json")


@PAGES.post("/sign-in/passkey", right=PUBLIC, body=CREDENTIAL)
def sign_in_by_passkey(
    visit: VisitOf,
    credential: Annotated[dict[str, Any], Body()],
    next_: Annotated[str, Query(alias="next", max_length=500)] = "/",
) -> Response:
    try:
        asked = SignInByPasskey(challenge_of(credential), json.dumps(credential))
        signed_in = visit.ask(asked, SignedIn)
    except Refusal as error:
        return _said(visit, error)
    answer = JSONResponse({"go": first_page(signed_in, next_)})
    let_in(visit, answer, signed_in)
    return answer


@PAGES.post("/own/passkeys/options", right=Right.OWN, body=1024)
def offer_passkey(visit: VisitOf) -> Response:
    try:
        asked = visit.ask(OfferPasskey(), PasskeyAsked)
    except Refusal as error:
        return _said(visit, error)
    return Response(asked.options, media_type="application/json")


@PAGES.post("/own/passkeys", right=Right.OWN, body=CREDENTIAL)
def add_passkey(visit: VisitOf, credential: Annotated[dict[str, Any], Body()]) -> Response:
    try:
        visit.ask(AddPasskey(challenge_of(credential), json.dumps(credential)))
    except Refusal as error:
        return _said(visit, error)
    return JSONResponse({"go": "/own?done=passkey"})


def challenge_of(credential: dict[str, Any]) -> str:
    """The challenge that a passkey's answer says it answers; "" where it says none."""
    response = credential.get("response")
    told = response.get("clientDataJSON", "") if isinstance(response, dict) else ""
    try:
        said = json_of(base64.urlsafe_b64decode(str(told) + "==="), object)
    except (ValueError, binascii.Error, Undecodable):
        return ""
    challenge = said.get("challenge", "") if isinstance(said, dict) else ""
    return challenge[:128] if isinstance(challenge, str) else ""


def _said(visit: ConsoleVisit, error: Refusal) -> Response:
    return JSONResponse({"said": " ".join(words_of(visit, error))}, 422)
