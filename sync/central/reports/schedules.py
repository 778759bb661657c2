"""Reports that come again and again: of which place, how often, and to whom they are sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.delivery.core import Recipient, Way, fault_of_address
from sync.central.newer import word_of
from sync.central.places.sight import Sight
from sync.central.places.tree import path_of, path_text
from sync.central.reports.core import Kind, due
from sync.central.reports.keeping import WantedReport, values_of
from sync.central.reports.tables import report, report_schedule
from sync.central.store import StoreError, insert_unless_there

MOST_SCHEDULES = 500
MOST_ADDRESSES = 20
COMES_AGAIN = (Kind.DAILY, Kind.WEEKLY, Kind.MONTHLY)


@dataclass(frozen=True)
class Schedule:
    """A report that comes again. `where` is its place in words, "": everywhere."""

    number: int
    place: int | None
    where: str
    kind: Kind
    zone: str
    language: str
    addresses: tuple[str, ...]
    actor: str
    made_at: int


def addresses_in(text: str) -> tuple[str, ...]:
    """The e-mail addresses in a text, apart by commas or spaces. Raises StoreError."""
    found = tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text))))
    for each in found:
        if fault := fault_of_address(Recipient(Way.MAIL, each)):
            raise StoreError(fault)
    if not 0 < len(found) <= MOST_ADDRESSES:
        raise StoreError(
            phrase("%(count)s addresses, expected 1 to %(most)s", count=len(found), most=MOST_ADDRESSES),
            remedy=phrase("send it to a list of people"),
        )
    return found


def make_schedule(connection: sa.Connection, wanted: Schedule, now: int) -> int:
    """Keep a schedule from now on; returns its number, whatever `wanted` has. Raises StoreError."""
    if wanted.kind not in COMES_AGAIN:
        raise StoreError(phrase("%(kind)s is no time after which a report comes again", kind=wanted.kind))
    open_ones = sa.select(sa.func.count()).select_from(report_schedule).where(_OPEN)
    if connection.execute(open_ones).scalar_one() >= MOST_SCHEDULES:
        raise StoreError(
            phrase("there are %(most)s schedules already", most=MOST_SCHEDULES),
            remedy=phrase("end one first"),
        )
    made = connection.execute(
        sa.insert(report_schedule)
        .values(
            place=wanted.place,
            kind=wanted.kind.value,
            zone=wanted.zone,
            language=wanted.language,
            addresses=[*wanted.addresses],
            actor=wanted.actor,
            made_at=now,
        )
        .returning(report_schedule.c.number)
    )
    number: int = made.scalar_one()
    return number


def end_schedule(connection: sa.Connection, sight: Sight, number: int, now: int) -> None:
    """Have no more reports made. Raises StoreError where there is no such schedule in sight."""
    those = (report_schedule.c.number == number) & sight.of_place(report_schedule.c.place) & _OPEN
    if not connection.execute(sa.update(report_schedule).where(those).values(ended_at=now)).rowcount:
        raise StoreError(phrase("there is no schedule %(number)s, or it has ended", number=number))


def schedules(connection: sa.Connection, sight: Sight) -> list[Schedule]:
    """The schedules in sight that go on, the newest first."""
    query = sa.select(report_schedule).where(_OPEN, sight.of_place(report_schedule.c.place))
    rows = connection.execute(query.order_by(report_schedule.c.number.desc())).all()
    return [_schedule(connection, row) for row in rows]


def schedule_at(connection: sa.Connection, number: int) -> Schedule | None:
    """A schedule that goes on; None where there is none with this number."""
    query = sa.select(report_schedule).where(_OPEN, report_schedule.c.number == number)
    row = connection.execute(query).first()
    return None if row is None else _schedule(connection, row)


def what_is_due(connection: sa.Connection, now: int) -> list[tuple[WantedReport, str]]:
    """What is to be made at `now` of all schedules, each with whom it is for. A report that was asked for
    later than now, before the clock was set back, keeps no other from being made, and is not due again.
    """
    newest = (
        sa.select(sa.func.max(report.c.first))
        .where(report.c.schedule == report_schedule.c.number, report.c.asked_at <= now)
        .scalar_subquery()
    )
    is_known = report_schedule.c.kind.in_([*Kind])
    query = sa.select(report_schedule, newest.label("newest")).where(_OPEN, is_known)
    query = query.order_by(report_schedule.c.number)
    later = sa.select(report.c.schedule, report.c.first).where(report.c.asked_at > now)
    asked = {tuple(row) for row in connection.execute(later.where(report.c.schedule.is_not(None)))}
    wanted = []
    for row in connection.execute(query).all():
        kind, zone = word_of(Kind, row.kind), ZoneInfo(row.zone)
        before = None if row.newest is None else date.fromisoformat(row.newest)
        found = due(kind, zone, row.made_at, before, now)
        if found is not None and (row.number, found.days.first.isoformat()) not in asked:
            first, last = found.days.first, found.days.last
            made = WantedReport(
                row.place, kind, first, last, row.zone, row.language, row.number, found.missed
            )
            wanted.append((made, row.actor))
    return wanted


def ask_due(connection: sa.Connection, wanted: Sequence[tuple[WantedReport, str]], now: int) -> None:
    """Have made what is due: each once, whoever else asks."""
    for each, actor in wanted:
        connection.execute(insert_unless_there(connection, report), values_of(each, actor, now))


# --- inside --------------------------------------------------------------------------------

_OPEN = report_schedule.c.ended_at.is_(None)


def _schedule(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> Schedule:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    place = held["place"]
    return Schedule(
        held["number"],
        place,
        "" if place is None else path_text(path_of(connection, place)),
        word_of(Kind, held["kind"]),
        held["zone"],
        held["language"],
        tuple(held["addresses"]),
        held["actor"],
        held["made_at"],
    )
