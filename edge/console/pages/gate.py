"""The tab Gate: what this gate is and how it is, its last events, the shift, and what else lies here."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from edge.console.routes import ConsolePages
from edge.console.showing_gate import GateShown
from edge.console.visit import ConsoleVisit, VisitOf, rights_of_pages
from edge.staff.core import Right
from edge.staff.protocol.gate import GateView
from edge.staff.protocol.sessions import Alive, Ping
from edge.staff.protocol.watching import Topic, Watch, Watched
from edge.support.decoding import msgpack_decoder
from edge.web.qr_code import qr_code
from edge.web.texts import N_

PAGES = ConsolePages()
_LINKS = (
    ("/staff", N_("Staff")),
    ("/faults", N_("Report a fault")),
    ("/help", N_("What to do")),
    ("/installer", N_("Installer's page")),
)
_read = msgpack_decoder(GateView)


@PAGES.get("/gate", right=Right.SEE_NOW)
def gate(visit: VisitOf) -> Response:
    pages, certificate = rights_of_pages(visit.request), visit.services.certificate
    rights = frozenset(() if visit.who is None else visit.who.rights)
    published = visit.ask(Watch((Topic.GATE,), most_wait=0.0), Watched).changed.get(Topic.GATE)
    return visit.page(
        "staff/gate.html",
        title=visit.gettext("Gate"),
        tab="/gate",
        alive=visit.ask(Ping(), Alive),
        shown=None if published is None else _shown(visit, published),
        links=[(path, words) for path, words in _LINKS if pages.get(path) in rights],
        certificate=certificate,
        picture="" if certificate is None else qr_code(f"SHA256 {certificate.fingerprint}"),
    )


@PAGES.live(Topic.GATE, right=Right.SEE_NOW)
def live(visit: ConsoleVisit, value: msgspec.Raw) -> str:
    """The lane and the log of an open page."""
    return visit.text_of("staff/gate_live.html", "live", _shown(visit, value))


def _shown(visit: ConsoleVisit, value: msgspec.Raw) -> GateShown:
    return GateShown(_read(bytes(value)), visit.gettext, visit.language)
