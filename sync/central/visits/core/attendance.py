"""Who came of those whom an employer brings: each day's shifts beside what the gates saw, as counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from edge.signing.cose import instant, microseconds
from sync.central.units import HOUR
from sync.central.visits.core.workers import DAYS, WorkShift

EARLY = HOUR
"""Who comes so long before a shift begins has come for it."""
ALL_DAY = WorkShift("", DAYS, "00:00", "00:00")
"""The shift of those whose employer has none."""


@dataclass(frozen=True)
class BroughtWorker:
    """Somebody whom an employer brings, with their shifts; their right holds from `since` (None: always)
    until `until` (microseconds since 1970 UTC).
    """

    id: str
    shifts: tuple[str, ...]
    since: int | None
    until: int

    def may_come(self, at: int) -> bool:
        return (self.since is None or self.since <= at) and at < self.until


@dataclass(frozen=True)
class SeenAtEntry:
    """Somebody at an entry: when, and whether they were let in."""

    id: str
    at: int
    let_in: bool


@dataclass(frozen=True)
class DayCount:
    """The people of an employer on a day of its site. `expected` are those with a shift that begins on it: of
    them `came` were let in for it, `missing` neither then nor at another time of the day; the shift of
    `not_yet` is not over. `outside` came on that day outside of their shifts, let in or not; `ended` although
    their right had ended, and of these `ended_let_in` were let in.
    """

    day: date
    expected: int = 0
    came: int = 0
    outside: int = 0
    missing: int = 0
    not_yet: int = 0
    ended: int = 0
    ended_let_in: int = 0


def day_counts(
    workers: Sequence[BroughtWorker],
    shifts: Mapping[str, WorkShift],
    seen: Iterable[SeenAtEntry],
    days: Sequence[date],
    zone: ZoneInfo,
    now: int,
) -> list[DayCount]:
    """What each of `days` came to by `now`, whatever the order in which the gates told it; who is `seen` and
    is no worker counts nowhere.
    """
    of_worker: dict[str, set[SeenAtEntry]] = {worker.id: set() for worker in workers}
    for each in seen:
        if each.id in of_worker:
            of_worker[each.id].add(each)
    stays = [_Stay.of(worker, shifts, of_worker[worker.id], zone) for worker in workers]
    return [_counted(day, [stay.on(day, now) for stay in stays]) for day in days]


# --- inside --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _On:
    """What a worker was on a day."""

    expected: bool
    came: bool
    outside: bool
    over: bool
    ended: bool
    ended_let_in: bool


@dataclass(frozen=True)
class _Stay:
    worker: BroughtWorker
    shifts: tuple[WorkShift, ...]
    seen: Mapping[date, frozenset[SeenAtEntry]]
    zone: ZoneInfo

    @staticmethod
    def of(
        worker: BroughtWorker, shifts: Mapping[str, WorkShift], seen: Iterable[SeenAtEntry], zone: ZoneInfo
    ) -> _Stay:
        days: dict[date, set[SeenAtEntry]] = {}
        for each in seen:
            days.setdefault(instant(each.at).astimezone(zone).date(), set()).add(each)
        own = tuple(shifts[name] for name in worker.shifts if name in shifts) or (
            () if shifts else (ALL_DAY,)
        )
        return _Stay(worker, own, {day: frozenset(found) for day, found in days.items()}, zone)

    def on(self, day: date, now: int) -> _On:
        windows = [*self._windows(day)]
        before = [*self._windows(day - timedelta(days=1))]
        today, tomorrow = (self.seen.get(each, frozenset()) for each in (day, day + timedelta(days=1)))
        came = any(
            each.let_in and begin - EARLY <= each.at < end
            for each in today | tomorrow
            for begin, end in windows
        )
        near = (*before, *windows, *self._windows(day + timedelta(days=1)))
        late = [each for each in today if each.at >= self.worker.until]
        in_no_shift = [
            each
            for each in today
            if each.at < self.worker.until and not any(begin - EARLY <= each.at < end for begin, end in near)
        ]
        return _On(
            expected=bool(windows),
            came=bool(windows) and came,
            outside=bool(in_no_shift),
            over=all(end <= now for _, end in windows),
            ended=bool(late),
            ended_let_in=any(each.let_in for each in late),
        )

    def _windows(self, day: date) -> Iterator[tuple[int, int]]:
        """From when until when they work that begin on a day, as far as their right holds then."""
        for shift in self.shifts:
            if DAYS[day.weekday()] not in shift.days:
                continue
            begin, end = _moments(day, shift, self.zone)
            if begin < self.worker.until and (self.worker.since is None or self.worker.since < end):
                yield begin, end


def _moments(day: date, shift: WorkShift, zone: ZoneInfo) -> tuple[int, int]:
    start, end = time.fromisoformat(shift.start), time.fromisoformat(shift.end)
    ends_on = day if end > start else day + timedelta(days=1)
    return (
        microseconds(datetime.combine(day, start, zone)),
        microseconds(datetime.combine(ends_on, end, zone)),
    )


def _counted(day: date, people: Sequence[_On]) -> DayCount:
    expected = [each for each in people if each.expected]
    absent = [each for each in expected if not each.came and not each.outside]
    return DayCount(
        day,
        len(expected),
        sum(each.came for each in expected),
        sum(each.outside for each in people),
        sum(each.over for each in absent),
        sum(not each.over for each in absent),
        sum(each.ended for each in people),
        sum(each.ended_let_in for each in people),
    )
