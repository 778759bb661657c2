"""`gatepost faces calibrate` and `report`: how sure a face is, for everybody and for each group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.table import Table

from edge.admin.imports.groups import read_divisions
from edge.admin.publishing import publish
from edge.calibration.core import ErrorGroup, GroupErrorRate
from edge.calibration.files import calibration_text
from edge.calibration.format import FEWEST_IN_GROUP, CalibrationRecord, FaceThresholds, thresholds_under
from edge.calibration.report import write_report
from edge.calibration.run import MeasuredPeople, findings_of, groups_of, measure, record_made
from edge.cli.answers import Json, answer, note, objects
from edge.cli.arguments import plain
from edge.cli.faces import Engine
from edge.cli.files_to_read import ToRead
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.cli.terminal import console
from edge.decision import FaceRule
from edge.errors import VisionError
from edge.support.counted import counted
from edge.support.toml_words import in_words
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.factory import open_engine

Photographs = Annotated[
    Path,
    ToRead,
    Parameter(name="PHOTOGRAPHS", help="A folder with a sub-folder of photographs for each person."),
]
Rate = Annotated[float, Parameter(help="The share of cases, such as 0.001.", validator=Number(gt=0, lte=1))]
Suspects = Annotated[bool, Parameter(help="Do not leave out who seems to be one person under two names.")]
Groups = Annotated[
    tuple[Path, ...],
    ToRead,
    Parameter(help="Who is in which group: a table of id and group, such as sex.csv; may be repeated."),
]
_SIZES = (100, 1_000, 10_000, 50_000)


def calibrate(
    photographs: Photographs,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="The file to write; by default that of the site.")] = None,
    engine: Engine = FaceEngineName.SFACE,
    groups: Groups = (),
    covered: Annotated[Path | None, ToRead, Parameter(help="The same people under a mask, likewise.")] = None,
    keep_suspects: Suspects = False,
    false_matches: Rate = 0.001,
    false_confirms: Rate = 0.001,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Measure strangers and write thresholds (`edge.cli.faces` has the help)."""
    admin = site_admin_in(folder) if out is None else None
    rule = _rule(false_matches, false_confirms)
    tell = partial(note, json=json)
    measured, record = _measured(photographs, engine, groups, covered, tell, keep_suspects=keep_suspects)
    everybody, gates = record.everybody, record.for_gates()
    target = out or (admin or site_admin_in(folder)).calibration_file(gates.engine)
    publish(target, calibration_text(record))
    before = [thresholds_under(rule, everybody, count) for count in _SIZES]
    after = [thresholds_under(rule, gates, count) for count in _SIZES]
    divided = list(
        zip(groups_of(measured, before[0].confirm), groups_of(measured, after[0].confirm), strict=True)
    )
    if json:
        fields = {"file": str(target), "engine": gates.engine, "source": gates.source}
        people = {"people": gates.people, "photographs": gates.photographs}
        compared = {"everybody": [plain(item) for item in before]} if groups else {}
        by_group = [_group_fields(group) for _, group in divided]
        thresholds = [plain(item) for item in after]
        objects([fields | people | {"thresholds": thresholds} | compared | {"groups": by_group}])
        return
    console().print(_thresholds_table(before, after))
    if divided:
        console().print(_costs_table(divided, record))
        print("¹ for the mean of all people → for the worst group: false matches within each group, 1:1")
    else:
        print("no groups were measured: the risk holds for the mean of all people (--groups FILE.csv)")
    print(f"confirm (1:1): {_changed(before[0].confirm, after[0].confirm)}; ", end="")
    print(f"false matches wanted: {100 * rule.false_matches:g} %")
    print("² of residents, with one photograph and one frame")
    print(
        f"{target}: {counted(gates.people, 'person', 'people')}, "
        f"{counted(gates.photographs, 'photograph')}; {gates.source}"
    )


def report(
    photographs: Photographs,
    /,
    *,
    out: Annotated[Path, Parameter(help="The folder for report.html and its plots.")],
    engine: Engine = FaceEngineName.SFACE,
    groups: Groups = (),
    enrolled: Annotated[
        int, Parameter(help="The number of templates at the gate.", validator=Number(gte=1, lte=10**9))
    ] = 1_000,
    keep_suspects: Suspects = False,
    false_matches: Rate = 0.001,
    false_confirms: Rate = 0.001,
    json: Json = False,
) -> None:
    """Measure and tell it in a page (`edge.cli.faces` has the help)."""
    rule = _rule(false_matches, false_confirms)
    measured, record = _measured(
        photographs, engine, groups, None, partial(note, json=json), keep_suspects=keep_suspects
    )
    findings = findings_of(measured, record.for_gates(), rule, enrolled)
    page = str(write_report(out, findings))
    if not json and findings.groups:
        console().print(_groups_table(findings.groups))
    answer({"file": page, "groups": [_group_fields(group) for group in findings.groups]}, page, json=json)


def _measured(
    folder: Path,
    engine: FaceEngineName,
    tables: tuple[Path, ...],
    covered: Path | None,
    tell: Callable[[str], None],
    *,
    keep_suspects: bool,
) -> tuple[MeasuredPeople, CalibrationRecord]:
    labels = read_divisions(tables)
    opened = open_engine(engine)
    if opened is None:
        raise VisionError("there is nothing to calibrate without a face engine", remedy="--engine sface")
    measured = measure(folder, opened, tell, labels, keep_suspects=keep_suspects)
    for suspicion in measured.suspects:
        tell(
            f"{suspicion.one} and {suspicion.other} are probably one person ({suspicion.score:.3f})"
            + ("" if keep_suspects else f": {suspicion.other} is left out")
        )
    masked = None if covered is None else measure(covered, opened, tell, keep_suspects=True).people
    today = datetime.now(UTC).date()
    return measured, record_made(measured, opened.name, folder.name, today, masked)


def _rule(false_matches: float, false_confirms: float) -> FaceRule:
    """The risk as the policy would state it, within its bounds."""
    try:
        return msgspec.convert({"false_matches": false_matches, "false_confirms": false_confirms}, FaceRule)
    except msgspec.ValidationError as error:
        what = f"not a rate: {in_words(error, FaceRule)}"
        raise VisionError(what, remedy="a share above 0 and at most 0.5") from None


# --- tables ------------------------------------------------------------------------------------


def _thresholds_table(before: list[FaceThresholds], after: list[FaceThresholds]) -> Table:
    table = Table("templates", "identify", "95 % of false matches", "missed²", "extrapolated")
    for mean, worst in zip(before, after, strict=True):
        table.add_row(
            f"{worst.templates:,}",
            _changed(mean.identify, worst.identify),
            f"{100 * worst.false_matches_low:.2g} to {100 * worst.false_matches_high:.2g} %",
            _missed(mean.misses, worst.misses),
            "yes" if worst.extrapolated else "",
        )
    return table


def _costs_table(divided: list[tuple[ErrorGroup, ErrorGroup]], record: CalibrationRecord) -> Table:
    """What the worst group's threshold does to each group."""
    counted = {(curve.label, curve.value): bool(curve.strangers) for curve in record.groups}
    table = Table("group", "people", "falsely matched¹", "missed¹", "")
    for mean, worst in divided:
        own = counted[worst.label, worst.value]
        table.add_row(
            f"{worst.label}: {worst.value}",
            f"{worst.people:,}",
            f"{_share(mean.confirm.within)} → {_share(worst.confirm.within)}",
            f"{_share(mean.confirm.misses)} → {_share(worst.confirm.misses)}",
            _too_small(worst) or ("" if own else f"below {FEWEST_IN_GROUP} people: sets no threshold"),
        )
    return table


def _groups_table(groups: Sequence[ErrorGroup]) -> Table:
    table = Table(
        "group", "people", "missed 1:1", "falsely matched 1:1", "missed 1:N", "falsely matched 1:N", ""
    )
    for group in groups:
        many = group.identify
        table.add_row(
            f"{group.label}: {group.value}",
            f"{group.people:,}",
            _interval(group.confirm.misses),
            _interval(group.confirm.within),
            "" if many is None else _interval(many.misses),
            "" if many is None else _interval(many.within),
            _too_small(group),
        )
    return table


def _too_small(group: ErrorGroup) -> str:
    return "too few people to say" if group.too_small else ""


def _changed(mean: float, worst: float) -> str:
    return f"{worst:.3f}" if mean == worst else f"{mean:.3f} → {worst:.3f}"


def _missed(mean: float | None, worst: float | None) -> str:
    if mean is None or worst is None:
        return ""
    return f"{100 * worst:.1f} %" if mean == worst else f"{100 * mean:.1f} → {100 * worst:.1f} %"


def _share(rate: GroupErrorRate) -> str:
    return "none seen" if rate.share is None else f"{100 * rate.share:.2g} %"


def _interval(rate: GroupErrorRate) -> str:
    low, high = rate.interval
    return _share(rate) if rate.share is None else f"{_share(rate)} ({100 * low:.2g} to {100 * high:.2g})"


def _group_fields(group: ErrorGroup) -> dict[str, object]:
    tried = {"confirm": group.confirm} | ({} if group.identify is None else {"identify": group.identify})
    return {
        "label": group.label,
        "group": group.value,
        "people": group.people,
        "photographs": group.photographs,
        "too_small": group.too_small,
    } | {
        how: {
            name: {
                "hits": round(rate.hits, 3),
                "cases": rate.cases,
                "share": rate.share,
                "interval": rate.interval,
            }
            for name, rate in (
                ("misses", errors.misses),
                ("within", errors.within),
                ("across", errors.across),
            )
        }
        for how, errors in tried.items()
    }
