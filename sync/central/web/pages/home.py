"""The way in, and the language."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from edge.web.cookies import speak
from edge.web.routes import PUBLIC
from edge.web.texts import Language
from edge.web.visit import NotSignedIn
from sync.central.web.routes import Pages
from sync.central.web.visit import VisitOf, paths_of

PAGES = Pages()


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
    return speak(language, back, over_tls=visit.services.settings.is_over_tls)
