"""Stores the workers and their shifts, and says who is on duty, how busy they are, and when nobody is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.dispatch.core import (
    AskedWorker,
    Bounds,
    Candidate,
    DayChange,
    DutyShift,
    DutySpan,
    OfferEnd,
    Roster,
    distance,
    duty_at,
    duty_spans,
    holes,
    ranked,
)
from sync.central.dispatch.tables import is_live, task, task_offer, worker, worker_day, worker_shift
from sync.central.dispatch.whereabouts import place_of, whereabouts_of
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tables import place_within
from sync.central.store import StoreError
from sync.central.units import MINUTE

_MISSED_FOR = 5 * MINUTE
"""After that somebody whom no message reached is tried again: a server may be back."""


@dataclass(frozen=True)
class Worker:
    """Somebody who is sent. `place` is for what they care; `mail` and `handle` say how else than by their
    page they are told. Times are microseconds since 1970 UTC.
    """

    number: int
    place: int
    code: str
    name: str
    language: str
    mail: str
    handle: str
    seen_at: int | None
    silent_since: int | None
    roster: Roster


@dataclass(frozen=True)
class OnDuty:
    """A worker who is on duty until the end of `span`, and how many tasks they have."""

    worker: Worker
    span: DutySpan
    places: tuple[int, ...]
    busy: int


def workers_in(connection: sa.Connection, sight: Sight, count: int = 2000) -> list[Worker]:
    """The workers whose place is in sight, by place and name."""
    query = _IN_SERVICE.where(sight.of_place(worker.c.place))
    return _workers(connection, query.order_by(worker.c.place, worker.c.name, worker.c.number).limit(count))


def worker_at(connection: sa.Connection, sight: Sight, number: int) -> Worker:
    """The worker with this number, in sight. Raises StoreError if there is none."""
    query = _IN_SERVICE.where(worker.c.number == number, sight.of_place(worker.c.place))
    for found in _workers(connection, query):
        return found
    raise StoreError(
        phrase("there is no worker %(number)s", number=number), remedy=phrase("the roster lists them")
    )


def on_duty(connection: sa.Connection, sight: Sight, zone: ZoneInfo, now: int) -> list[OnDuty]:
    """The workers of places in sight who are on duty now."""
    found = []
    busy = busy_workers(connection)
    paths = _paths(connection)
    for each in workers_in(connection, sight):
        span = duty_at(each.roster, now, zone)
        if span is not None:
            places = paths.get(each.place, (each.place,))
            found.append(OnDuty(each, span, places, busy.get(each.number, 0)))
    return found


def choice_for(
    connection: sa.Connection, number: int, duty: Iterable[OnDuty], bounds: Bounds, now: int
) -> tuple[OnDuty, ...]:
    """Those of `duty` who may be sent for a task, the next one first. Whom no message reached lately comes
    after others, as whose phone was silent, and who goes off duty before an answer is due.
    """
    return choices_for(connection, [number], duty, bounds, now)[number]


def choices_for(
    connection: sa.Connection, numbers: Iterable[int], duty: Iterable[OnDuty], bounds: Bounds, now: int
) -> dict[int, tuple[OnDuty, ...]]:
    """The same of many tasks, by their numbers: whom no message reached is asked for once."""
    known = _Known(connection, duty, bounds, now)
    return {each: known.ranked(_path_of(connection, each), _asked(connection, each, now)) for each in numbers}


def nearest_to(
    connection: sa.Connection, place: int, duty: Iterable[OnDuty], bounds: Bounds, now: int
) -> tuple[OnDuty, ...]:
    """Those of `duty` who may be sent to a place, the nearest first, where nobody was asked yet."""
    return _Known(connection, duty, bounds, now).ranked(_path(connection, place), {})


def in_reach(connection: sa.Connection, number: int, duty: Iterable[OnDuty]) -> tuple[OnDuty, ...]:
    """Those of `duty` who are near enough to be sent for a task at all."""
    path = _path_of(connection, number)
    return tuple(each for each in duty if distance(path, each.places) is not None)


@dataclass(frozen=True)
class Coming:
    """The workers, and the path to the place of each: read once, and asked about many tasks."""

    workers: tuple[Worker, ...]
    paths: Mapping[int, tuple[int, ...]]
    zone: ZoneInfo

    def before(self, connection: sa.Connection, number: int, now: int, due_at: int) -> bool:
        """Whether somebody near enough to be sent for a task comes on duty before it is due."""
        path = _path_of(connection, number)
        return any(
            duty_spans(each.roster, now, due_at, self.zone)
            for each in self.workers
            if distance(path, self.paths.get(each.place, (each.place,))) is not None
        )


def coming(connection: sa.Connection, zone: ZoneInfo) -> Coming:
    """Whoever may come on duty, whose rosters are in `zone`."""
    return Coming(tuple(workers_in(connection, EVERYWHERE)), _paths(connection), zone)


def busy_workers(connection: sa.Connection) -> Mapping[int, int]:
    """How many tasks each worker has who has any."""
    query = sa.select(task.c.worker, sa.func.count().label("count")).where(
        is_live, task.c.worker.is_not(None)
    )
    return {row.worker: row[1] for row in connection.execute(query.group_by(task.c.worker))}


def holes_in(
    connection: sa.Connection, sight: Sight, zone: ZoneInfo, since: int, until: int
) -> dict[int, tuple[DutySpan, ...]]:
    """The times in which nobody is on duty for a place that workers care for: nobody of it, of what lies in
    it, or of what it lies in. By the number of the place.
    """
    paths = _paths(connection)
    spans = {
        each.number: (paths.get(each.place, (each.place,)), duty_spans(each.roster, since, until, zone))
        for each in workers_in(connection, EVERYWHERE)
    }
    cared_for = {each.place for each in workers_in(connection, sight)}
    found = {}
    for place in cared_for:
        path = paths.get(place, (place,))
        covered = [
            span for places, duty in spans.values() if place in places or places[-1] in path for span in duty
        ]
        if gaps := holes(covered, since, until):
            found[place] = gaps
    return found


def put_worker(connection: sa.Connection, held: Worker, by: str, now: int) -> tuple[int, bool]:
    """Write a worker, known by place and code, with their shifts in place of earlier ones; changes of single
    days stay. Returns their number, and whether they are new.
    """
    mine = (worker.c.place == held.place) & (worker.c.code == held.code)
    values = {
        "name": held.name,
        "language": held.language,
        "mail": held.mail,
        "handle": held.handle,
        "ended_at": None,
    }
    number = connection.execute(sa.select(worker.c.number).where(mine)).scalar()
    is_new = number is None
    if number is None:
        made = {"place": held.place, "code": held.code, "made_at": now, "made_by": by}
        inserted = sa.insert(worker).values(**values, **made).returning(worker.c.number)
        number = connection.execute(inserted).scalar_one()
    else:
        connection.execute(sa.update(worker).where(mine).values(values))
    connection.execute(sa.delete(worker_shift).where(worker_shift.c.worker == number))
    for shift in held.roster.shifts:
        row = {"days": "".join(map(str, sorted(shift.days))), "start": shift.start, "end": shift.end}
        connection.execute(sa.insert(worker_shift).values(worker=number, **row))
    return int(number), is_new


def change_day(connection: sa.Connection, number: int, change: DayChange) -> None:
    """Say what is different for a worker on one day; what was said of that day before counts no more."""
    that = (worker_day.c.worker == number) & (worker_day.c.day == change.day.isoformat())
    connection.execute(sa.delete(worker_day).where(that))
    values = {"worker": number, "day": change.day.isoformat(), "start": change.start, "end": change.end}
    connection.execute(sa.insert(worker_day).values(values))


def end_worker(connection: sa.Connection, number: int, now: int) -> None:
    """Nobody sends this worker any more. Raises StoreError while they have a task."""
    busy = connection.execute(sa.select(task.c.number).where(task.c.worker == number, is_live)).first()
    if busy is not None:
        raise StoreError(
            phrase("this worker has task %(busy)s", busy=busy.number), remedy=phrase("hand it on first")
        )
    connection.execute(sa.update(worker).where(worker.c.number == number).values(ended_at=now))


# --- inside --------------------------------------------------------------------------------

_IN_SERVICE = sa.select(worker).where(worker.c.ended_at.is_(None))


class _Known:
    """Who is on duty, and whom of them no message reached lately."""

    def __init__(self, connection: sa.Connection, duty: Iterable[OnDuty], bounds: Bounds, now: int) -> None:
        self._duty = {each.worker.number: each for each in duty}
        self._missed = _missed_lately(connection, self._duty, now)
        self._answered_by = now + bounds.answer

    def ranked(self, path: Sequence[int], asked: Mapping[int, AskedWorker]) -> tuple[OnDuty, ...]:
        """Those who may be sent where this path leads, the next one first."""
        candidates = [
            Candidate(
                each,
                one.places,
                one.busy,
                silent=one.worker.silent_since is not None or each in self._missed,
                leaves=one.span.end < self._answered_by,
            )
            for each, one in self._duty.items()
        ]
        return tuple(self._duty[each.worker] for each in ranked(path, candidates, asked))


def _workers(connection: sa.Connection, query: sa.Select[Any]) -> list[Worker]:
    rows = connection.execute(query).all()
    rosters = _rosters(connection, [row.number for row in rows])
    return [
        Worker(
            row.number,
            row.place,
            row.code,
            row.name,
            row.language,
            row.mail,
            row.handle,
            row.seen_at,
            row.silent_since,
            rosters.get(row.number, Roster()),
        )
        for row in rows
    ]


def _rosters(connection: sa.Connection, numbers: Collection[int]) -> dict[int, Roster]:
    shifts, days = defaultdict[int, list[DutyShift]](list), defaultdict[int, list[DayChange]](list)
    those = worker_shift.c.worker.in_(numbers)
    for row in connection.execute(sa.select(worker_shift).where(those).order_by(worker_shift.c.number)):
        shifts[row.worker].append(DutyShift(frozenset(map(int, row.days)), row.start, row.end))
    those = worker_day.c.worker.in_(numbers)
    for row in connection.execute(sa.select(worker_day).where(those).order_by(worker_day.c.number)):
        days[row.worker].append(DayChange(date.fromisoformat(row.day), row.start, row.end))
    return {number: Roster(tuple(shifts[number]), tuple(days[number])) for number in numbers}


def _paths(connection: sa.Connection) -> dict[int, tuple[int, ...]]:
    """The path of each place that workers care for, from the city down."""
    places = connection.execute(sa.select(worker.c.place).where(worker.c.ended_at.is_(None)).distinct())
    return {place: _path(connection, place) for place in places.scalars()}


def _path_of(connection: sa.Connection, number: int) -> tuple[int, ...]:
    """The path to where a task is."""
    row = connection.execute(sa.select(task.c.site, task.c.place).where(task.c.number == number)).one()
    place = place_of(connection, whereabouts_of(row))
    return () if place is None else _path(connection, place)


def _path(connection: sa.Connection, place: int) -> tuple[int, ...]:
    """What a place lies in, from the largest down to itself: each holds all that follow it."""
    above = place_within.alias()
    depth = sa.select(sa.func.count()).where(above.c.place == place_within.c.ancestor).scalar_subquery()
    query = sa.select(place_within.c.ancestor).where(place_within.c.place == place).order_by(depth)
    return tuple(connection.execute(query).scalars())


def _asked(connection: sa.Connection, number: int, now: int) -> dict[int, AskedWorker]:
    """Whom a task was offered, how often, and who said no; who was passed over by hand counts as asked."""
    offers = connection.execute(sa.select(task_offer).where(task_offer.c.task == number)).all()
    missed = [each for each in offers if each.end == OfferEnd.NOT_DELIVERED]
    tried_lately = any(each.ended_at > now - _MISSED_FOR for each in missed)
    found = {}
    for worker_number in {each.worker for each in offers}:
        mine = [each for each in offers if each.worker == worker_number]
        again = 0 if tried_lately else sum(each in missed for each in mine)
        found[worker_number] = AskedWorker(
            len(mine), any(each.end == OfferEnd.DECLINED for each in mine), again
        )
    return found


def _missed_lately(connection: sa.Connection, workers: Collection[int], now: int) -> set[int]:
    """Those of some workers whom a message about a task did not reach in the last minutes."""
    lately = task_offer.c.worker.in_(workers) & (task_offer.c.ended_at > now - _MISSED_FOR)
    query = sa.select(task_offer.c.worker).where(lately, task_offer.c.end == OfferEnd.NOT_DELIVERED.value)
    return {*connection.execute(query).scalars()}
