"""The tab Gate: what this gate is and how it is, the shift, and what else lies here."""

from __future__ import annotations

from starlette.responses import Response

from edge.console.routes import Pages
from edge.console.visit import VisitOf, rights_of_pages
from edge.staff.core.roles import Right
from edge.staff.protocol.sessions import Alive, Ping
from edge.web.qr_code import qr_code
from edge.web.texts import N_

PAGES = Pages()
_LINKS = (
    ("/staff", N_("Staff")),
    ("/faults", N_("Report a fault")),
    ("/help", N_("What to do")),
    ("/installer", N_("Installer's page")),
)


@PAGES.get("/gate", right=Right.SEE_NOW)
def gate(visit: VisitOf) -> Response:
    pages, certificate = rights_of_pages(visit.request), visit.services.certificate
    rights = frozenset(() if visit.who is None else visit.who.rights)
    return visit.page(
        "staff/gate.html",
        title=visit.gettext("Gate"),
        tab="/gate",
        alive=visit.ask(Ping(), Alive),
        links=[(path, words) for path, words in _LINKS if pages.get(path) in rights],
        certificate=certificate,
        picture="" if certificate is None else qr_code(f"SHA256 {certificate.fingerprint}"),
    )
