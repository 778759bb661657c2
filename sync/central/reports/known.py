"""What is known of the gates that a report is about: their journals, and the gaps in these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import sqlalchemy as sa

from edge.journal.format import START
from sync.central.exports.core import Covered, Range
from sync.central.history.events import EventRow, event_at
from sync.central.history.files import HistoryError
from sync.central.journals.core import gaps_between
from sync.central.journals.findings import FindingKind
from sync.central.reports.core import CoverageGap, CoveredGate, KnownJournal
from sync.central.tables import chain, device, event, finding

_MOST_BEYOND = 100_000
"""Events behind a gap that are looked at: what is behind these counts as not here."""


def known_gates(connection: sa.Connection, sites: Sequence[str]) -> list[CoveredGate]:
    """The gates' devices at `sites`, with what is here of their journals."""
    journals = {
        name: tuple(_journal(connection, row) for row in rows)
        for name, rows in groupby(_chains(connection, sites), lambda row: row.device)
    }
    query = sa.select(device).where(device.c.site.in_([*sites])).order_by(device.c.id)
    return [
        CoveredGate(
            row.id,
            row.site,
            row.gate,
            row.enrolled_at,
            row.retired_at if row.retired_at is not None else row.suspended_at,
            row.last_seen,
            bool(row.waiting),
            journals.get(row.id, ()),
        )
        for row in connection.execute(query).all()
    ]


def covered_journals(connection: sa.Connection, sites: Sequence[str]) -> tuple[Covered, ...]:
    """The journals that a report rests on, each from its begin as far as it is whole, with the hash that all
    of it leads to. None of the report's rows is of one journal alone.
    """
    return tuple(
        Covered(
            site=row.site,
            device=row.device,
            gate=row.gate,
            epoch=row.epoch,
            first=1,
            last=row.prefix,
            before=START,
            hash=row.hash,
            rows=0,
            lost=tuple(
                Range(each.first, min(each.last, row.prefix))
                for each in _declared(connection, row.number)
                if each.first <= row.prefix
            ),
            beyond=_beyond(connection, row),
        )
        for row in _chains(connection, sites)
        if row.prefix > 0
    )


# --- inside --------------------------------------------------------------------------------

_Row = sa.Row[tuple[object, ...]]


def _chains(connection: sa.Connection, sites: Sequence[str]) -> Sequence[sa.Row[tuple[object, ...]]]:
    """The journals of the devices at `sites`: by device, the newest last."""
    query = (
        sa.select(chain, device.c.site)
        .join(device, device.c.id == chain.c.device)
        .where(device.c.site.in_([*sites]))
        .order_by(chain.c.device, chain.c.number)
    )
    return connection.execute(query).all()


def _journal(connection: sa.Connection, row: _Row) -> KnownJournal:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    number, prefix, highest = held["number"], held["prefix"], held["highest"]
    gaps = (*_open_gaps(connection, number, prefix, highest), *_declared(connection, number))
    newest, first = _event(connection, number, highest), _event(connection, number, 1)
    if newest is None:
        return KnownJournal(gaps)
    return KnownJournal(gaps, newest.at, newest.received_at, None if first is None else first.at)


def _event(connection: sa.Connection, number: int, sequence: int) -> EventRow | None:
    """An event, wherever it lies; None where there is none, or its file is not what was written."""
    try:
        return event_at(connection, number, sequence)
    except HistoryError:
        return None


def _open_gaps(connection: sa.Connection, number: int, prefix: int, highest: int) -> Iterable[CoverageGap]:
    """The gaps beyond the prefix, each with the times of the events around it."""
    if highest <= prefix:
        return
    query = (
        sa.select(event.c.sequence)
        .where(event.c.chain == number, event.c.sequence > prefix)
        .order_by(event.c.sequence)
        .limit(_MOST_BEYOND)
    )
    held = [prefix, *connection.execute(query).scalars()]
    for gap in gaps_between(held[::-1], (), from_start=False):
        yield _timed(connection, number, gap.first, gap.last, declared=False)


def _declared(connection: sa.Connection, number: int) -> list[CoverageGap]:
    """What the gate said that it lost, and is so still."""
    query = (
        sa.select(finding.c.first, finding.c.last)
        .where(
            finding.c.chain == number,
            finding.c.kind == FindingKind.MISSING.value,
            finding.c.ended_at.is_(None),
        )
        .order_by(finding.c.first)
    )
    return [
        _timed(connection, number, row.first, row.last, declared=True)
        for row in connection.execute(query).all()
    ]


def _timed(connection: sa.Connection, number: int, first: int, last: int, *, declared: bool) -> CoverageGap:
    """A gap with the times of the events around it."""
    before, after = (_event(connection, number, each) for each in (first - 1, last + 1))
    return CoverageGap(
        first, last, None if before is None else before.at, None if after is None else after.at, declared
    )


def _beyond(connection: sa.Connection, row: _Row) -> int:
    held = row._mapping  # noqa: SLF001 - as above
    query = sa.select(sa.func.count()).where(
        event.c.chain == held["number"], event.c.sequence > held["prefix"]
    )
    return connection.execute(query).scalar_one()
