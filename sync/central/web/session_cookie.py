"""The session's cookie: who comes by it, how it is given and taken."""

from __future__ import annotations

from typing import Literal

from fastapi import Request
from starlette.responses import Response

from sync.central.accounts.core.sessions import USUAL, Lifetimes
from sync.central.accounts.sessions import SignedIn, Visitor, signed_in
from sync.central.configuration import ConsoleSection
from sync.central.units import HOUR
from sync.central.web.services import Services
from sync.central.web.visit import PASSIVE, Identity


def cookie_name(settings: ConsoleSection) -> str:
    """The cookie's name. Over TLS it begins so that no other host, and no page without TLS, can set it."""
    return "__Host-gatepost" if settings.is_over_tls else "gatepost"


def _same_site(settings: ConsoleSection) -> Literal["lax", "strict"]:
    """No other site's link sends the cookie along, except where people come back from a directory."""
    return "strict" if settings.directory is None else "lax"


def give_session(response: Response, secret: str, settings: ConsoleSection) -> None:
    """Have the browser keep a session's secret, until the browser or the session ends."""
    response.set_cookie(
        cookie_name(settings),
        secret,
        httponly=True,
        samesite=_same_site(settings),
        secure=settings.is_over_tls,
        path="/",
    )


def take_session(response: Response, settings: ConsoleSection) -> None:
    """Have the browser forget a session's secret."""
    response.delete_cookie(
        cookie_name(settings),
        httponly=True,
        samesite=_same_site(settings),
        secure=settings.is_over_tls,
        path="/",
    )


def secret_of(request: Request) -> str | None:
    """The secret that a request's cookie has."""
    services: Services = request.app.state.services
    return request.cookies.get(cookie_name(services.settings))


def visitor_of(request: Request) -> Visitor:
    """Where a request comes from: the browser's name, the address."""
    address = "" if request.client is None else request.client.host
    return Visitor(request.headers.get("user-agent", ""), address)


def lifetimes_of(settings: ConsoleSection) -> Lifetimes:
    """How long sessions live by the settings."""
    whole = round(settings.session_hours * HOUR)
    return Lifetimes(whole, min(whole, USUAL.idle))


def session_of(request: Request) -> SignedIn | None:
    """Who comes with the request's cookie, and by which session. Raises StoreError."""
    services: Services = request.app.state.services
    secret = secret_of(request)
    if not secret:
        return None
    lifetimes = lifetimes_of(services.settings)
    # A live page that nobody touches is not a use: else one that is left open would never end.
    uses = not request.scope.get(PASSIVE, False)
    return signed_in(services.store, secret, visitor_of(request), services.wall(), lifetimes, is_use=uses)


def who_by_cookie(request: Request) -> Identity | None:
    """Who is signed in in this browser, with what they chose for themselves. Raises StoreError."""
    found = session_of(request)
    if found is None:
        return None
    held = found.account
    return Identity(held.actor(), held.language, single_keys=held.single_keys)
