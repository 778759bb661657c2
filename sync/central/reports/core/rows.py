"""The figures of a report as rows: what its files hold, and what its proof signs."""

from __future__ import annotations

from collections.abc import Iterator

from sync.central.exports.core import CellKind, Column, Value
from sync.central.reports.core.measured import OccupancyFigures, TemperatureFigures
from sync.central.reports.core.report import ErrorFigures, Report, Waited

COLUMNS = (
    Column("section"),
    Column("item"),
    Column("measure"),
    Column("value", CellKind.INTEGER),
    Column("of", CellKind.INTEGER),
    Column("low_ppm", CellKind.INTEGER),
    Column("high_ppm", CellKind.INTEGER),
)
"""`low_ppm` and `high_ppm` are the 95 % limits of value / of, in millionths."""
Row = tuple[str, str, str, Value, Value, Value, Value]
_MILLION = 1_000_000


def rows_of(report: Report) -> Iterator[Row]:
    """Every figure of a report, in one order. Times are milliseconds."""
    yield from _report(report)
    for day in report.days:
        for measure in ("granted", "denied", "referred", "by_hand", "unopened", "late", "ahead"):
            yield _row("day", day.day, measure, getattr(day, measure))
        yield _row("day", day.day, "lower_than_the_truth", int(day.lower))
        yield from _waits("day", day.day, day.waited)
    for reason in report.reasons:
        yield _row("reason", reason.reason, "denied", reason.denied)
        yield _row("reason", reason.reason, "referred", reason.referred)
    for gate in report.gates:
        for measure in ("checks", "denied", "referred", "by_hand"):
            yield _row("gate", gate.device, measure, getattr(gate, measure))
    for each in report.overrides:
        yield _row("opened_by", each.staff, "times", each.times)
        yield _row("opened_by", each.staff, f"mostly:{each.mostly}", each.mostly_times)
    yield from _errors("wrongly_refused", report.refused)
    yield from _errors("mistaken", report.mistaken)
    yield _row("sent", "", "went", report.sent.went)
    yield _row("sent", "", "seconds_p50", report.sent.half)
    yield _row("sent", "", "seconds_p90", report.sent.most)
    for measure in ("asked", "answered", "corrected"):
        yield _row("appeals", "", measure, getattr(report.appeals, measure))
    if report.temperatures is not None:
        yield from _temperatures(report.temperatures)
    if report.occupancy is not None:
        yield from _occupancy(report.occupancy)


# --- inside --------------------------------------------------------------------------------


def _report(report: Report) -> Iterator[Row]:
    asked = report.asked
    for measure, text in (("first", asked.first), ("last", asked.last), ("zone", asked.zone)):
        yield _row("report", text, measure, None)
    for site in asked.sites:
        yield _row("report", site, "site", None)
    yield _row("report", "", "checks", report.checks)
    yield _row("report", "", "checks_before", report.before)
    yield from _waits("report", "", report.waited)
    rests = report.rests_on
    yield _row("rests_on", "", "complete_gates", rests.complete, rests.gates)
    yield _row("rests_on", "", "missing", rests.missing_count)
    for each in rests.missing:
        yield _row("missing", each.device, f"{each.why.value}_since", each.since)
        yield _row("missing", each.device, f"{each.why.value}_until", each.until)
        yield _row("missing", each.device, f"{each.why.value}_first", each.first)
        yield _row("missing", each.device, f"{each.why.value}_last", each.last)


def _temperatures(figures: TemperatureFigures) -> Iterator[Row]:
    """Means are hundredths of a degree Celsius; times are microseconds since 1970 UTC."""
    yield _row("temperature", "", "gates", figures.gates)
    yield _row("temperature", "", "first_hour", figures.first)
    yield _row("temperature", "", "last_hour", figures.last)
    yield _row("temperature", "", "hidden", figures.hidden)
    whole = () if figures.whole is None else (figures.whole,)
    cuts = (
        ("temperature", whole),
        ("temperature_gate", figures.by_gate),
        ("temperature_hour", figures.by_hour),
    )
    for section, cut in cuts:
        for each in cut:
            for measure in ("read", "again", "granted", "referred", "denied", "invalid", "mean"):
                yield _row(section, each.name, measure, getattr(each, measure))
    for drift in figures.drifts:
        for measure in ("since", "until", "hundredths"):
            yield _row("thermometer_drift", drift.device, measure, getattr(drift, measure))


def _occupancy(figures: OccupancyFigures) -> Iterator[Row]:
    """Times are microseconds since 1970 UTC."""
    yield _row("inside", "", "hidden", figures.hidden)
    yield _row("inside", "", "unknown", figures.unknown)
    whole = () if figures.whole is None else (figures.whole,)
    for each in (*whole, *figures.by_site):
        section = "inside_site" if each.site else "inside"
        for measure in ("peak", "at", "since", "passages", "corrected", "corrections"):
            yield _row(section, each.site, measure, getattr(each, measure))
        if each.site:
            yield _row(section, each.site, "minutes_warned", each.warned)
            yield _row(section, each.site, "minutes_stopped", each.stopped)
    for day, peak in figures.days:
        yield _row("inside_day", day, "peak", peak)


def _waits(section: str, item: str, waited: Waited) -> Iterator[Row]:
    yield _row(section, item, "waited_people", waited.people)
    yield _row(section, item, "waited_p50", waited.half)
    yield _row(section, item, "waited_p95", waited.most)
    yield _row(section, item, "waited_p99", waited.nearly_all)


def _errors(section: str, figures: ErrorFigures) -> Iterator[Row]:
    cuts = (("group", figures.by_group), ("gate", figures.by_gate), ("hour", figures.by_hour))
    low, high = figures.whole.limits
    yield (section, "", "all", figures.whole.times, figures.whole.of, _ppm(low), _ppm(high))
    for measure, cut in cuts:
        for each in cut:
            low, high = each.rate.limits
            yield (section, each.name, measure, each.rate.times, each.rate.of, _ppm(low), _ppm(high))
    yield _row(section, "", "hidden", figures.hidden)


def _ppm(share: float) -> int:
    return round(share * _MILLION)


def _row(section: str, item: str, measure: str, value: Value, of: Value = None) -> Row:
    return (section, item, measure, value, of, None, None)
