"""Whether the process works, for whatever watches over it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from starlette.responses import JSONResponse, Response

from edge.web.routes import PUBLIC
from sync.central.accesses.tables import access
from sync.central.store import StoreError
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()


@PAGES.get("/health", act=PUBLIC)
def health(visit: VisitOf) -> Response:
    """How the parts are, the database, and when the newest access was stored: 503 where something vital
    does not work. It says nothing of anybody, and no secret: anyone may ask.
    """
    parts = visit.services.parts()
    database, newest = _database(visit)
    works = database == "works" and all(part.works for part in parts.values() if part.vital)
    said: dict[str, Any] = {
        "works": works,
        "database": database,
        "newest_ingest": newest,
        "parts": {name: {"works": part.works, "words": part.words} for name, part in parts.items()},
    }
    return JSONResponse(said, 200 if works else 503)


def _database(visit: Visit) -> tuple[str, int | None]:
    """How the database is, and when it last stored an access (microseconds since 1970 UTC)."""
    query = sa.select(access.c.received_at).order_by(access.c.number.desc()).limit(1)
    try:
        with visit.store.reading() as connection:
            newest: int | None = connection.execute(query).scalar()
    except StoreError:
        return "does not answer", None
    return "works", newest
