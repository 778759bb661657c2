"""Keeps reports: asked for, being made by a process, and made, until their time is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.signing.cose import CborLimits, decode_value
from edge.support.decoding import Undecodable
from edge.support.phrases import phrase
from sync.central.documents import document_of
from sync.central.newer import word_of
from sync.central.over import is_over
from sync.central.places.sight import Sight
from sync.central.places.tables import place_within
from sync.central.places.tree import path_of, path_text
from sync.central.reports.core import MOST_DAYS, Asked, Kind, Report
from sync.central.reports.tables import report
from sync.central.store import StoreError
from sync.central.tables import site
from sync.central.units import DAY, MINUTE

MOST_WAITING = 100
"""Reports that wait to be made: one more is not taken."""
MOST_TRIES = 3
_LEASE = 30 * MINUTE
"""So long a process may take to make one; after that another may try. Longer than any may last."""
_LONGEST_CLAIM = 2 * _LEASE
"""A claim that ends later was made before the clock was set back; clocks of two machines differ by less."""
_MOST_BYTES = 16 * 1024 * 1024
_LIMITS = CborLimits(_MOST_BYTES, depth=8, items=1_000_000)
_LONGEST_WHY = 500


class ReportState(StrEnum):
    """Where a report is."""

    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"


@dataclass(frozen=True)
class WantedReport:
    """A report that somebody wants: of which place (None: everywhere) and days, for whose eyes in which
    `language`; `schedule` where it comes again, and `missed` how many it stands for besides.
    """

    place: int | None
    kind: Kind
    first: date
    last: date
    zone: str
    language: str
    schedule: int | None = None
    missed: int = 0


@dataclass(frozen=True)
class ReportHead:
    """A report in a list. `where` is its place in words, "": everywhere."""

    number: int
    place: int | None
    where: str
    kind: Kind
    first: str
    last: str
    zone: str
    language: str
    actor: str
    asked_at: int
    schedule: int | None
    missed: int
    state: ReportState
    is_being_made: bool
    why: str
    made_at: int | None


@dataclass(frozen=True)
class KeptReport:
    """A report that is made: its value, its proof, and its paper (PDF)."""

    report: Report
    proof: bytes
    paper: bytes


def ask(connection: sa.Connection, wanted: WantedReport, actor: str, now: int) -> int:
    """Keep that a report is to be made; returns its number. Raises StoreError where it cannot be."""
    _check(wanted, now)
    waiting = (
        sa.select(sa.func.count()).select_from(report).where(report.c.state == ReportState.WAITING.value)
    )
    if connection.execute(waiting).scalar_one() >= MOST_WAITING:
        raise StoreError(
            phrase("%(most)s reports wait to be made already", most=MOST_WAITING),
            remedy=phrase("ask again when some of them are made"),
        )
    made = connection.execute(
        sa.insert(report).values(values_of(wanted, actor, now)).returning(report.c.number)
    )
    number: int = made.scalar_one()
    return number


def values_of(wanted: WantedReport, actor: str, now: int) -> dict[str, object]:
    """The row of a report that waits to be made."""
    return {
        "place": wanted.place,
        "kind": wanted.kind.value,
        "first": wanted.first.isoformat(),
        "last": wanted.last.isoformat(),
        "zone": wanted.zone,
        "language": wanted.language,
        "actor": actor,
        "asked_at": now,
        "schedule": wanted.schedule,
        "missed": wanted.missed,
        "state": ReportState.WAITING.value,
    }


def claim_next(connection: sa.Connection, now: int) -> ReportHead | None:
    """The report whose turn it is, claimed for whoever asks; None where none is to be made."""
    number = connection.execute(
        sa.select(report.c.number).where(_free(now)).order_by(report.c.number).limit(1)
    ).scalar()
    return None if number is None else claim(connection, number, now)


def waits(connection: sa.Connection, now: int, since: int) -> bool:
    """Whether a report is to be made, or to go because it was asked for before `since`."""
    is_due = _free(now) | (report.c.asked_at < since)
    return connection.execute(sa.select(report.c.number).where(is_due).limit(1)).first() is not None


def claim(connection: sa.Connection, number: int, now: int) -> ReportHead | None:
    """The report with this number, claimed; None where another process has it, or it is made."""
    taken = connection.execute(
        sa.update(report)
        .where(report.c.number == number, _free(now))
        .values(claimed_until=now + _LEASE, tries=report.c.tries + 1)
    )
    if not taken.rowcount:
        return None
    [row] = connection.execute(sa.select(*_HEAD, report.c.tries).where(report.c.number == number))
    if row.tries > MOST_TRIES:
        keep_failed(connection, number, "whoever made it ended each time before it was done")
        return None
    return _head(connection, row, now)


def keep_made(connection: sa.Connection, number: int, kept: KeptReport, now: int) -> bool:
    """Keep what was made; whether nobody else was first."""
    values = {"value": kept.report.encoded(), "proof": kept.proof, "paper": kept.paper, "made_at": now}
    return _end(connection, number, ReportState.MADE, values)


def keep_failed(connection: sa.Connection, number: int, why: str) -> bool:
    """Keep why a report could not be made."""
    return _end(connection, number, ReportState.FAILED, {"why": why[:_LONGEST_WHY]})


def reports(
    connection: sa.Connection, sight: Sight, now: int, *, before: int | None = None, count: int
) -> list[ReportHead]:
    """The reports in sight, the newest first; older than `before`."""
    query = sa.select(*_HEAD).where(sight.of_place(report.c.place)).order_by(report.c.number.desc())
    if before is not None:
        query = query.where(report.c.number < before)
    return [_head(connection, row, now) for row in connection.execute(query.limit(count)).all()]


def report_at(connection: sa.Connection, sight: Sight, number: int, now: int) -> ReportHead | None:
    """One report; None where there is none in sight."""
    query = sa.select(*_HEAD).where(report.c.number == number, sight.of_place(report.c.place))
    row = connection.execute(query).first()
    return None if row is None else _head(connection, row, now)


def kept_at(connection: sa.Connection, number: int) -> KeptReport | None:
    """What was made; None where it is not made yet. Raises StoreError where it cannot be read."""
    query = sa.select(report.c.value, report.c.proof, report.c.paper).where(
        report.c.number == number, report.c.state == ReportState.MADE.value
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    try:
        return KeptReport(_value(row.value), row.proof, row.paper)
    except (Undecodable, ValueError) as error:
        raise StoreError(
            phrase("its value cannot be read: %(why)s", why=error),
            where=phrase("report %(number)s", number=number),
            remedy=phrase("finish the update, where a newer version made it; else restore it from a backup"),
        ) from None


def forget_older(connection: sa.Connection, since: int, count: int = 100) -> list[int]:
    """Remove reports that were asked for before `since`, so many at most; returns their numbers."""
    old = sa.select(report.c.number).where(report.c.asked_at < since).order_by(report.c.number).limit(count)
    numbers = [*connection.execute(old).scalars()]
    if numbers:
        connection.execute(sa.delete(report).where(report.c.number.in_(numbers)))
    return numbers


def asked_of(connection: sa.Connection, head: ReportHead) -> Asked:
    """What a report is of: the sites of its place, as they are now. Raises StoreError for none."""
    sites = sa.select(site.c.id).order_by(site.c.id)
    if head.place is not None:
        within = place_within.c.place == site.c.place
        sites = sites.join(place_within, within).where(place_within.c.ancestor == head.place)
    found = tuple(connection.execute(sites).scalars())
    if not found:
        raise StoreError(
            phrase("there is no site"), where=head.where, remedy=phrase("gatepost central site set")
        )
    return Asked(head.kind, head.where, found, head.first, head.last, head.zone)


def zone_of_place(connection: sa.Connection, place: int | None, otherwise: str) -> str:
    """The zone that all sites of a place are in; `otherwise` where they are in several."""
    zones = sa.select(site.c.time_zone).distinct().limit(2)
    if place is not None:
        within = place_within.c.place == site.c.place
        zones = zones.join(place_within, within).where(place_within.c.ancestor == place)
    found = [*connection.execute(zones).scalars()]
    return found[0] if len(found) == 1 else otherwise


# --- inside --------------------------------------------------------------------------------

_LEFT_OUT = {"value", "proof", "paper", "tries"}
_HEAD = [column for column in report.c if column.name not in _LEFT_OUT]


def _free(now: int) -> sa.ColumnElement[bool]:
    is_known = report.c.kind.in_([*Kind])  # others are for a newer process to make
    is_free = is_over(report.c.claimed_until, now, _LONGEST_CLAIM)
    return (report.c.state == ReportState.WAITING.value) & is_known & is_free


def _head(connection: sa.Connection, row: Any, now: int) -> ReportHead:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    is_claimed = now < (held["claimed_until"] or 0) <= now + _LONGEST_CLAIM
    place = held["place"]
    return ReportHead(
        held["number"],
        place,
        "" if place is None else path_text(path_of(connection, place)),
        word_of(Kind, held["kind"]),
        held["first"],
        held["last"],
        held["zone"],
        held["language"],
        held["actor"],
        held["asked_at"],
        held["schedule"],
        held["missed"],
        word_of(ReportState, held["state"]),
        held["state"] == ReportState.WAITING.value and is_claimed,
        held["why"],
        held["made_at"],
    )


def _value(stored: bytes) -> Report:
    """The figures; of a newer version those that this one knows. Raises Undecodable, ValueError."""
    try:
        return cast("Report", decode_value(stored, Report, _LIMITS))
    except Undecodable:
        return cast("Report", document_of(decode_value(stored, Any, _LIMITS), Report))


def _end(connection: sa.Connection, number: int, state: ReportState, values: dict[str, object]) -> bool:
    ended = connection.execute(
        sa.update(report)
        .where(report.c.number == number, report.c.state == ReportState.WAITING.value)
        .values(state=state.value, claimed_until=None, **values)
    )
    return bool(ended.rowcount)


def _check(wanted: WantedReport, now: int) -> None:
    if wanted.last < wanted.first:
        raise StoreError(phrase("the last day lies before the first"), remedy=phrase("exchange the two"))
    if (wanted.last - wanted.first).days >= MOST_DAYS:
        raise StoreError(
            phrase("a report has %(most)s days at most", most=MOST_DAYS), remedy=phrase("make several")
        )
    try:
        zone = ZoneInfo(wanted.zone)
        begin = Asked(
            wanted.kind, "", (), wanted.first.isoformat(), wanted.last.isoformat(), zone.key
        ).days.since
    except (ValueError, OverflowError, KeyError, Undecodable):
        raise StoreError(
            phrase(
                "there are no such days: %(first)s to %(last)s in %(zone)s",
                first=wanted.first,
                last=wanted.last,
                zone=wanted.zone,
            ),
            remedy=phrase("write 2026-11-01, and a zone as Asia/Shanghai"),
        ) from None
    if begin >= now or now - begin > 100 * 366 * DAY:
        raise StoreError(
            phrase("nothing happened in these days yet"), remedy=phrase("name days that have begun")
        )
