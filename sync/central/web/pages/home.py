"""The way in, the language, and whether the console works."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Form
from starlette.responses import JSONResponse, RedirectResponse, Response

from sync.central.store import StoreError
from sync.central.tables import event
from sync.central.web.routes import PUBLIC, Pages
from sync.central.web.texts import Language
from sync.central.web.visit import LANGUAGE_COOKIE, NotSignedIn, Visit, VisitOf, paths_of

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


@PAGES.get("/health", act=PUBLIC)
def health(visit: VisitOf) -> Response:
    """Whether the parts of this process work, for a supervisor: 503 where one does not."""
    parts = {
        name: {"works": part.works, "words": part.words} for name, part in visit.services.parts().items()
    }
    database, newest = _database(visit)
    works = database == "works" and all(part["works"] for part in parts.values())
    said: dict[str, Any] = {"works": works, "database": database, "newest_ingest": newest, "parts": parts}
    return JSONResponse(said, 200 if works else 503)


def local_address(address: str) -> str:
    """An address of this console; anything else is the way in, so that no link leads elsewhere."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_local else "/"


def _database(visit: Visit) -> tuple[str, int | None]:
    """How the database is, and when it last stored an event."""
    try:
        with visit.store.reading() as connection:
            newest: int | None = connection.execute(sa.select(sa.func.max(event.c.received_at))).scalar()
    except StoreError:
        return "does not answer", None
    return "works", newest
