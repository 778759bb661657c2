"""What can be exported, row by row, with the ranges of sequences that it covers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

import msgspec
import sqlalchemy as sa

from edge.decision import Evidence
from edge.journal.format import START, AccessDecided, Entry, understood
from sync.central.exports.core import CellKind, Column, Covered, Range, Value
from sync.central.history.events import EventRow, event_at, events_between, first_since, last_before
from sync.central.journals.findings import FindingKind
from sync.central.journals.journals import entry_of
from sync.central.journals.lane_refusals import WITHIN, lane_refusals
from sync.central.places.sight import Sight
from sync.central.tables import chain, device, event, finding

_PAGE = 2_000
"""Events read at once: more than a lane takes to refuse what was granted."""


class What(StrEnum):
    """What can be exported."""

    ACCESSES = "accesses"  # a row for each decision
    EVENTS = "events"  # a row for each event, as the gate wrote it: the hash chain can be checked


@dataclass(frozen=True)
class WantedExport:
    """What is exported: `what` gates wrote from `since` until `until` by their clocks (microseconds since
    1970 UTC; None: no limit) at the sites in `sight`, with the `paths` of its places for people.
    """

    what: What
    sight: Sight
    since: int | None = None
    until: int | None = None
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportSpan:
    """The part of a journal that is exported; its `rows` are counted when they are read."""

    chain: int
    covered: Covered


Row = tuple[Value, ...]

_PLACE = (Column("site"), Column("gate"), Column("device"), Column("epoch"))
_WHEN = (
    Column("sequence", CellKind.INTEGER),
    Column("at", CellKind.TIME),
    Column("clock"),
    Column("received_at", CellKind.TIME),
)
_COLUMNS: Mapping[What, tuple[Column, ...]] = {
    What.ACCESSES: (
        *_PLACE,
        *_WHEN,
        Column("direction"),
        Column("decision"),
        Column("reason"),
        Column("rule"),
        Column("subject"),
        Column("status"),
        Column("shown"),
        Column("mode"),
        Column("registry", CellKind.INTEGER),
        Column("alarms"),
        Column("lane"),
        Column("hash"),
    ),
    What.EVENTS: (
        *_PLACE,
        *_WHEN,
        Column("monotonic"),
        Column("kind"),
        Column("says"),
        Column("body"),
        Column("previous"),
        Column("hash"),
    ),
}


def columns_for(what: What) -> tuple[Column, ...]:
    """The columns of an export of `what`."""
    return _COLUMNS[what]


def spans(connection: sa.Connection, wanted: WantedExport) -> list[ExportSpan]:
    """The journals that are exported, each as far as it is whole: by site, device, and age of the epoch."""
    query = (
        sa.select(chain, device.c.site)
        .join(device, device.c.id == chain.c.device)
        .where(wanted.sight.of(device.c.site), chain.c.prefix > 0)
        .order_by(device.c.site, chain.c.device, chain.c.number)
    )
    found = (_span(connection, row, wanted) for row in connection.execute(query).all())
    return [span for span in found if span is not None]


def silent(connection: sa.Connection, wanted: WantedExport, found: list[ExportSpan]) -> tuple[str, ...]:
    """The devices in sight of which nothing is exported."""
    query = sa.select(device.c.id).where(wanted.sight.of(device.c.site)).order_by(device.c.id)
    covered = {span.covered.device for span in found}
    return tuple(name for name in connection.execute(query).scalars() if name not in covered)


def rows_of(connection: sa.Connection, span: ExportSpan, what: What) -> Iterator[Row]:
    """The rows of one journal, in the order of its sequences; a page at a time is in memory."""
    covered, make = span.covered, _ROWS[what]
    place = (covered.site, covered.gate, covered.device, covered.epoch.hex())
    for page, following in _pages(connection, span):
        entries = [entry_of(row, covered.epoch, covered.gate) for row in page]
        after = [entry_of(row, covered.epoch, covered.gate) for row in following]
        refused = {each.about: each.why for each in lane_refusals([*entries, *after])}
        for row, entry in zip(page, entries, strict=True):
            made = make(entry, refused)
            if made is not None:
                yield (*place, row.sequence, row.at, row.trust, row.received_at, *made)


# --- inside ----------------------------------------------------------------------------------


def _pages(
    connection: sa.Connection, span: ExportSpan
) -> Iterator[tuple[Sequence[EventRow], Sequence[EventRow]]]:
    """The events in pages, each with what follows it: as much as a lane needs to refuse what was granted."""
    last = span.covered.last
    page = events_between(connection, span.chain, span.covered.first, last, _PAGE)
    while page:
        end = page[-1].sequence
        following = events_between(connection, span.chain, end + 1, last, _PAGE)
        ends = len(following) < WITHIN
        beyond = events_between(connection, span.chain, last + 1, last + WITHIN, WITHIN) if ends else []
        yield page, [*following, *beyond]
        page = following


def _span(
    connection: sa.Connection, row: sa.Row[tuple[object, ...]], wanted: WantedExport
) -> ExportSpan | None:
    first = _end(connection, row.number, row.prefix, _End.FIRST, wanted.since)
    last = _end(connection, row.number, row.prefix, _End.LAST, wanted.until)
    if first is None or last is None or first > last:
        return None
    begin, end = event_at(connection, row.number, first), event_at(connection, row.number, last)
    assert begin is not None and end is not None  # noqa: S101, PT018 - they were found above
    beyond = connection.execute(
        sa.select(sa.func.count()).where(event.c.chain == row.number, event.c.sequence > row.prefix)
    ).scalar_one()
    covered = Covered(
        site=row.site,
        device=row.device,
        gate=row.gate,
        epoch=row.epoch,
        first=first,
        last=last,
        before=begin.previous if first > 1 else START,
        hash=end.hash,
        rows=0,
        lost=_told(connection, row.number, FindingKind.MISSING, first, last),
        broken=tuple(item.first for item in _told(connection, row.number, FindingKind.BROKEN, first, last)),
        beyond=beyond,
    )
    return ExportSpan(row.number, covered)


class _End(Enum):
    FIRST = "first"
    LAST = "last"


def _end(connection: sa.Connection, number: int, prefix: int, end: _End, at: int | None) -> int | None:
    """The first sequence since a time, or the last one before a time. A clock may have jumped: everything
    between the two is exported, whatever time it says.
    """
    query = sa.select(event.c.sequence).where(event.c.chain == number, event.c.sequence <= prefix).limit(1)
    if end is _End.FIRST:
        query = query.order_by(event.c.sequence)
        query = query if at is None else query.where(event.c.at >= at)
        here, moved = connection.execute(query).scalar_one_or_none(), first_since(connection, number, at)
        return min((each for each in (here, moved) if each is not None), default=None)
    query = query.order_by(event.c.sequence.desc())
    query = query if at is None else query.where(event.c.at < at)
    here, moved = connection.execute(query).scalar_one_or_none(), last_before(connection, number, at)
    return max((each for each in (here, moved) if each is not None), default=None)


def _told(
    connection: sa.Connection, number: int, kind: FindingKind, first: int, last: int
) -> tuple[Range, ...]:
    """What of `first` to `last` the gate itself said of its journal, and is so still."""
    query = (
        sa.select(finding.c.first, finding.c.last)
        .where(
            finding.c.chain == number,
            finding.c.kind == kind.value,
            finding.c.ended_at.is_(None),
            finding.c.first <= last,
            finding.c.last >= first,
        )
        .order_by(finding.c.first)
    )
    return tuple(Range(max(row.first, first), min(row.last, last)) for row in connection.execute(query))


def _access_row(entry: Entry, refused: Mapping[int, str]) -> Row | None:
    if entry.kind != AccessDecided.kind:
        return None
    said, lane = understood(entry), refused.get(entry.sequence, "")
    if not isinstance(said, AccessDecided):  # of a later version, or damaged: a row all the same
        return (None,) * 10 + (lane, entry.hash.hex())
    decision = said.decision
    return (
        said.evidence.direction.value,
        decision.outcome.value,
        decision.reason.value,
        decision.rule,
        decision.subject_id,
        None if decision.status is None else decision.status.value,
        _shown(said.evidence),
        said.mode.value,
        said.registry,
        " ".join(str(alarm) for alarm in decision.alarms),
        lane,
        entry.hash.hex(),
    )


def _shown(evidence: Evidence) -> str:
    """By what somebody was to be known."""
    seen = (("face", evidence.face), ("code", evidence.code))
    return " and ".join(name for name, value in seen if value is not None)


def _event_row(entry: Entry, refused: Mapping[int, str]) -> Row:  # noqa: ARG001 - a row of its own says it
    shown = entry.shown
    says = shown if isinstance(shown, str) else msgspec.json.encode(shown).decode()
    return (
        repr(entry.monotonic),
        entry.kind,
        says,
        entry.body.hex(),
        entry.previous.hex(),
        entry.hash.hex(),
    )


_ROWS: Mapping[What, Callable[[Entry, Mapping[int, str]], Row | None]] = {
    What.ACCESSES: _access_row,
    What.EVENTS: _event_row,
}
