"""What became of a person who was erased: from where, what remains, and which gates hold nothing of them."""

from __future__ import annotations

from starlette.responses import Response

from edge.support.phrases import phrase
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.people.core import signed
from sync.central.people.erasures import Erasure, erasures_of
from sync.central.registry.erasure import erasure_receipt
from sync.central.server import commit_point
from sync.central.store import StoreError
from sync.central.web.pages.people import address_of
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_PATIENCE = 5.0
"""Seconds that somebody waits for a page."""


@PAGES.get("/people/{site}/{id}/erasure", act=Act.SEE_PERSON)
def erasure(visit: VisitOf, site: str, id: str) -> Response:  # noqa: A002
    found = _newest(visit, site, id)
    with visit.store.reading() as connection:
        receipt = erasure_receipt(connection, found, visit.now, visit.services.receipt_bound)
    return visit.page(
        "people/erasure.html",
        title=visit.gettext("Erasure %(reference)s", reference=found.reference),
        crumbs=((visit.gettext("People"), "/people"), (found.reference, None)),
        erasure=found,
        names=visit.site_names([site]),
        receipt=receipt,
        here=address_of(site, id),
        can_sign=visit.services.key is not None,
    )


@PAGES.get("/people/{site}/{id}/erasure/receipt", act=Act.SEE_PERSON)
def download(visit: VisitOf, site: str, id: str) -> Response:  # noqa: A002
    """The receipt, signed by the centre: `gatepost central subject receipt verify` reads it."""
    found = _newest(visit, site, id)
    key = visit.services.key
    if key is None:
        raise StoreError(
            phrase("this process has no key that could sign a receipt"), remedy=phrase("[central] key")
        )
    with visit.store.reading() as connection:
        receipt = erasure_receipt(connection, found, visit.now, visit.services.receipt_bound)
        run = commit_point(connection).run
    # A standby that takes over without it would have the person again.
    visit.store.confirm(_PATIENCE, run)
    data = signed(receipt, key)
    headers = {"content-disposition": f'attachment; filename="erasure-{found.reference}.receipt"'}
    return Response(data, media_type="application/cose", headers=headers)


def _newest(visit: Visit, site: str, identity: str) -> Erasure:
    visit.see_site(site)
    with visit.store.reading() as connection:
        found = erasures_of(connection, site, identity)
    if not found:
        raise NotFound
    return found[0]
