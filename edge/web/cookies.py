"""Cookies: a session's secret, and the language that somebody chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from edge.web.security import local_address
from edge.web.texts import Language, language_of

LANGUAGE_COOKIE = "language"
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class SessionCookie:
    """The cookie of a console's sessions. No other site's link sends it along, except where `same_site` is
    lax: where people come back from a directory.
    """

    over_tls: bool
    same_site: Literal["lax", "strict"] = "strict"

    @property
    def name(self) -> str:
        """Over TLS it begins so that no other host, and no page without TLS, can set it."""
        return "__Host-gatepost" if self.over_tls else "gatepost"

    def give(self, response: Response, secret: str) -> None:
        """Have the browser keep a session's secret, until the browser or the session ends."""
        response.set_cookie(
            self.name, secret, httponly=True, samesite=self.same_site, secure=self.over_tls, path="/"
        )

    def take(self, response: Response) -> None:
        """Have the browser forget a session's secret."""
        response.delete_cookie(
            self.name, httponly=True, samesite=self.same_site, secure=self.over_tls, path="/"
        )

    def secret_of(self, request: Request) -> str | None:
        """The secret that a request brings."""
        return request.cookies.get(self.name)


def chosen_language(request: Request, usual: Language, own: str = "") -> Language:
    """The language of a request: the cookie's, else the account's `own`, the browser's, the usual one."""
    accepted = request.headers.get("accept-language", "")
    return language_of(request.cookies.get(LANGUAGE_COOKIE) or own, accepted, usual)


def speak(language: Language, back: str, *, over_tls: bool) -> Response:
    """Another language from now on, on the page where it was chosen."""
    answer = RedirectResponse(local_address(back), 303)
    answer.set_cookie(
        LANGUAGE_COOKIE, language.value, max_age=_A_YEAR, samesite="lax", httponly=True, secure=over_tls
    )
    return answer
