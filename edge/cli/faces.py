"""`gatepost faces`: measure and keep what the gates know faces by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
import msgspec
from cyclopts import Parameter
from rich.table import Table

from edge.admin.publishing import publish
from edge.calibration.core import Calibration, thresholds_under
from edge.cli.answers import Json, answer, note, objects
from edge.cli.arguments import plain
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.cli.terminal import console
from edge.decision import FaceRule
from edge.errors import VisionError
from edge.support.toml_words import in_words
from edge.vision.configuration import FaceEngineName

if TYPE_CHECKING:
    from edge.calibration.run import Measured

Engine = Annotated[FaceEngineName, Parameter(help="The engine that measures: sface or dlib.")]
Photographs = Annotated[
    Path, Parameter(name="PHOTOGRAPHS", help="A folder with a sub-folder of photographs for each person.")
]
Rate = Annotated[float, Parameter(help="The share of cases, such as 0.001.")]
Suspects = Annotated[bool, Parameter(help="Do not leave out who seems to be one person under two names.")]

_COMPARE = """Compare every two people: twins, or one person under two ids; exit 1 where some are not flagged.

Example: gatepost faces compare --flag"""

app = cyclopts.App(name="faces", help="Measure and compare what the gates know faces by.")
app.command("edge.cli.compare:compare", name="compare", help=_COMPARE)


@app.command
def embed(
    *images: Annotated[str, Parameter(name="IMAGE", help="Pictures, folders (all below them) and patterns.")],
    out: Annotated[Path, Parameter(help="The .npz file to write.")],
    engine: Engine = FaceEngineName.SFACE,
    strict: Annotated[
        bool, Parameter(help="Refuse what enrolment would refuse, not only report its quality.")
    ] = False,
    json: Json = False,
) -> None:
    """Write the templates of pictures, made as the gate makes them, for measurements of your own.

    FILE.npz holds `names` (as given), `templates` (n×d float32 of unit length, zeros where there is no
    face), `found` (bool) and `quality` (0 to 1). Of several faces the most prominent counts. A picture
    that cannot be used is named on standard error and has found = False; none is fatal.

    Example: gatepost faces embed photographs/ --out templates.npz
    """
    # OpenCV takes half a second to load: the other commands of this group do without.
    from edge.vision.faces.embedding import check_writable, embed_all, pictures_named, write_npz
    from edge.vision.faces.factory import open_engine

    names = pictures_named(images)
    if not names:
        raise VisionError("there are no pictures", where=" ".join(images), remedy="name files or folders")
    check_writable(out)
    opened = open_engine(engine)
    if opened is None:
        raise VisionError("templates need a face engine", remedy="--engine sface")
    embedded = embed_all(names, opened, partial(note, json=json), strict=strict)
    write_npz(out, embedded)
    found = int(embedded.found.sum())
    note(f"{out}: {found} of {len(names)} pictures, by {opened.name}", json=json)
    fields = {"file": str(out), "pictures": len(names), "found": found, "engine": opened.name}
    answer(fields, json=json)


@app.command
def calibrate(
    photographs: Photographs,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="The file to write; by default that of the site.")] = None,
    engine: Engine = FaceEngineName.SFACE,
    covered: Annotated[Path | None, Parameter(help="The same people under a mask, likewise.")] = None,
    keep_suspects: Suspects = False,
    false_matches: Rate = 0.001,
    false_confirms: Rate = 0.001,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Measure how alike strangers are to this engine, and write the thresholds that follow.

    The gates of a site use its own calibration in place of that which comes with Gatepost, from the next
    `gatepost registry build` on.

    Example: gatepost faces calibrate photographs/
    """
    from edge.calibration.files import calibration_text

    admin = site_admin_in(folder) if out is None else None
    rule = _rule(false_matches, false_confirms)
    _, calibration = _calibrated(
        photographs, engine, covered, partial(note, json=json), keep_suspects=keep_suspects
    )
    found = {count: thresholds_under(rule, calibration, count) for count in (100, 1_000, 10_000, 50_000)}
    target = out or (admin or site_admin_in(folder)).calibration_file(calibration.engine)
    publish(target, calibration_text(calibration))
    people = {"people": calibration.people, "photographs": calibration.photographs}
    if json:
        by_size = [{"templates": count} | plain(item) for count, item in found.items()]
        objects([{"file": str(target), "engine": calibration.engine, **people, "thresholds": by_size}])
        return
    table = Table("templates", "identify", "95 % of false matches", "missed²", "extrapolated")
    for count, item in found.items():
        table.add_row(
            f"{count:,}",
            f"{item.identify:.3f}",
            f"{100 * item.false_matches_low:.2g} to {100 * item.false_matches_high:.2g} %",
            "" if item.misses is None else f"{100 * item.misses:.1f} %",
            "yes" if item.extrapolated else "",
        )
    console().print(table)
    print(f"confirm (1:1): {found[100].confirm:.3f}; false matches wanted: {100 * rule.false_matches:g} %")
    print("² of residents, with one photograph and one frame")
    print(f"{target}: {calibration.people} people, {calibration.photographs} photographs")


@app.command
def report(
    photographs: Photographs,
    /,
    *,
    out: Annotated[Path, Parameter(help="The folder for report.html and its plots.")],
    engine: Engine = FaceEngineName.SFACE,
    enrolled: Annotated[int, Parameter(help="The number of templates at the gate.")] = 1_000,
    keep_suspects: Suspects = False,
    false_matches: Rate = 0.001,
    false_confirms: Rate = 0.001,
    json: Json = False,
) -> None:
    """Measure an engine on photographs and tell it in a page with plots, split by the labels of labels.csv.

    labels.csv in the folder has a column `person` and one for each label.

    Example: gatepost faces report photographs/ --out report/
    """
    from edge.calibration.report import write_report
    from edge.calibration.run import findings_of

    rule = _rule(false_matches, false_confirms)
    measured, calibration = _calibrated(
        photographs, engine, None, partial(note, json=json), keep_suspects=keep_suspects
    )
    page = str(write_report(out, findings_of(measured, calibration, rule, enrolled)))
    answer({"file": page}, page, json=json)


def _calibrated(
    folder: Path,
    engine: FaceEngineName,
    covered: Path | None,
    tell: Callable[[str], None],
    *,
    keep_suspects: bool,
) -> tuple[Measured, Calibration]:
    from edge.calibration.run import calibration_of, measure
    from edge.vision.faces.factory import open_engine

    opened = open_engine(engine)
    if opened is None:
        raise VisionError("there is nothing to calibrate without a face engine", remedy="--engine sface")
    measured = measure(folder, opened, tell, keep_suspects=keep_suspects)
    for suspicion in measured.suspects:
        tell(
            f"{suspicion.one} and {suspicion.other} are probably one person ({suspicion.score:.3f})"
            + ("" if keep_suspects else f": {suspicion.other} is left out")
        )
    masked = None if covered is None else measure(covered, opened, tell, keep_suspects=True).people
    today = datetime.now(UTC).date()
    return measured, calibration_of(measured, opened.name, folder.name, today, masked)


def _rule(false_matches: float, false_confirms: float) -> FaceRule:
    """The risk as the policy would state it, within its bounds."""
    try:
        return msgspec.convert({"false_matches": false_matches, "false_confirms": false_confirms}, FaceRule)
    except msgspec.ValidationError as error:
        what = f"not a rate: {in_words(error, FaceRule)}"
        raise VisionError(what, remedy="a share above 0 and at most 0.5") from None
