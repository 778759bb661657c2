"""Reads how a gate's journal went over some hours: what is missing in it, its probes, what came late."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from edge.journal.format import Entry, ProbeDecided, event_of
from edge.support.decoding import Undecodable
from sync.central.journals.core import gaps_between
from sync.central.journals.journals import entry_of
from sync.central.tables import chain, event

_PROBE = str(ProbeDecided.kind)


@dataclass(frozen=True)
class MissingEvents:
    """Events `first` to `last` are not here; the ones around them are from `since` (None: none is here) and
    `until`.
    """

    first: int
    last: int
    since: int | None
    until: int


@dataclass(frozen=True)
class ProbeResult:
    """A probe, and what did not do what it should; "": the gate worked."""

    at: int
    wrong: str


@dataclass(frozen=True)
class JournalCourse:
    """`missing` newest first; `late` are times of events and of their arrival, oldest first."""

    missing: tuple[MissingEvents, ...] = ()
    probes: tuple[ProbeResult, ...] = ()
    late: tuple[tuple[int, int], ...] = ()


def course_of(
    connection: sa.Connection, device: str, since: int, late_after: int, most: int
) -> JournalCourse:
    """The course of a device's newest journal from `since` on, over its newest `most` events: `late` came
    more than `late_after` after they were written. Times are microseconds since 1970 UTC.
    """
    query = sa.select(chain).where(chain.c.device == device).order_by(chain.c.number.desc()).limit(1)
    held = connection.execute(query).one_or_none()
    if held is None:
        return JournalCourse()
    slim = sa.select(event.c.sequence, event.c.at, event.c.received_at)
    newest = slim.where(event.c.chain == held.number).order_by(event.c.sequence.desc()).limit(most)
    rows = connection.execute(newest).all()
    begun = [row for row in rows if row.at >= since]
    shown = rows[: len(begun) + 1]  # the one before tells since when the first gap is
    times = {row.sequence: row.at for row in shown}
    gaps = gaps_between([*times], (), from_start=len(shown) == len(rows) < most)
    return JournalCourse(
        tuple(
            MissingEvents(gap.first, gap.last, times.get(gap.first - 1), times[gap.last + 1]) for gap in gaps
        ),
        _probes(connection, held, min((row.sequence for row in begun), default=None)),
        tuple((row.at, row.received_at) for row in begun[::-1] if row.received_at - row.at > late_after),
    )


# --- inside --------------------------------------------------------------------------------


def _probes(
    connection: sa.Connection, held: sa.Row[tuple[object, ...]], first: int | None
) -> tuple[ProbeResult, ...]:
    if first is None:
        return ()
    query = sa.select(event).where(
        event.c.chain == held.number, event.c.sequence >= first, event.c.kind == _PROBE
    )
    entries = [
        entry_of(row, held.epoch, held.gate) for row in connection.execute(query.order_by(event.c.sequence))
    ]
    return tuple(ProbeResult(entry.at, wrong) for entry in entries if (wrong := _wrong(entry)) is not None)


def _wrong(entry: Entry) -> str | None:
    try:
        said = event_of(entry)
    except Undecodable:
        return None
    return ", ".join(said.wrong) if isinstance(said, ProbeDecided) else None
