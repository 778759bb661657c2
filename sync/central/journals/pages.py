"""A gate's journal as a page shows it: newest first, with what is missing at its place."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from edge.journal.format import Entry
from sync.central.history.events import events_between
from sync.central.journals.core import Declared, Gap, gaps_between
from sync.central.journals.findings import FindingKind
from sync.central.journals.journals import entry_of
from sync.central.tables import chain, finding


@dataclass(frozen=True)
class JournalRow:
    """An event with when it arrived, or what is missing in its place."""

    entry: Entry | None = None
    received_at: int = 0
    gap: Gap | None = None
    before: int | None = None
    after: int | None = None
    """Of a gap the times of the events around it, where they are here."""


@dataclass(frozen=True)
class JournalPage:
    """Rows of one epoch's journal, newest first. It is verified up to `verified`, whose hash is `hash`;
    `older` is the sequence from which on to go back, None at its beginning.
    """

    epoch: bytes
    verified: int
    hash: bytes
    highest: int
    rows: tuple[JournalRow, ...]
    older: int | None


def epochs_of(connection: sa.Connection, device: str) -> list[bytes]:
    """The epochs of a device's journal, newest first."""
    query = sa.select(chain.c.epoch).where(chain.c.device == device).order_by(chain.c.number.desc())
    return [*connection.execute(query).scalars()]


def journal_page(
    connection: sa.Connection,
    device: str,
    epoch: bytes | None = None,
    before: int | None = None,
    count: int = 50,
) -> JournalPage | None:
    """Up to `count` events of a device's newest (or that) epoch, older than sequence `before`; None where
    there is no such journal.
    """
    query = sa.select(chain).where(chain.c.device == device).order_by(chain.c.number.desc()).limit(1)
    held = connection.execute(query if epoch is None else query.where(chain.c.epoch == epoch)).one_or_none()
    if held is None:
        return None
    last = held.highest if before is None else min(before - 1, held.highest)
    found = events_between(connection, held.number, 1, last, count + 1, newest_first=True)
    entries = [(entry_of(row, held.epoch, held.gate), row.received_at) for row in found]
    is_last = len(found) <= count
    sequences = [entry.sequence for entry, _ in entries]
    gaps = gaps_between(sequences, _declared(connection, held.number, sequences), from_start=is_last)
    rows = _rows(entries[:count], gaps, {entry.sequence: entry.at for entry, _ in entries})
    older = None if is_last else entries[count - 1][0].sequence
    return JournalPage(held.epoch, held.prefix, held.hash, held.highest, rows, older)


def _rows(entries: list[tuple[Entry, int]], gaps: list[Gap], times: dict[int, int]) -> tuple[JournalRow, ...]:
    at_place = {gap.last: gap for gap in gaps}
    rows = []
    for entry, received_at in entries:
        rows.append(JournalRow(entry, received_at))
        gap = at_place.get(entry.sequence - 1)
        if gap is not None:
            rows.append(JournalRow(gap=gap, before=times.get(gap.first - 1), after=entry.at))
    return tuple(rows)


def _declared(connection: sa.Connection, number: int, sequences: list[int]) -> list[Declared]:
    """What the gate declared lost around `sequences`."""
    if not sequences:
        return []
    query = sa.select(finding.c.first, finding.c.last, finding.c.ended_at).where(
        finding.c.chain == number,
        finding.c.kind == FindingKind.MISSING.value,
        finding.c.first <= max(sequences),
    )
    return [Declared(row.first, row.last, row.ended_at is not None) for row in connection.execute(query)]
