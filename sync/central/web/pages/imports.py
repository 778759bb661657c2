"""Imports of lists: what would change, what is wrong in which cell, and then one transaction."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated

import xlsxwriter
from fastapi import File, Form, UploadFile
from starlette.responses import Response

from edge.support.phrases import code, phrase
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.changes.submitting import WaitingSet
from sync.central.imports.core import Protected, ShownChange, ShownPlan
from sync.central.imports.uploads import (
    MOST_BYTES,
    PlannedAnew,
    Upload,
    apply_upload,
    drop_upload,
    keep_upload,
    plan_again,
    take_offers,
    upload_at,
    uploads,
)
from sync.central.places.naming import names_in
from sync.central.store import StoreError
from sync.central.web.pages.people import MOST_SITES
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_SHOWN = 50
HEADS = ("line", "column", "name", "cell", "problem", "offered")
"""Of the columns of wrong cells as a workbook."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@PAGES.get("/imports", act=Act.IMPORT)
def imports(visit: VisitOf, done: str = "", waits: int | None = None) -> Response:
    with visit.store.reading() as connection:
        kept = uploads(connection, visit.sight, visit.now)
        sites = names_in(connection, visit.sight, MOST_SITES)
    counts = tuple(int(part) for part in done.split(".") if part.isdecimal())
    return visit.page(
        "imports/list.html",
        title=visit.gettext("Imports"),
        uploads=kept,
        sites=sites,
        names=visit.site_names(each.site for each in kept),
        takes=tuple(Protected),
        done=counts if len(counts) == 3 else None,
        waits=waits,
    )


@PAGES.post("/imports", act=Act.IMPORT, body=MOST_BYTES + 64 * 1024)
def upload(
    visit: VisitOf,
    site: Annotated[str, Form(max_length=64)],
    file: Annotated[UploadFile, File()],
    take: Annotated[tuple[Protected, ...], Form()] = (),
) -> Response:
    """Plan the import of a list, and show what it would do."""
    visit.see_site(site)
    data = file.file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise StoreError(
            phrase("the file has more than %(most)s bytes", most=MOST_BYTES),
            remedy=phrase("cut it into several"),
        )
    name = (file.filename or "list").replace("\\", "/").rpartition("/")[2]
    number = keep_upload(visit.store, visit.actor, site, name, data, take, visit.now, visit.services.limits)
    return visit.go(f"/imports/{number}")


@PAGES.get("/imports/{number}", act=Act.IMPORT)
def plan(
    visit: VisitOf, number: int, wrong: int = 0, changed: int = 0, field: str = "", anew: int = 0
) -> Response:
    kept = _kept(visit, number)
    of_field = [item for item in kept.plan.changes if not field or item.field == _FIELDS.get(field, field)]
    return visit.page(
        "imports/plan.html",
        title=visit.gettext("Import, dry run: %(name)s", name=kept.name),
        crumbs=((visit.gettext("Imports"), "/imports"), (kept.name, None)),
        kept=kept,
        names=visit.site_names([kept.site]),
        plan=kept.plan,
        problems=kept.plan.problems[wrong : wrong + _SHOWN],
        wrong=wrong,
        changes=of_field[changed : changed + _SHOWN],
        changed=changed,
        of_field=len(of_field),
        field=field,
        fields=_counts(kept.plan),
        shown=_SHOWN,
        open_offers=len([1 for item in kept.plan.offers() if (item.line, item.column) not in kept.fixes]),
        anew=bool(anew),
    )


@PAGES.post("/imports/{number}/fix", act=Act.IMPORT)
def fix(
    visit: VisitOf,
    number: int,
    cell: Annotated[tuple[str, ...], Form()] = (),
    everything: Annotated[bool, Form()] = False,
    wrong: Annotated[int, Form()] = 0,
) -> Response:
    """Take what is offered, in the cells that are named or in all."""
    kept = _kept(visit, number)
    named = [part.partition(".") for part in cell]
    cells = [(int(line), column) for line, _, column in named if line.isdecimal()]
    if everything:
        cells = [(item.line, item.column) for item in kept.plan.offers()]
    with visit.act() as connection:
        take_offers(connection, kept, cells)
    return visit.go(f"/imports/{number}?wrong={wrong}")


@PAGES.post("/imports/{number}/plan", act=Act.IMPORT)
def again(visit: VisitOf, number: int) -> Response:
    """Plan the list with the offers that were taken."""
    plan_again(visit.store, _kept(visit, number), visit.now, visit.services.limits)
    return visit.go(f"/imports/{number}")


@PAGES.post("/imports/{number}/apply", act=Act.IMPORT)
def apply(visit: VisitOf, number: int, only_good: Annotated[bool, Form()] = False) -> Response:
    """Import as it was shown, or say that it was planned anew."""
    kept = _kept(visit, number)
    made = apply_upload(visit.store, visit.actor, kept, visit.now, visit.services.limits, only_good=only_good)
    if isinstance(made, PlannedAnew):
        return visit.go(f"/imports/{number}?anew=1")
    if isinstance(made.result, WaitingSet):
        return visit.go(f"/imports?waits={made.result.number}")
    return visit.go(f"/imports?done={made.plan.added}.{made.plan.changed}.{made.plan.bad_rows}")


@PAGES.post("/imports/{number}/drop", act=Act.IMPORT)
def drop(visit: VisitOf, number: int) -> Response:
    kept = _kept(visit, number)
    with visit.act() as connection:
        drop_upload(connection, visit.actor, kept, visit.now)
    return visit.go("/imports")


@PAGES.get("/imports/{number}/wrong.xlsx", act=Act.IMPORT)
def wrong_rows(visit: VisitOf, number: int) -> Response:
    """The wrong cells as a workbook, all of it text: nothing is computed when it is opened."""
    kept = _kept(visit, number)
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        sheet = workbook.add_worksheet()
        for column, head in enumerate(HEADS):
            sheet.write_string(0, column, visit.spoken(code(head)))
        for row, item in enumerate(kept.plan.problems, start=1):
            detail = visit.spoken(item.said or item.detail)
            cells = (str(item.line), item.letter, item.column, item.text, detail, item.offer or "")
            for column, text in enumerate(cells):
                sheet.write_string(row, column, text)
    headers = {"content-disposition": f'attachment; filename="wrong-{number}.xlsx"'}
    return Response(made.getvalue(), media_type=_XLSX, headers=headers)


# --- inside ----------------------------------------------------------------------------------

_FIELDS = {"new": ""}
"""How a newcomer is called in an address: their changes have no field."""


def _kept(visit: Visit, number: int) -> Upload:
    with visit.store.reading() as connection:
        kept = upload_at(connection, visit.sight, number, visit.now)
    if kept is None:
        raise NotFound
    return kept


def _counts(plan: ShownPlan) -> list[tuple[str, int]]:
    """How many changes there are of each field, the most first; "new" are newcomers."""
    counts: dict[str, int] = {}
    for item in plan.changes:
        name = _name(item)
        counts[name] = counts.get(name, 0) + 1
    return sorted(counts.items(), key=lambda item: -item[1])


def _name(item: ShownChange) -> str:
    return item.field or "new"
