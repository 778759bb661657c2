"""`gatepost faces film`: films of people, played to a gate as it would see them in real time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from cyclopts import Parameter
from rich.table import Table

from edge.cli.answers import DONE, PROBLEM, Json, complain, note, objects, written
from edge.cli.files_to_read import ToRead
from edge.cli.logs import quiet_logs
from edge.cli.terminal import console
from edge.decision import is_visitor
from edge.diagnostics.core import FilmReport, JudgedBy, person_of, summed
from edge.diagnostics.film import holdings_of, play_films
from edge.diagnostics.film_sheet import write_sheet
from edge.diagnostics.liveness import refuse_without
from edge.errors import ConfigurationError, VisionError
from edge.signing.cose import Name
from edge.support.counted import counted
from edge.support.files import make_folder
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.embedding import embed_all, pictures_named
from edge.vision.faces.engine import FaceEngine, Template
from edge.vision.faces.enrolment import portrait_of
from edge.vision.faces.factory import open_engine
from edge.vision.playback import films_below

_STRANGER = "stranger: "
"""How those begin to be called who are enrolled only to be confused with; nobody else may be called so."""

Templates = dict[str, list[Template]]


def film(
    *paths: Annotated[Path, Parameter(name="PATH", help="Films, and folders of them with all below.")],
    enrol: Annotated[
        tuple[str, ...], Parameter(help="Who is enrolled by which picture: ID=PICTURE; again for more.")
    ] = (),
    strangers: Annotated[
        Path | None, ToRead, Parameter(help="A folder of pictures of others, who are enrolled besides.")
    ] = None,
    sheet: Annotated[
        Path | None, Parameter(help="The folder for a PNG of each film: the frame at each prompt.")
    ] = None,
    json: Json = False,
) -> int:
    """Play films to a gate (`edge.cli.faces` has the help)."""
    quiet_logs()
    refuse_without(JudgedBy.PASSIVE)
    films = list(_films(paths))
    if not films:
        raise VisionError(
            "there are no films", where=" ".join(map(str, paths)), remedy="name films or folders"
        )
    if sheet is not None:
        make_folder(sheet)
    templates = _enrolled(enrol, strangers, json=json)
    holdings = holdings_of(templates, datetime.now(UTC))
    reports: list[FilmReport] = []
    for path, report in zip(films, play_films(films, holdings), strict=True):
        reports.append(report)
        drawn = None
        if sheet is not None and not report.error:
            # Films of one name lie in several folders: a number tells their sheets apart.
            drawn = write_sheet(sheet / f"{len(reports):03}-{path.name}.png", path, report)
        if json:
            objects([report.plain() | ({"sheet": written(drawn)} if sheet is not None else {})])
        elif report.error:
            complain(report.error, json=False, where=report.film)
    if json:
        objects([{"summary": summed(reports)}])
    else:
        console().print(_table(reports))
    return PROBLEM if any(report.error for report in reports) else DONE


def _films(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from films_below(path)
        else:
            yield path


# --- who is enrolled -----------------------------------------------------------------------------


def _enrolled(enrol: Sequence[str], strangers: Path | None, *, json: bool) -> Templates:
    """The templates of everybody, by their ids; raises GatepostError that names what is wrong."""
    named = [_pair(word) for word in enrol]
    engine = open_engine(FaceEngineName.SFACE)
    if engine is None:
        raise VisionError("there is no face engine")
    templates: Templates = {}
    for name, picture in named:
        templates.setdefault(name, []).append(portrait_of(picture, engine).template)
    if not named:
        note("nobody is enrolled: the gate takes everybody for a stranger", json=json)
    if strangers is not None:
        templates |= _others(strangers, engine, json=json)
    return templates


def _pair(word: str) -> tuple[str, Path]:
    """The id and the picture in ID=PICTURE."""
    name, equals, picture = word.partition("=")
    try:
        checked = msgspec.convert(name, Name)
    except msgspec.ValidationError:
        checked = ""
    if not equals or not picture or not checked or is_visitor(checked) or checked.startswith(_STRANGER):
        raise ConfigurationError(
            f"not an id and a picture: {word!r}", where="--enrol", remedy="write --enrol li-na=li-na.jpg"
        )
    return checked, Path(picture)


def _others(folder: Path, engine: FaceEngine, *, json: bool) -> Templates:
    """The templates of those in `folder` who have a face, by whom the files' names say that they are."""
    names = pictures_named([str(folder)])
    embedded = embed_all(names, engine, partial(note, json=json))
    others: Templates = {}
    for row in np.flatnonzero(embedded.found):
        path = Path(names[row])
        person = person_of((path.parent.name,), path.stem) or str(row)
        others.setdefault(_STRANGER + person, []).append(embedded.templates[row])
    if not others:
        raise VisionError("there is no face in any picture", where=str(folder))
    return others


# --- said to people ------------------------------------------------------------------------------


def _table(reports: Sequence[FilmReport]) -> Table:
    table = Table("film", "opened", "after", "prompts", "a passage", "decisions", "undecided")
    for report in reports:
        granted = report.granted
        table.add_row(
            Path(report.film).name,
            "unreadable" if report.error else "no" if granted is None else granted.subject or "yes",
            "" if report.to_grant is None else f"{report.to_grant:.2f} s",
            ", ".join(f"{shown.at:.1f} {shown.reason}" for shown in report.prompts),
            f"{report.prompts_per_passage:.1f}",
            ", ".join(f"{each.at:.1f} {each.outcome} {each.reason}" for each in report.decided),
            ", ".join(f"{each.at:.1f} {each.missing}" for each in report.undecided),
        )
    total = summed(reports)
    said, decided = counted(total["prompts"], "prompt"), counted(total["decisions"], "decision")
    table.caption = (
        f"{total['granted']} of {counted(total['films'], 'film')} opened; "
        f"{said} and {decided} in {counted(total['passages'], 'passage')}"
    )
    return table
