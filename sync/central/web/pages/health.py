"""Whether the process works, for whatever watches over it."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from edge.web.routes import PUBLIC
from sync.central.accesses.accesses import newest_access
from sync.central.store import Store, StoreError
from sync.central.web.routes import Pages
from sync.central.web.services import DatabaseSeen, Services

PAGES = Pages()


@PAGES.get("/health", act=PUBLIC)
async def health(request: Request) -> Response:
    """How the parts are, the database, and when the newest access was stored: 503 where something vital
    does not work. It says nothing of anybody, and no secret: anyone may ask.

    It takes no thread and no connection where somebody watches the database: pages may hold them all.
    """
    services: Services = request.app.state.services
    parts = services.parts()
    seen = services.database()
    if seen is None:
        seen = await run_in_threadpool(_seen, services.store)
    works = seen.answers and all(part.works for part in parts.values() if part.vital)
    said: dict[str, Any] = {
        "works": works,
        "database": "works" if seen.answers else "does not answer",
        "newest_ingest": seen.newest,
        "parts": {name: {"works": part.works, "words": part.words} for name, part in parts.items()},
    }
    return JSONResponse(said, 200 if works else 503)


def _seen(store: Store) -> DatabaseSeen:
    try:
        with store.reading() as connection:
            return DatabaseSeen(answers=True, newest=newest_access(connection))
    except StoreError:
        return DatabaseSeen(answers=False, newest=None)
