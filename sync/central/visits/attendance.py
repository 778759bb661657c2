"""Reads who came of an employer's lists, day by day, from the accesses: counts of nobody in particular."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.decision import Direction, Outcome, Subject
from edge.signing.cose import microseconds
from edge.support.decoding import json_of
from sync.central.accesses.tables import access
from sync.central.people.columns import in_groups
from sync.central.people.subjects import time_zone_of
from sync.central.store import StoreError
from sync.central.tables import subject
from sync.central.units import DAY
from sync.central.visits.core.attendance import DayCount, Seen, Worker, day_counts
from sync.central.visits.core.workers import group_of, id_of
from sync.central.visits.employers import Employer

MOST_DAYS = 31


def attendance(
    connection: sa.Connection, held: Employer, first: date, last: date, now: int
) -> list[DayCount]:
    """Each day from `first` to `last`, a month at most, in the zone of the employer's site. Raises
    StoreError.

    People and shifts are those of the records now: who was erased counts nowhere any more.
    """
    if not first <= last <= first + timedelta(days=MOST_DAYS - 1):
        raise StoreError(
            f"{first} to {last}: expected up to {MOST_DAYS} days, the earlier one first",
            remedy="ask for less",
        )
    zone = ZoneInfo(time_zone_of(connection, held.site))
    shifts = {shift.name: shift for shift in held.shifts}
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return day_counts(
        _workers(connection, held), shifts, _seen(connection, held, first, last), days, zone, now
    )


# --- inside --------------------------------------------------------------------------------


def _workers(connection: sa.Connection, held: Employer) -> list[Worker]:
    mine = (subject.c.site == held.site) & in_groups(subject.c.groups, group_of(held.number))
    records = connection.execute(sa.select(subject.c.record).where(mine)).scalars()
    return [_worker(held, json_of(record, Subject)) for record in records]


def _worker(held: Employer, record: Subject) -> Worker:
    named = tuple(shift.name for shift in held.shifts if group_of(held.number, shift.name) in record.groups)
    since = None if record.valid_from is None else microseconds(record.valid_from)
    until = held.until if record.valid_until is None else microseconds(record.valid_until)
    return Worker(record.id, named, since, min(until, held.until))


def _seen(connection: sa.Connection, held: Employer, first: date, last: date) -> list[Seen]:
    """Who was at an entry on these days, a day more on each side: zones and shifts past midnight."""
    begin = _begin_of(first) - DAY
    query = sa.select(access.c.subject, access.c.at, access.c.outcome).where(
        access.c.site == held.site,
        access.c.at.between(begin, _begin_of(last) + 3 * DAY),
        access.c.direction == Direction.ENTRY.value,
        access.c.subject.startswith(id_of(held.number, ""), autoescape=True),
    )
    return [Seen(row.subject, row.at, row.outcome == Outcome.GRANT) for row in connection.execute(query)]


def _begin_of(day: date) -> int:
    """The begin of a day in UTC."""
    return (day - date(1970, 1, 1)).days * DAY
