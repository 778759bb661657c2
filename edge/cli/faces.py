"""`gatepost faces`: measure and keep what the gates know faces by."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
import msgspec
from cyclopts import Parameter
from rich.table import Table

from edge.admin.publishing import publish
from edge.calibration.core import Calibration, thresholds_under
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.cli.terminal import console
from edge.decision import FaceRule
from edge.errors import VisionError
from edge.support.toml_words import in_words
from edge.vision.configuration import FaceEngineName

if TYPE_CHECKING:
    from edge.calibration.run import Measured

app = cyclopts.App(name="faces", help="Measure and keep what the gates know faces by.")
app.command("edge.cli.similar:similar", name="similar")


@app.command
def embed(
    *images: Annotated[str, Parameter(help="pictures, folders (all below them) and patterns")],
    out: Annotated[Path, Parameter(help="the .npz file to write")],
    engine: FaceEngineName = FaceEngineName.SFACE,
    strict: Annotated[
        bool, Parameter(negative="", help="refuse what enrolment would refuse, not only report its quality")
    ] = False,
) -> None:
    """Write the templates of pictures, made as the gate makes them, for measurements of your own.

    FILE.npz holds `names` (as given), `templates` (n×d float32 of unit length, zeros where there is no
    face), `found` (bool) and `quality` (0 to 1). Of several faces the most prominent counts. A picture
    that cannot be used is named on standard error and has found = False; none is fatal.
    """
    # OpenCV takes half a second to load: the other commands of this group do without.
    from edge.vision.faces.embedding import check_writable, embed_all, pictures_named, write_npz  # noqa: PLC0415
    from edge.vision.faces.factory import open_engine  # noqa: PLC0415

    names = pictures_named(images)
    if not names:
        raise VisionError("there are no pictures", where=" ".join(images), remedy="name files or folders")
    check_writable(out)
    opened = open_engine(engine)
    if opened is None:
        raise VisionError("templates need a face engine", remedy="--engine sface")
    embedded = embed_all(names, opened, _tell, strict=strict)
    write_npz(out, embedded)
    _tell(f"{out}: {int(embedded.found.sum())} of {len(names)} pictures, by {opened.name}")


Rate = Annotated[float, Parameter(help="the share of cases, such as 0.001")]


@app.command
def calibrate(
    folder: Annotated[Path, Parameter(help="photographs, in a sub-folder for each person")],
    *,
    out: Annotated[Path | None, Parameter(help="the file to write; else that of the site")] = None,
    engine: FaceEngineName = FaceEngineName.SFACE,
    covered: Annotated[Path | None, Parameter(help="the same people under a mask, likewise")] = None,
    keep_suspects: Annotated[
        bool, Parameter(negative="", help="do not leave out who seems to be one person under two names")
    ] = False,
    false_matches: Rate = 0.001,
    false_confirms: Rate = 0.001,
    site: SiteFolder = HERE,
) -> None:
    """Measure how alike strangers are to this engine, and write the thresholds that follow.

    The gates of a site use its own calibration in place of that which comes with Gatepost, from the next
    `gatepost registry build` on.
    """
    from edge.calibration.files import calibration_text  # noqa: PLC0415

    admin = site_admin_in(site) if out is None else None
    rule = _rule(false_matches, false_confirms)
    _, calibration = _calibrated(folder, engine, covered, keep_suspects=keep_suspects)
    table = Table("templates", "identify", "95 % of false matches", "missed²", "extrapolated")
    for templates in (100, 1_000, 10_000, 50_000):
        found = thresholds_under(rule, calibration, templates)
        table.add_row(
            f"{templates:,}",
            f"{found.identify:.3f}",
            f"{100 * found.false_matches_low:.2g} to {100 * found.false_matches_high:.2g} %",
            "" if found.misses is None else f"{100 * found.misses:.1f} %",
            "yes" if found.extrapolated else "",
        )
    console().print(table)
    print(f"confirm (1:1): {found.confirm:.3f}; false matches wanted: {100 * rule.false_matches:g} %")
    print("² of residents, with one photograph and one frame")
    target = out or (admin or site_admin_in(site)).calibration_file(calibration.engine)
    publish(target, calibration_text(calibration))
    print(f"{target}: {calibration.people} people, {calibration.photographs} photographs")


@app.command
def report(
    folder: Annotated[Path, Parameter(help="photographs, in a sub-folder for each person")],
    *,
    out: Annotated[Path, Parameter(help="the folder to write report.html and its plots into")],
    engine: FaceEngineName = FaceEngineName.SFACE,
    enrolled: Annotated[int, Parameter(help="the number of templates at the gate")] = 1_000,
    keep_suspects: Annotated[
        bool, Parameter(negative="", help="do not leave out who seems to be one person under two names")
    ] = False,
    false_matches: Rate = 0.001,
    false_confirms: Rate = 0.001,
) -> None:
    """Measure an engine on photographs and tell it in a page with plots, split by the labels of labels.csv.

    labels.csv in the folder has a column `person` and one for each label.
    """
    from edge.calibration.report import write_report  # noqa: PLC0415
    from edge.calibration.run import findings_of  # noqa: PLC0415

    rule = _rule(false_matches, false_confirms)
    measured, calibration = _calibrated(folder, engine, None, keep_suspects=keep_suspects)
    print(write_report(out, findings_of(measured, calibration, rule, enrolled)))


def _calibrated(
    folder: Path, engine: FaceEngineName, covered: Path | None, *, keep_suspects: bool
) -> tuple[Measured, Calibration]:
    from edge.calibration.run import calibration_of, measure  # noqa: PLC0415
    from edge.vision.faces.factory import open_engine  # noqa: PLC0415

    opened = open_engine(engine)
    if opened is None:
        raise VisionError("there is nothing to calibrate without a face engine", remedy="--engine sface")
    measured = measure(folder, opened, _tell, keep_suspects=keep_suspects)
    for suspicion in measured.suspects:
        _tell(
            f"{suspicion.one} and {suspicion.other} are probably one person ({suspicion.score:.3f})"
            + ("" if keep_suspects else f": {suspicion.other} is left out")
        )
    masked = None if covered is None else measure(covered, opened, _tell, keep_suspects=True).people
    today = datetime.now(UTC).date()
    return measured, calibration_of(measured, opened.name, folder.name, today, masked)


def _rule(false_matches: float, false_confirms: float) -> FaceRule:
    """The risk as the policy would state it, within its bounds."""
    try:
        return msgspec.convert({"false_matches": false_matches, "false_confirms": false_confirms}, FaceRule)
    except msgspec.ValidationError as error:
        what = f"not a rate: {in_words(error, FaceRule)}"
        raise VisionError(what, remedy="a share above 0 and at most 0.5") from None


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
