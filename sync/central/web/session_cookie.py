"""The session's cookie: who comes by it, how it is given and taken."""

from __future__ import annotations

from fastapi import Request

from edge.web.cookies import SessionCookie
from sync.central.accounts.core import USUAL, Lifetimes
from sync.central.accounts.sessions import SignedInAccount, Visitor, signed_in
from sync.central.configuration import CentralConsoleSection
from sync.central.units import HOUR
from sync.central.web.services import Services
from sync.central.web.visit import PASSIVE, RequestIdentity


def cookie_of(settings: CentralConsoleSection) -> SessionCookie:
    """The cookie of the console's sessions. A directory's link sends it along, where people sign in there."""
    return SessionCookie(settings.is_over_tls, "strict" if settings.directory is None else "lax")


def secret_of(request: Request) -> str | None:
    """The secret that a request's cookie has."""
    services: Services = request.app.state.services
    return cookie_of(services.settings).secret_of(request)


def visitor_of(request: Request) -> Visitor:
    """Where a request comes from: the browser's name, the address."""
    address = "" if request.client is None else request.client.host
    return Visitor(request.headers.get("user-agent", ""), address)


def lifetimes_of(settings: CentralConsoleSection) -> Lifetimes:
    """How long sessions live by the settings."""
    whole = round(settings.session_hours * HOUR)
    return Lifetimes(whole, min(whole, USUAL.idle))


def session_of(request: Request) -> SignedInAccount | None:
    """Who comes with the request's cookie, and by which session. Raises StoreError."""
    services: Services = request.app.state.services
    secret = secret_of(request)
    if not secret:
        return None
    lifetimes = lifetimes_of(services.settings)
    # A live page that nobody touches is not a use: else one that is left open would never end.
    uses = not request.scope.get(PASSIVE, False)
    return signed_in(services.store, secret, visitor_of(request), services.wall(), lifetimes, is_use=uses)


def who_by_cookie(request: Request) -> RequestIdentity | None:
    """Who is signed in in this browser, with what they chose for themselves. Raises StoreError."""
    found = session_of(request)
    if found is None:
        return None
    held = found.account
    return RequestIdentity(held.actor(), held.language, single_keys=held.single_keys)
