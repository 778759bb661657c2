"""The way in, and the language."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from edge.console.routes import ConsolePages
from edge.console.visit import VisitOf, rights_of_pages, who_comes
from edge.web.cookies import speak
from edge.web.routes import PUBLIC
from edge.web.texts import Language

PAGES = ConsolePages()


@PAGES.get("/", right=PUBLIC)
def home(visit: VisitOf) -> Response:
    who_comes(visit)
    return visit.go("/now" if "/now" in rights_of_pages(visit.request) else "/gate")


@PAGES.post("/language", right=PUBLIC)
def choose_language(
    visit: VisitOf, language: Annotated[Language, Form()], back: Annotated[str, Form(max_length=500)] = "/"
) -> Response:
    """Speak another language from now on, on the page where it was chosen."""
    return speak(language, back, over_tls=visit.services.settings.is_over_tls)
