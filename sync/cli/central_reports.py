"""`gatepost central report`: figures of a place and some days, with their proof."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import Json, answer
from edge.cli.arguments import AsInFiles
from edge.errors import ConfigurationError
from edge.support.counted import counted
from sync.central.places.sight import EVERYWHERE
from sync.central.reports.core import Kind, Missing, Report, Why
from sync.central.reports.keeping import KeptReport, ReportHead, ReportState, kept_at, report_at, reports
from sync.central.store import StoreError
from sync.cli.central_context import CentralFile, Whose, central_file, iso, opened, shown, whose
from sync.transport.clock import wall

report_app = cyclopts.App(name="report", help="Figures of a place and some days, with their proof.")
ReportNumber = Annotated[
    int, Parameter(name="REPORT", help="The report's number: gatepost central report list.")
]


@report_app.command
def create(
    *,
    place: Annotated[
        str | None, Parameter(help="A place, city/district/… or a site's id; by default everywhere.")
    ] = None,
    kind: Annotated[
        Kind, AsInFiles, Parameter(help="The last day, week or month that is over; or the days named.")
    ] = Kind.SINGLE,
    first: Annotated[str | None, Parameter(help="The first day: 2026-11-01.")] = None,
    last: Annotated[str | None, Parameter(help="The last day, which is in it.")] = None,
    language: Annotated[Literal["zh", "en"], Parameter(help="Of its paper.")] = "zh",
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Make a report, and keep it.

    Example: gatepost central report create --place green-court --first 2026-11-01 --last 2026-11-30
    """
    from edge.signing.key_files import read_private_key
    from sync.central.configuration import load_configuration
    from sync.central.places.tree import place_at
    from sync.central.reports.asking import ReportAsker, ask_for
    from sync.central.reports.loop import Maker
    from sync.central.web.report_view import ReportPress

    loaded = load_configuration(central_file(config))
    key = read_private_key(loaded.central.key)
    days = (_day(first, "--first"), _day(last, "--last"))
    with opened(config) as store:
        with store.writing() as connection:
            asking = ReportAsker(whose(actor), wall(), language, loaded.console.time_zone)
            where = None if place is None else place_at(connection, place)
            number = ask_for(connection, asking, where, kind, days)
        Maker(store, key, wall, ReportPress(loaded.console.public_origin)).make_now(number)
        with store.reading() as connection:
            head, kept = (
                _found(report_at(connection, EVERYWHERE, number, wall()), number),
                kept_at(connection, number),
            )
    _say(head, kept, json=json)
    if head.state is ReportState.FAILED:
        raise SystemExit(1)


@report_app.command(name="list")
def list_reports(
    *,
    count: Annotated[int, Parameter(help="So many of the newest.", validator=Number(gte=1, lte=10_000))] = 50,
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """List the newest reports.

    Example: gatepost central report list
    """
    with opened(config) as store, store.reading() as connection:
        found = reports(connection, EVERYWHERE, wall(), count=max(1, min(count, 1000)))
    for head in found:
        answer(_fields(head), _line(head), json=json)


@report_app.command
def show(
    number: ReportNumber,
    /,
    *,
    save: Annotated[Path | None, Parameter(help="A folder for its files: PDF, XLSX, Parquet, proof.")] = None,
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Show the figures of a report, and what they rest on.

    Example: gatepost central report show 12 --save november
    """
    with opened(config) as store, store.reading() as connection:
        head = _found(report_at(connection, EVERYWHERE, number, wall()), number)
        kept = kept_at(connection, number)
    if save is not None:
        _save(save, number, kept)
    _say(head, kept, json=json)


# --- inside --------------------------------------------------------------------------------


def _day(text: str | None, where: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{text!r} is not a day", where=where, remedy="write 2026-11-01") from None


def _found(head: ReportHead | None, number: int) -> ReportHead:
    if head is None:
        raise StoreError(f"there is no report {number}", remedy="gatepost central report list")
    return head


def _save(folder: Path, number: int, kept: KeptReport | None) -> None:
    from sync.central.exports.formats import FileFormat
    from sync.central.reports.files import file_of

    if kept is None:
        raise StoreError(f"report {number} is not made", remedy="gatepost central report list")
    parts = {"pdf": kept.paper, "proof": kept.proof}
    parts |= {each.value: file_of(kept.report, each) for each in (FileFormat.XLSX, FileFormat.PARQUET)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, data in parts.items():
            with (folder / f"report-{number}.{suffix}").open("xb") as file:
                file.write(data)
    except OSError as error:
        raise ConfigurationError(
            f"could not be written: {error.strerror}", where=str(error.filename), remedy="name another folder"
        ) from None


def _fields(head: ReportHead) -> dict[str, object]:
    return {
        "report": head.number,
        "place": head.where,
        "kind": head.kind.value,
        "first": head.first,
        "last": head.last,
        "state": head.state.value,
        "actor": head.actor,
        "at": iso(head.asked_at),
        "why": head.why,
    }


def _line(head: ReportHead) -> str:
    where, state = head.where or "everywhere", head.state.value
    why = f": {head.why}" if head.why else ""
    return f"{head.number}  {where}  {head.first} to {head.last}  {state}{why}, asked {shown(head.asked_at)}"


def _say(head: ReportHead, kept: KeptReport | None, *, json: bool) -> None:
    fields = _fields(head)
    if kept is None:
        answer(fields, _line(head), json=json)
        return
    report = kept.report
    rests = report.rests_on
    answer(
        fields
        | {
            "checks": report.checks,
            "denied": report.denied,
            "referred": report.referred,
            "by_hand": report.by_hand,
            "gates": rests.gates,
            "complete": rests.complete,
            "missing": rests.missing_count,
            "days": {day.day: day.checks for day in report.days},
        },
        _line(head),
        f"rests on {rests.complete} of {counted(rests.gates, 'gate')}, complete",
        *_missing(report),
        f"{report.checks} checks, denied {report.denied}, referred {report.referred}, "
        f"by hand {report.by_hand}",
        *(f"{day.day}  {day.checks}{'  lower than the truth' if day.lower else ''}" for day in report.days),
        json=json,
    )


def _whose(each: Missing) -> str:
    if each.why is Why.NOT_OVER:
        return "not over yet"
    if each.why is Why.DAMAGED:
        return f"{each.site}: a file of its history is not as written (gatepost central history verify)"
    return f"{each.site} {each.gate} ({each.device}): {each.why.value}"


def _missing(report: Report) -> list[str]:
    shown_ones = [
        _whose(each)
        + (f", sequences {each.first} to {each.last}" if each.first is not None else "")
        + (f", from {shown(each.since)}" if each.since is not None else "")
        + (f" to {shown(each.until)}" if each.until is not None else "")
        for each in report.rests_on.missing[:20]
    ]
    more = report.rests_on.missing_count - len(shown_ones)
    return [*shown_ones, *([f"and {more} more"] if more else [])]
