"""The address codes of sites: how many each has, a list of one, and imports."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

from fastapi import File, Form, UploadFile
from starlette.responses import Response

from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, note
from sync.central.places.addresses import address_counts, addresses, apply_import, plan_import, read_addresses
from sync.central.places.core import AddressKind
from sync.central.places.tree import place_tree
from sync.central.web.paging import cursor_of, key_of
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
MOST_BYTES = 16 * 1024 * 1024
_ROWS = 100
_PROBLEMS = 100
KIND_NAMES = {
    AddressKind.BUILDING: N_("Building"),
    AddressKind.UNIT: N_("Unit"),
    AddressKind.ROOM: N_("Room"),
}


@PAGES.get("/addresses", act=Act.SEE)
def listed(visit: VisitOf, site: str = "", within: str = "", after: str = "") -> Response:
    """The sites in sight with how many codes they have; or the codes of one."""
    if site:
        return _of_site(visit, site, within.strip()[:40], key_of(after, str) or "")
    with visit.store.reading() as connection:
        counts = address_counts(connection, visit.sight)
        nodes = [node for node in place_tree(connection, visit.sight) if node.site]
    return visit.page(
        "addresses/sites.html",
        title=visit.gettext("Addresses"),
        nodes=nodes,
        counts=counts,
        kinds=KIND_NAMES,
    )


@PAGES.post("/addresses/import", act=Act.IMPORT, body=MOST_BYTES)
def imported(
    visit: VisitOf,
    site: Annotated[str, Form()],
    table: Annotated[UploadFile, File()],
    how: Annotated[str, Form()] = "try",
) -> Response:
    """Say what an import would do, or do it: all lines, or those that are right."""
    visit.see_site(site)
    with _as_file(table) as file:
        read = read_addresses(file)
    if how == "try":
        with visit.store.reading() as connection:
            wanted, taken = plan_import(connection, site, read), None
    else:
        with visit.act() as connection:
            wanted = plan_import(connection, site, read)
            taken = apply_import(connection, wanted, without_wrong=how == "right")
            about = About("site", site, site)
            note(connection, visit.actor, "import_addresses", about, visit.now, detail={"codes": taken})
    return visit.page(
        "addresses/imported.html",
        title=visit.gettext("Import of addresses"),
        crumbs=_crumbs(visit, site),
        site=site,
        source=f"{Path(table.filename or '').name[:80]} · {visit.spoken(wanted.source)}",
        plan=wanted.plan,
        taken=taken,
        shown=_PROBLEMS,
        columns=KIND_NAMES,
    )


# --- inside --------------------------------------------------------------------------------


def _of_site(visit: Visit, site: str, within: str, after: str) -> Response:
    with visit.store.reading() as connection:
        if not visit.sight.has_site(connection, site):
            raise NotFound
        found = addresses(connection, visit.sight, site, within=within, after=after, count=_ROWS + 1)
    rows = found[:_ROWS]
    return visit.page(
        "addresses/site.html",
        title=visit.gettext("Addresses of %(site)s", site=site),
        crumbs=_crumbs(visit, site),
        site=site,
        within=within,
        rows=rows,
        kinds=KIND_NAMES,
        may_import=visit.actor.may(Act.IMPORT),
        more=cursor_of(rows[-1].position) if len(found) > _ROWS else None,
        first=not after,
    )


def _crumbs(visit: Visit, site: str) -> tuple[tuple[str, str | None], ...]:
    return ((visit.gettext("Addresses"), "/addresses"), (site, None))


@contextmanager
def _as_file(table: UploadFile) -> Iterator[Path]:
    """What was sent as a file of this process, gone when the block ends."""
    with NamedTemporaryFile(prefix="addresses-") as file:
        shutil.copyfileobj(table.file, file)
        file.flush()
        yield Path(file.name)
