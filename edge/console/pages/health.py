"""Whether gate and console live, for whatever watches over them."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from edge.console.refusal import Refusal
from edge.console.routes import ConsolePages
from edge.console.visit import VisitOf
from edge.staff.protocol.sessions import Alive, Ping
from edge.web.routes import PUBLIC

PAGES = ConsolePages()


@PAGES.get("/health", right=PUBLIC)
def health(visit: VisitOf) -> Response:
    """Whether the console answers, the gate, and its lane is stepped: 503 where one does not. It says nothing
    of anybody: anyone may ask.
    """
    try:
        alive = visit.ask(Ping(), Alive)
    except Refusal:
        return JSONResponse({"console": True, "gate": False, "lane": False}, 503)
    return JSONResponse({"console": True, "gate": True, "lane": alive.lane}, 200 if alive.lane else 503)
