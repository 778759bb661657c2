"""The last accesses of a gate, and the figures of its day."""

from __future__ import annotations

from bisect import insort
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from math import ceil

from msgspec.structs import replace as changed

from edge.decision import Outcome, local_time
from edge.journal.format import Event, PressNamed, StaffActCorrected
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

    def with_row(self, row: Row) -> DayCounts:
        if row.means in {Means.STAFF, Means.BUTTON}:
            return replace(self, by_staff=self.by_staff + 1)
        if row.outcome is Outcome.GRANT:
            return replace(self, granted=self.granted + 1)
        return replace(self, denied=self.denied + (row.outcome is Outcome.DENY))

    def __add__(self, other: DayCounts) -> DayCounts:
        return DayCounts(
            self.granted + other.granted, self.denied + other.denied, self.by_staff + other.by_staff
        )


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
        row = row_of(event, number, at)
        return self if row is None else self.with_row(row)

    def with_row(self, row: Row) -> Recent:
        """What it is after one more access."""
        day = local_time(row.at, self.time_zone).date()
        figures = self.of_day(day).with_row(row)
        others = tuple(each for each in self.days if each[0] != day)
        return replace(self, rows=(row, *self.rows)[:MOST_ROWS], days=(*others, (day, figures))[-_DAYS:])

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
