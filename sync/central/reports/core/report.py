"""A report as a value: whole numbers only, so that the same events give the same bytes."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from edge.signing.cose import encode_value
from sync.central.reports.core.days import Days
from sync.central.reports.core.measured import OccupancyFigures, TemperatureFigures
from sync.central.reports.core.rates import Rate

PROMISED_P99 = 1_000
"""Milliseconds within which 99 of a hundred people are to be decided on."""


class Kind(StrEnum):
    """For how long a report is, and how often it comes."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    SINGLE = "single"  # of any days, once


class Asked(msgspec.Struct, frozen=True):
    """What a report is of: the `sites` of a place, whose name in words is `where`, for some days."""

    kind: Kind
    where: str
    sites: tuple[str, ...]
    first: str
    last: str
    zone: str

    @property
    def days(self) -> Days:
        return Days(date.fromisoformat(self.first), date.fromisoformat(self.last), ZoneInfo(self.zone))


class Waited(msgspec.Struct, frozen=True):
    """How long people waited, in milliseconds: half of the `people`, 95 and 99 in a hundred."""

    people: int
    half: int | None = None
    most: int | None = None
    nearly_all: int | None = None

    @property
    def is_kept(self) -> bool | None:
        """Whether the promise was kept; None where nobody measured."""
        return None if self.nearly_all is None else self.nearly_all <= PROMISED_P99


class DayFigures(msgspec.Struct, frozen=True):
    """What a day came to. `late` of them came late, `ahead` say a time that had not come yet; where something
    is missing, it is `lower` than the truth. `unopened` were granted, or to be opened by hand, and the lane
    refused: nobody passed.
    """

    day: str
    granted: int
    denied: int
    referred: int
    by_hand: int
    late: int
    ahead: int
    waited: Waited
    lower: bool = False
    unopened: int = 0

    @property
    def checks(self) -> int:
        return self.granted + self.denied + self.referred + self.by_hand + self.unopened


class ReasonFigures(msgspec.Struct, frozen=True):
    """How often a `reason` kept somebody out."""

    reason: str
    denied: int
    referred: int


class GateFigures(msgspec.Struct, frozen=True):
    """What a gate's device counted, and where it stands now ("" where it is of these sites no more)."""

    device: str
    site: str
    gate: str
    checks: int
    denied: int
    referred: int
    by_hand: int


class OverrideFigures(msgspec.Struct, frozen=True):
    """How often somebody (`staff` is their id, "": nobody said who) opened by hand, and the reason (`mostly`)
    that was given most, `mostly_times`; "": most gave none.
    """

    staff: str
    times: int
    mostly: str
    mostly_times: int


class ErrorRate(msgspec.Struct, frozen=True):
    """How often a gate erred, by its own group, gate or hour, as `name` says."""

    name: str
    rate: Rate


class ErrorFigures(msgspec.Struct, frozen=True):
    """How often gates erred, as far as anybody has said: a lower bound. `hidden` are so many groups, gates
    and hours that had too few people to be shown.
    """

    whole: Rate
    by_group: tuple[ErrorRate, ...] = ()
    by_gate: tuple[ErrorRate, ...] = ()
    by_hour: tuple[ErrorRate, ...] = ()
    hidden: int = 0


class AppealFigures(msgspec.Struct, frozen=True):
    """The appeals that were asked in these days, and what became of them."""

    asked: int = 0
    answered: int = 0
    corrected: int = 0


class SentFigures(msgspec.Struct, frozen=True):
    """How long it took from the gate until somebody was on the way, in seconds: half of those who went, and
    nine in ten; None where nobody went.
    """

    went: int = 0
    half: int | None = None
    most: int | None = None


class Why(StrEnum):
    """Why something of a gate is not here."""

    GAP = "gap"  # a gap that is not filled
    LOST = "lost"  # the gate says that it lost it
    LATE = "late"  # the gate has more to send
    DARK = "dark"  # not heard to the end
    SILENT = "silent"  # never heard
    BETWEEN = "between"  # between the end of one journal of the gate and the begin of its next
    NOT_OVER = "not_over"  # days of the report: of no gate
    DAMAGED = "damaged"  # a file of the site's history is not what was written


class Missing(msgspec.Struct, frozen=True):
    """What of a gate is not here: some sequences (`first` to `last`), or everything `since` then; None where
    nobody can tell.
    """

    device: str
    site: str
    gate: str
    why: Why
    since: int | None = None
    until: int | None = None
    first: int | None = None
    last: int | None = None


class RestsOn(msgspec.Struct, frozen=True):
    """On how many gates a report rests, of how many everything is here, and what is missing: `missing` names
    the first of them, `missing_count` how many there are.
    """

    gates: int
    complete: int
    missing: tuple[Missing, ...] = ()
    missing_count: int = 0


class Report(msgspec.Struct, frozen=True):
    """A report. `before` is how many checks there were in as many days before; None: nothing is known of
    those. Reports that were made before these two were in them have no `temperatures` and `occupancy`.
    """

    asked: Asked
    rests_on: RestsOn
    days: tuple[DayFigures, ...]
    reasons: tuple[ReasonFigures, ...]
    waited: Waited
    gates: tuple[GateFigures, ...]
    overrides: tuple[OverrideFigures, ...]
    refused: ErrorFigures
    mistaken: ErrorFigures
    appeals: AppealFigures = AppealFigures()
    before: int | None = None
    sent: SentFigures = SentFigures()
    temperatures: TemperatureFigures | None = None
    occupancy: OccupancyFigures | None = None

    @property
    def checks(self) -> int:
        return sum(day.checks for day in self.days)

    @property
    def denied(self) -> int:
        return sum(day.denied for day in self.days)

    @property
    def referred(self) -> int:
        return sum(day.referred for day in self.days)

    @property
    def by_hand(self) -> int:
        return sum(day.by_hand for day in self.days)

    @property
    def unopened(self) -> int:
        return sum(day.unopened for day in self.days)

    @property
    def is_complete(self) -> bool:
        return self.rests_on.complete == self.rests_on.gates and not self.rests_on.missing_count

    def encoded(self) -> bytes:
        """The one encoding of this report."""
        return encode_value(self)
