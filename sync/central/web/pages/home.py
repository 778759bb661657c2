"""The way in, and the language."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sync.central.web.routes import PUBLIC, Pages
from sync.central.web.texts import Language
from sync.central.web.visit import LANGUAGE_COOKIE, NotSignedIn, VisitOf, paths_of

PAGES = Pages()
_A_YEAR = 365 * 24 * 3600


@PAGES.get("/", act=PUBLIC)
def home(visit: VisitOf) -> Response:
    if visit.actor.account is None and not visit.actor.grants:
        raise NotSignedIn
    if "/overview" in paths_of(visit.request):
        return visit.go("/overview")
    return visit.page("home.html", title=visit.gettext("Overview"))


@PAGES.post("/language", act=PUBLIC)
def choose_language(
    visit: VisitOf, language: Annotated[Language, Form()], back: Annotated[str, Form()] = "/"
) -> Response:
    """Speak another language from now on, on the page where it was chosen."""
    answer = RedirectResponse(local_address(back), 303)
    over_tls = visit.services.settings.is_over_tls
    answer.set_cookie(
        LANGUAGE_COOKIE, language.value, max_age=_A_YEAR, samesite="lax", httponly=True, secure=over_tls
    )
    return answer


def local_address(address: str) -> str:
    """An address of this console; anything else is the way in, so that no link leads elsewhere."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_local else "/"
