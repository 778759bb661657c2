"""Asks for reports, and sets up those that come again: each act is noted, whoever does it by which way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.audit.audit import About, note
from sync.central.places.sight import Sight
from sync.central.reports.core import Kind, last_over
from sync.central.reports.keeping import WantedReport, ask, zone_of_place
from sync.central.reports.schedules import Schedule, addresses_in, end_schedule, make_schedule, schedules
from sync.central.store import StoreError


@dataclass(frozen=True)
class ReportAsker:
    """Who asks, when, in which `language`; `zone` is that of a place whose sites are in several."""

    actor: Actor
    now: int
    language: str
    zone: str


def ask_for(
    connection: sa.Connection,
    asking: ReportAsker,
    place: int | None,
    kind: Kind,
    days: tuple[date | None, date | None] = (None, None),
) -> int:
    """Ask for a report of a place (None: everywhere): of `days`, or of the last day, week or month that is
    over, as its kind says; returns its number. Raises StoreError.
    """
    zone = zone_of_place(connection, place, asking.zone)
    first, last = _days(kind, zone, asking.now, days)
    wanted = WantedReport(place, kind, first, last, zone, asking.language)
    number = ask(connection, wanted, asking.actor.name, asking.now)
    detail = {"kind": kind.value, "first": str(first), "last": str(last)}
    about = About("report", str(number), place=place)
    note(connection, asking.actor, "ask_report", about, asking.now, detail=detail)
    return number


def schedule_for(
    connection: sa.Connection, asking: ReportAsker, place: int | None, kind: Kind, addresses: str
) -> int:
    """Have a report come again, sent to `addresses` (apart by commas or spaces); returns the schedule's
    number. Raises StoreError.
    """
    found = addresses_in(addresses)
    zone = zone_of_place(connection, place, asking.zone)
    wanted = Schedule(0, place, "", kind, zone, asking.language, found, asking.actor.name, asking.now)
    number = make_schedule(connection, wanted, asking.now)
    detail = {"kind": kind.value, "addresses": len(found)}
    about = About("report_schedule", str(number), place=place)
    note(connection, asking.actor, "schedule_report", about, asking.now, detail=detail)
    return number


def end_for(connection: sa.Connection, actor: Actor, sight: Sight, number: int, now: int) -> bool:
    """Have no more of a schedule in sight made; whether there was one."""
    found = next((each for each in schedules(connection, sight) if each.number == number), None)
    if found is None:
        return False
    end_schedule(connection, sight, number, now)
    about = About("report_schedule", str(number), place=found.place)
    note(connection, actor, "end_report_schedule", about, now)
    return True


# --- inside --------------------------------------------------------------------------------


def _days(kind: Kind, zone: str, now: int, days: tuple[date | None, date | None]) -> tuple[date, date]:
    if kind is not Kind.SINGLE:
        span = last_over(kind, ZoneInfo(zone), now)
        return span.first, span.last
    first, last = days
    if first is None or last is None:
        raise StoreError(phrase("the days are missing"), remedy=phrase("name the first day and the last one"))
    return first, last
