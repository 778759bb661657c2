"""What the page of a report shows, and its paper: the same figures in the same plots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date, format_skeleton

from edge.web.texts import Language
from sync.central.delivery.core import LONGEST_SUBJECT
from sync.central.reports.core import (
    DaysPlot,
    ErrorFigures,
    GateFigures,
    Kind,
    OccupancyFigures,
    Rate,
    ReasonBar,
    Report,
    TemperatureFigures,
    WaitsPlot,
    WhiskersPlot,
    Why,
    bars_plot,
    days_plot,
    reasons_plot,
    waits_plot,
    whiskers_plot,
)
from sync.central.reports.files import digest_of
from sync.central.reports.keeping import ReportHead
from sync.central.reports.loop import Letter
from sync.central.web.rendering import RENDERING


@dataclass(frozen=True)
class ErrorsView:
    """Error rates as they are shown: each by its group, gate and hour."""

    figures: ErrorFigures
    plots: tuple[tuple[str, WhiskersPlot], ...]


@dataclass(frozen=True)
class ReportView:
    """A report with its plots. `digest` stands for all its figures."""

    report: Report
    checks: DaysPlot
    waits: WaitsPlot | None
    reasons: tuple[ReasonBar, ...]
    refused: ErrorsView
    mistaken: ErrorsView
    gates: Mapping[str, str]
    digest: str
    hours: DaysPlot | None
    inside: DaysPlot | None

    @property
    def denied(self) -> Rate:
        """How many were denied, of all that gates decided on."""
        report = self.report
        return Rate(report.denied, report.checks - report.by_hand)

    @property
    def lower_days(self) -> tuple[str, ...]:
        return tuple(day.day for day in self.report.days if day.lower)

    @property
    def open_days(self) -> frozenset[str]:
        """The days that were not over when it was made."""
        days = self.report.asked.days
        still = (each for each in self.report.rests_on.missing if each.why is Why.NOT_OVER)
        return frozenset(day.isoformat() for each in still for day in days.touched_by(each.since, each.until))


def view_of(report: Report, names: Mapping[str, str]) -> ReportView:
    """What is shown of a report; `names` are those of its sites, by id."""
    return ReportView(
        report,
        days_plot(report.days),
        waits_plot(report.days),
        reasons_plot(report.reasons),
        _errors(report.refused),
        _errors(report.mistaken),
        {each.device: _gate(each, names) for each in report.gates},
        digest_of(report).value.hex(),
        _hours(report.temperatures),
        _inside(report.occupancy),
    )


def days_in_words(language: Language, kind: Kind, first: str, last: str) -> str:
    """The days of a report: a month by its name, others by their dates."""
    begin, end, locale = date.fromisoformat(first), date.fromisoformat(last), language.value
    if kind is Kind.MONTHLY:
        return format_skeleton("yMMMM", begin, locale=locale)
    if begin == end:
        return format_date(begin, "medium", locale=locale)
    return f"{format_date(begin, 'medium', locale=locale)} – {format_date(end, 'medium', locale=locale)}"


@dataclass(frozen=True)
class ReportPress:
    """Puts reports into words; `origin` is where the console answers."""

    origin: str

    def paper(self, head: ReportHead, report: Report, names: Mapping[str, str], now: int) -> str:
        """The paper of a report as HTML that holds all it shows: figures only, nobody is named."""
        values = _on_paper(head, report, names, now)
        return RENDERING.rendered(Language(head.language), "reports/paper.html", values)

    def letter(self, head: ReportHead, report: Report) -> Letter:
        """What a mail says: which report, how complete it is, and where it is."""
        language = Language(head.language)
        days = days_in_words(language, head.kind, head.first, head.last)
        values = {"head": head, "report": report, "days": days, "origin": self.origin}
        said = RENDERING.rendered(language, "reports/letter.html", values)
        subject, _, text = said.strip().partition("\n")
        return Letter(" ".join(subject.split())[:LONGEST_SUBJECT], text.strip() + "\n")


# --- inside --------------------------------------------------------------------------------


def _on_paper(head: ReportHead, report: Report, names: Mapping[str, str], now: int) -> dict[str, Any]:
    language = Language(head.language)
    return {
        "head": head,
        "view": view_of(report, names),
        "names": names,
        "days": days_in_words(language, head.kind, head.first, head.last),
        "now": now,
        "zone": head.zone,
        "on_paper": True,
        "style": RENDERING.rendered(language, "reports/paper.css", {}),
    }


def _gate(figures: GateFigures, names: Mapping[str, str]) -> str:
    return f"{names[figures.site]} · {figures.gate}" if figures.site else figures.device


def _hours(figures: TemperatureFigures | None) -> DaysPlot | None:
    """Readings by the hour of the day, those that are hidden as nothing, dashed; None where none is shown."""
    if figures is None or not figures.by_hour:
        return None
    read = {each.name: each.read for each in figures.by_hour}
    hours = [f"{hour:02}" for hour in range(24)]
    return bars_plot([(hour, read.get(hour, 0), hour not in read) for hour in hours])


def _inside(figures: OccupancyFigures | None) -> DaysPlot | None:
    """The most people inside by day; None where none is shown."""
    if figures is None or not any(peak for _, peak in figures.days):
        return None
    return bars_plot([(day, peak or 0, peak is None) for day, peak in figures.days])


def _errors(figures: ErrorFigures) -> ErrorsView:
    cuts = (("group", figures.by_group), ("gate", figures.by_gate), ("hour", figures.by_hour))
    return ErrorsView(figures, tuple((name, whiskers_plot(rates)) for name, rates in cuts if rates))
