"""What is done with a damaged journal: what is whole is kept, what is missing is said, the gate goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from time import monotonic

import msgspec

from edge.decision.situation import WallTime
from edge.errors import JournalError
from edge.journal.chain import START, Gap, is_whole, link
from edge.journal.event import Entry, EventKind, microseconds
from edge.journal.store import Journal, open_journal
from edge.journal.tables import COLUMNS, FROM, INSERT, JournalDamaged, connected, row_of, rows

_MOST_GAPS = 400
"""As many as fit into one event."""

_GIVE_UP_AFTER = 10_000
"""Sequences in a row that cannot be read, where the table does not say how many there were."""


@dataclass(frozen=True)
class Salvage:
    """What was saved of a damaged journal, which is kept aside as `damaged`, and what is `missing` of it."""

    damaged: Path
    kept: int
    missing: tuple[Gap, ...]


def open_or_salvage(path: Path, gate: str, wall: WallTime) -> tuple[Journal, Salvage | None]:
    """Open the journal of `gate`; a damaged one is put aside and what is whole in it taken over.

    The salvaged journal goes on with a new epoch, so that no number is used twice, and its first event
    says what is missing. Raises JournalError where the disk cannot be used at all.
    """
    try:
        return open_journal(path, gate), None
    except JournalDamaged:
        pass
    damaged = _put_aside(path)
    entries, missing = _bounded(_whole_entries(damaged))
    salvage = Salvage(damaged, len(entries), missing)
    _take_over(entries, _told(salvage, gate, wall), path)
    return open_journal(path, gate), salvage


def _told(salvage: Salvage, gate: str, wall: WallTime) -> Entry:
    """The first event of the new epoch: what was kept, and what is missing."""
    missing: dict[str, list[list[int]]] = {}
    for epoch, first, last in salvage.missing:
        missing.setdefault(epoch.hex(), []).append([first, last])
    body = {"damaged": salvage.damaged.name, "kept": salvage.kept, "missing": missing}
    return link(
        epoch=token_bytes(16),
        gate=gate,
        sequence=1,
        at=microseconds(wall.at),
        trust=wall.trust,
        monotonic=monotonic(),
        kind=EventKind.JOURNAL_SALVAGED.value,
        body=msgspec.json.encode(body, order="deterministic"),
        previous=START,
    )


def _put_aside(path: Path) -> Path:
    """Move the damaged file and its log together, so that SQLite still finds one by the other."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    path.rename(aside)
    return aside


def _whole_entries(path: Path) -> Iterator[Entry]:
    """Every entry that can be read and whose hash is its own, in order; never raises for damage."""
    try:
        connection = sqlite3.connect(path, isolation_level=None)
    except sqlite3.Error:
        return
    with closing(connection):
        try:
            epochs = [number for (number,) in connection.execute("SELECT number FROM epoch ORDER BY number")]
        except sqlite3.Error:
            return
        for epoch in epochs:
            yield from _whole_of(connection, epoch)


def _whole_of(connection: sqlite3.Connection, epoch: int) -> Iterator[Entry]:
    query = f"SELECT {COLUMNS} {FROM} WHERE event.epoch = ? AND sequence = ?"
    sequence, unread = 0, 0
    while unread < _GIVE_UP_AFTER:
        sequence += 1
        try:
            found = next(rows(connection, query, (epoch, sequence)), None)
        except (sqlite3.Error, ValueError, TypeError):
            found = None
        if found is not None and _is_sound(found):
            unread = 0
            yield found
        else:
            unread += 1


def _is_sound(entry: Entry) -> bool:
    try:
        return is_whole(entry)
    except (TypeError, ValueError):  # noise where a number or a text should be
        return False


def _take_over(entries: list[Entry], told: Entry, path: Path) -> None:
    """A new store with what was saved under its old epochs, and `told` as the first of a new one."""
    numbers: dict[bytes, int] = {}
    try:
        with closing(connected(path)) as connection, connection:
            connection.execute("BEGIN")
            for entry in (*entries, told):
                if entry.epoch not in numbers:
                    numbers[entry.epoch] = len(numbers) + 1
                    epoch = (numbers[entry.epoch], entry.epoch, entry.gate)
                    connection.execute("INSERT INTO epoch VALUES (?, ?, ?)", epoch)
                connection.execute(INSERT, row_of(entry, numbers[entry.epoch]))
                _remember_use(connection, entry)
    except sqlite3.Error as error:
        raise JournalError(f"what was saved could not be stored: {error}", where=str(path)) from error


def _remember_use(connection: sqlite3.Connection, entry: Entry) -> None:
    """A one-time pass that a saved event let through stays used."""
    if entry.kind != EventKind.PASSAGE_DECIDED:
        return
    content = entry.content
    code = (content.get("evidence") or {}).get("code") or {}
    granted = (content.get("decision") or {}).get("outcome") == "grant"
    if granted and code.get("once") and code.get("pass_id"):
        connection.execute("INSERT OR IGNORE INTO used_pass VALUES (?, ?)", (code["pass_id"], entry.sequence))


def _bounded(whole: Iterator[Entry]) -> tuple[list[Entry], tuple[Gap, ...]]:
    """The entries, and the gaps between them; beyond so many gaps the rest stays in the damaged file.

    How many events are missing at the end of an epoch nobody knows.
    """
    entries: list[Entry] = []
    gaps: list[Gap] = []
    expected, epoch = 1, b""
    for entry in whole:
        if entry.epoch != epoch:
            expected, epoch = 1, entry.epoch
        if entry.sequence > expected:
            if len(gaps) == _MOST_GAPS:
                break
            gaps.append((epoch, expected, entry.sequence - 1))
        entries.append(entry)
        expected = entry.sequence + 1
    return entries, tuple(gaps)
