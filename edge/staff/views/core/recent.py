"""The last accesses of a gate, and the figures of its day."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Container
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from math import ceil

from msgspec.structs import replace as changed

from edge.decision import Outcome, local_time
from edge.journal.format import (
    Event,
    LaneGrantRefused,
    LaneOpened,
    LanePassed,
    PressNamed,
    StaffActCorrected,
)
from edge.lane.machine import Cause
from edge.staff.protocol.now import Means, Row, Today
from edge.staff.views.core.cards import row_of

MOST_ROWS = 20
_DAYS = 3
"""Days of which figures are kept: a clock that is set forward and back again loses none."""
_MOST_WAITS = 1000


@dataclass(frozen=True)
class DayCounts:
    """What happened on one day."""

    granted: int = 0
    denied: int = 0
    by_staff: int = 0

    def with_row(self, row: Row, times: int = 1) -> DayCounts:
        """The same with so many more of this access; of one that the lane refused, with none."""
        if row.refused:
            return self
        if row.means in {Means.STAFF, Means.BUTTON}:
            return replace(self, by_staff=self.by_staff + times)
        if row.outcome is Outcome.GRANT:
            return replace(self, granted=self.granted + times)
        return replace(self, denied=self.denied + times * (row.outcome is Outcome.DENY))

    def __add__(self, other: DayCounts) -> DayCounts:
        return DayCounts(
            self.granted + other.granted, self.denied + other.denied, self.by_staff + other.by_staff
        )


def is_refusal(event: LaneGrantRefused) -> bool:
    """Whether somebody was not let through: in a fire everything stands open, whoever waited."""
    return event.why != Cause.FIRE


@dataclass(frozen=True)
class Recent:
    """The last accesses, the newest first, and the figures of the last days. `time_zone` is the site's."""

    time_zone: str
    rows: tuple[Row, ...] = ()
    days: tuple[tuple[date, DayCounts], ...] = ()

    def happened(self, event: Event, number: int, at: datetime) -> Recent:
        """What it is after an event of the journal."""
        if isinstance(event, PressNamed):
            return replace(self, rows=tuple(_named(row, event) for row in self.rows))
        if isinstance(event, StaffActCorrected):
            return replace(self, rows=tuple(_corrected(row, event) for row in self.rows))
        if isinstance(event, LaneGrantRefused):
            return self._refused(event)
        if isinstance(event, LaneOpened | LanePassed):
            return self.opened({event.reference})
        row = row_of(event, number, at)
        return self if row is None else self.with_row(row)

    def with_row(self, row: Row) -> Recent:
        """What it is after one more access."""
        return replace(self._counted(row, 1), rows=(row, *self.rows)[:MOST_ROWS])

    def of(self, reference: str) -> Row | None:
        """The access that the lane means by a reference."""
        return next((row for row in self.rows if str(row.number) == reference), None)

    def opened(self, references: Container[str]) -> Recent:
        """What it is where the lane opened for these."""
        if not any(str(row.number) in references and not row.opened for row in self.rows):
            return self
        rows = (changed(row, opened=True) if str(row.number) in references else row for row in self.rows)
        return replace(self, rows=tuple(rows))

    def after(self, past: Recent) -> Recent:
        """The same with what was in the journal before it."""
        days = dict(past.days)
        for day, figures in self.days:
            days[day] = days.get(day, DayCounts()) + figures
        return replace(self, rows=(*self.rows, *past.rows)[:MOST_ROWS], days=tuple(days.items())[-_DAYS:])

    def in_zone(self, time_zone: str) -> Recent:
        """The same where the site lies in another zone: its days are counted anew by what is shown."""
        anew = Recent(time_zone)
        for row in reversed(self.rows):
            anew = anew.with_row(row)
        return anew

    def _refused(self, event: LaneGrantRefused) -> Recent:
        """The same where the lane let somebody not through: they count no more."""
        row = self.of(event.reference)
        if row is None or row.refused or not is_refusal(event):
            return self
        refused = changed(row, refused=event.why)
        rows = tuple(refused if each is row else each for each in self.rows)
        return replace(self._counted(row, -1), rows=rows)

    def _counted(self, row: Row, times: int) -> Recent:
        day = local_time(row.at, self.time_zone).date()
        figures = self.of_day(day).with_row(row, times)
        others = tuple(each for each in self.days if each[0] != day)
        return replace(self, days=(*others, (day, figures))[-_DAYS:])

    def of_day(self, day: date) -> DayCounts:
        return next((figures for found, figures in self.days if found == day), DayCounts())

    def today(self, at: datetime, waits: RecentWaits) -> Today:
        """The figures of the day on which `at` is."""
        figures = self.of_day(local_time(at, self.time_zone).date())
        return Today(
            figures.granted, figures.denied, figures.by_staff, waits.reached_by(0.5), waits.reached_by(0.95)
        )


def _named(row: Row, event: PressNamed) -> Row:
    if row.number != event.press or row.means is not Means.BUTTON:
        return row
    return changed(row, staff=event.staff, reason=event.reason, text=event.text)


def _corrected(row: Row, event: StaffActCorrected) -> Row:
    if row.number != event.about or row.means not in {Means.STAFF, Means.BUTTON}:
        return row
    return changed(row, reason=event.reason, text=event.text)


@dataclass(frozen=True)
class RecentWaits:
    """How long people waited (ms), the last thousand of them: in their order, and sorted."""

    newest: deque[float] = field(default_factory=lambda: deque(maxlen=_MOST_WAITS))
    ordered: list[float] = field(default_factory=list)

    def add(self, took: float) -> None:
        if len(self.newest) == _MOST_WAITS:
            self.ordered.remove(self.newest[0])
        self.newest.append(took)
        insort(self.ordered, took)

    def reached_by(self, share: float) -> float | None:
        """What this share of the people waited at most; None where nobody did."""
        return self.ordered[ceil(share * len(self.ordered)) - 1] if self.ordered else None
