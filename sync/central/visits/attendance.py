"""Reads who came of an employer's lists, day by day, from the accesses: counts of nobody in particular."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.decision import Direction, Outcome, Subject
from edge.signing.cose import microseconds
from edge.support.decoding import json_of
from edge.support.phrases import phrase
from sync.central.accesses.tables import access
from sync.central.history.moved import has_moved
from sync.central.people.columns import in_groups
from sync.central.people.subjects import time_zone_of
from sync.central.places.sight import Sight
from sync.central.store import StoreError
from sync.central.tables import site, subject
from sync.central.units import DAY
from sync.central.visits.core import BroughtWorker, DayCount, SeenAtEntry, day_counts, group_of, id_of
from sync.central.visits.employers import Employer

MOST_DAYS = 31


def attendance(
    connection: sa.Connection, held: Employer, first: date, last: date, now: int
) -> list[DayCount]:
    """Each day from `first` to `last`, a month at most, in the zone of the employer's site. Raises
    StoreError; HistoryError where a file that may say who came is not what was written.

    People and shifts are those of the records now: who was erased counts nowhere any more.
    """
    if not first <= last <= first + timedelta(days=MOST_DAYS - 1):
        raise StoreError(
            phrase(
                "%(first)s to %(last)s: expected up to %(most)s days, the earlier one first",
                first=first,
                last=last,
                most=MOST_DAYS,
            ),
            remedy=phrase("ask for less"),
        )
    zone = ZoneInfo(time_zone_of(connection, held.site))
    shifts = {shift.name: shift for shift in held.shifts}
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return day_counts(
        _workers(connection, held), shifts, _seen(connection, held, first, last), days, zone, now
    )


# --- inside --------------------------------------------------------------------------------


def _workers(connection: sa.Connection, held: Employer) -> list[BroughtWorker]:
    mine = (subject.c.site == held.site) & in_groups(subject.c.groups, group_of(held.number))
    records = connection.execute(sa.select(subject.c.record).where(mine)).scalars()
    return [_worker(held, json_of(record, Subject)) for record in records]


def _worker(held: Employer, record: Subject) -> BroughtWorker:
    named = tuple(shift.name for shift in held.shifts if group_of(held.number, shift.name) in record.groups)
    since = None if record.valid_from is None else microseconds(record.valid_from)
    until = held.until if record.valid_until is None else microseconds(record.valid_until)
    return BroughtWorker(record.id, named, since, min(until, held.until))


def _seen(connection: sa.Connection, held: Employer, first: date, last: date) -> list[SeenAtEntry]:
    """Who was at an entry on these days, a day more on each side: zones and shifts past midnight."""
    since, until = _begin_of(first) - DAY, _begin_of(last) + 3 * DAY
    begins = id_of(held.number, "")
    query = sa.select(access.c.subject, access.c.at, access.c.outcome).where(
        access.c.site == held.site,
        access.c.at.between(since, until),
        access.c.direction == Direction.ENTRY.value,
        access.c.subject.startswith(begins, autoescape=True),
    )
    # The database first: what moves meanwhile is seen twice then, which counts once.
    rows = [*map(tuple, connection.execute(query)), *_moved(connection, held.site, begins, since, until)]
    return [SeenAtEntry(who, at, outcome == Outcome.GRANT) for who, at, outcome in rows]


def _moved(
    connection: sa.Connection, site_id: str, begins: str, since: int, until: int
) -> list[tuple[Any, ...]]:
    """The same of the accesses that lie in files. Raises HistoryError where some cannot be read."""
    if not has_moved(connection):
        return []
    # The engine takes a fifth of a second to load: who reads no file does without.
    from sync.central.history.reading import accesses_between, files_between  # noqa: PLC0415

    place = connection.execute(sa.select(site.c.place).where(site.c.id == site_id)).scalar_one()
    sight, columns = Sight(frozenset({place})), ("site", "subject", "at", "outcome", "direction")
    if not files_between(connection, sight, since, until + 1):
        return []
    with accesses_between(connection, sight, since, until + 1, columns, database=False) as found:
        found.check()
        return found.query(
            'SELECT subject, "at", outcome FROM access'
            " WHERE site = $site AND direction = $way AND starts_with(subject, $begins)",
            {"site": site_id, "way": Direction.ENTRY.value, "begins": begins},
        )


def _begin_of(day: date) -> int:
    """The begin of a day in UTC."""
    return (day - date(1970, 1, 1)).days * DAY
