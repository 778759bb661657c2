"""Exports of what gates wrote, with their proof, as one file to keep."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Annotated

import sqlalchemy as sa
from fastapi import Form
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, note
from sync.central.exports.datasets import WantedExport, What
from sync.central.exports.exporting import Exported, export
from sync.central.exports.formats import FileFormat
from sync.central.places.sight import Sight
from sync.central.places.tree import path_of, place_tree
from sync.central.store import StoreError
from sync.central.units import SECOND
from sync.central.web.form_times import begin_of
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_A_DAY = timedelta(days=1)
_READ_ME = """\
What gates wrote, and a proof that nothing is missing. Check it anywhere, with the public key of the centre:

    gatepost central verify-export {name} --key central.pub

Root: {root}
"""


@PAGES.get("/exports", act=Act.EXPORT)
def exports(visit: VisitOf) -> Response:
    with visit.store.reading() as connection:
        places = place_tree(connection, visit.sight)
    today = datetime.fromtimestamp(visit.now / SECOND, visit.zone).date()
    return visit.page(
        "exports/exports.html",
        title=visit.gettext("Exports"),
        places=places,
        whats=list(What),
        formats=list(FileFormat),
        since=today - timedelta(days=7),
        until=today,
        can_sign=visit.services.key is not None,
    )


@PAGES.post("/exports", act=Act.EXPORT)
def make_export(
    visit: VisitOf,
    what: Annotated[What, Form()],
    kind: Annotated[FileFormat, Form()],
    since: Annotated[date, Form()],
    until: Annotated[date, Form()],
    place: Annotated[int | None, Form()] = None,
) -> Response:
    """The export of whole days, in the centre's time zone, with its proof in one archive."""
    if until < since:
        raise StoreError(
            visit.gettext("the last day lies before the first"), remedy=visit.gettext("exchange the two")
        )
    folder = Path(mkdtemp(prefix="gatepost-export-"))
    try:
        made = _made(
            visit, folder / f"{what.value}-{since}-{until}.{kind.value}", what, (since, until), place
        )
        archive = _archive(made)
    except BaseException:
        rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        archive,
        media_type="application/zip",
        filename=archive.name,
        background=BackgroundTask(rmtree, folder, ignore_errors=True),
    )


# --- inside ----------------------------------------------------------------------------------


def _made(visit: Visit, file: Path, what: What, days: tuple[date, date], place: int | None) -> Exported:
    key = visit.services.key
    if key is None:
        raise StoreError(
            visit.gettext("this process has no key that could sign an export"),
            remedy=visit.gettext("make it where central.toml names one: gatepost central export"),
        )
    with visit.store.reading() as connection:
        if place is not None and not visit.sight.has_place(connection, place):
            raise NotFound
        sight = visit.sight if place is None else Sight(frozenset({place}))
        wanted = WantedExport(
            what,
            sight,
            begin_of(days[0], visit.zone),
            begin_of(days[1] + _A_DAY, visit.zone),
            _paths(connection, sight),
        )
        made = export(connection, wanted, file, key, visit.actor.name, visit.now)
    with visit.act() as connection:
        about = About("export", made.root.hex()[:16], place=place)
        detail = {
            "what": what.value,
            "rows": made.proof.rows,
            "since": str(days[0]),
            "until": str(days[1]),
        }
        note(connection, visit.actor, "export", about, visit.now, detail=detail)
    return made


def _archive(made: Exported) -> Path:
    archive = made.file.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(made.file, made.file.name)
        packed.write(made.proof_file, made.proof_file.name)
        packed.writestr("README.txt", _READ_ME.format(name=made.file.name, root=made.root.hex()))
    return archive


def _paths(connection: sa.Connection, sight: Sight) -> tuple[str, ...]:
    """The places of a sight, for people; none where it is everything."""
    return tuple(
        "/".join(node.name for node in path_of(connection, number)) for number in sorted(sight.places)
    )
