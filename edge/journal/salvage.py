"""Salvages a damaged journal: keeps what is intact, records what is missing, and the gate goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from edge.decision import WallTime
from edge.errors import JournalError
from edge.journal.factory import open_journal
from edge.journal.format import (
    CommandTaken,
    Entry,
    JournalEpochBegun,
    JournalSalvaged,
    SequenceGap,
    following,
    is_whole,
    pass_used_up,
    refused_shut,
    told,
    understood,
)
from edge.journal.ports import REAL_PORTS, JournalPorts
from edge.journal.store import Journal
from edge.journal.tables import (
    COLUMNS,
    FROM,
    INSERT,
    JournalDamaged,
    JournalOutdated,
    connected,
    is_row,
    make_file,
    row_of,
    rows,
)
from edge.journal.used import NAMES, give_back, note_begun, raise_counters, use_by
from edge.journal.used_copy import UsedCopy
from edge.support.decoding import Undecodable
from edge.support.files import sync_folder

_MOST_GAPS = 400
"""As many as fit into one event."""

_BOUNDS = ("pruned", "acknowledged")
_USED_UP = (*NAMES, "unknown_use", "command_counter")

_GIVE_UP_AFTER = 10_000
"""How many unreadable sequences in a row end an epoch whose last sequence is unknown."""


@dataclass(frozen=True)
class Salvage:
    """What was saved of a journal that could not be continued, `why` that was so, and what is `missing`.

    The file itself is kept as `damaged`.
    """

    damaged: Path
    why: str
    kept: int
    missing: tuple[SequenceGap, ...]


def open_or_salvage(
    path: Path,
    gate: str,
    wall: WallTime,
    copy: UsedCopy | None = None,
    ports: JournalPorts = REAL_PORTS,
) -> tuple[Journal, Salvage | None]:
    """Open the journal of `gate`; a damaged one is set aside, and what is intact is copied into a new one.

    The salvaged journal goes on with a new epoch, so that no number is used twice, and its first event
    says what is missing. Of one in an older format only what was used up is taken over, and the first event
    names the epoch that it follows. Raises JournalError where the disk cannot be used at all.
    """
    saved = path.with_name(path.name + ".saved")
    if saved.exists() and not path.exists():
        saved.rename(path)  # a power cut came between the two renames below
    try:
        return open_journal(path, gate, wall, copy, ports), None
    except JournalDamaged as error:
        found = error
    older = isinstance(found, JournalOutdated)
    damaged = _unused_name(path, "older" if older else "damaged")
    try:
        kept, missing = _save(path, saved, damaged.name, gate, wall, ports, older=older)
    except (sqlite3.Error, OSError) as error:
        raise JournalError(f"what was saved could not be stored: {error}", where=str(path)) from error
    _put_aside(path, damaged)
    saved.rename(path)
    sync_folder(path.parent)
    return open_journal(path, gate, wall, copy, ports), Salvage(damaged, found.what, kept, missing)


def _unused_name(path: Path, why: str) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.{why}-{number}")).exists():
        number += 1
    return aside


def _put_aside(path: Path, aside: Path) -> None:
    """Move the damaged file and its log together, so that SQLite still finds one by the other."""
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    path.rename(aside)


def _save(
    path: Path, saved: Path, damaged: str, gate: str, wall: WallTime, ports: JournalPorts, *, older: bool
) -> tuple[int, tuple[SequenceGap, ...]]:
    """Copy what is intact in `path` into a new store at `saved`; returns the events' number and the gaps.

    Of an `older` format that is what was used up, and no event.
    """
    for ending in ("", "-wal", "-shm"):
        saved.with_name(saved.name + ending).unlink(missing_ok=True)
    make_file(saved)
    with closing(connected(saved, ports.storage)) as connection, connection:
        connection.execute("BEGIN")
        taking = _SavedJournal(connection, ports.storage.medium(saved))
        with closing(ports.storage.connect(path)) as source:
            if not older:
                taking.events(source)
            for table in _USED_UP:
                taking.table(source, table)
            begun = _follows_older(source) if older else _salvage_event(damaged, taking.kept, taking.gaps)
        epoch, now = ports.entropy(16), ports.monotonic()
        taking.add(following(None, told(begun), epoch=epoch, gate=gate, wall=wall, monotonic=now))
        note_begun(connection)
    return taking.kept, tuple(taking.gaps)


class _SavedJournal:
    """Copies events into a new store one at a time: a journal does not fit into memory."""

    def __init__(self, connection: sqlite3.Connection, medium: str) -> None:
        self._connection = connection
        self._medium = medium
        self._numbers: dict[bytes, int] = {}
        self.kept = 0
        self.gaps: list[SequenceGap] = []

    def events(self, source: sqlite3.Connection) -> None:
        """Copy what is whole, and where what central has ends and what is here begins."""
        for epoch, anchor in _epochs(source):
            if not self.epoch(source, epoch, anchor):
                break
        for table in _BOUNDS:
            self.table(source, table)

    def epoch(self, source: sqlite3.Connection, number: int, anchor: int) -> bool:
        """Copy an epoch after `anchor`; False where there are more gaps than fit into one event."""
        expected = anchor + 1
        for entry in _whole_of(source, number, anchor):
            if entry.sequence > expected:
                if len(self.gaps) == _MOST_GAPS:
                    return False  # the rest stays in the damaged file
                self.gaps.append((entry.epoch, expected, entry.sequence - 1))
            self.add(entry)
            self.kept += 1
            expected = entry.sequence + 1
        return True

    def add(self, entry: Entry) -> None:
        if entry.epoch not in self._numbers:
            self._number(entry.epoch, entry.gate)
        self._connection.execute(INSERT, row_of(entry, self._numbers[entry.epoch]))
        _remember_use(self._connection, entry)
        self._give_back(entry)

    def _give_back(self, entry: Entry) -> None:
        """Where `entry` says that the lane refused a grant, what that had used up is unused again; the small
        table, which is read after, knows of a later use.
        """
        sequence = refused_shut(entry.kind, entry.body)
        query = f"SELECT {COLUMNS} {FROM} WHERE event.epoch = ? AND sequence = ?"
        if sequence is None:
            return
        for grant in rows(self._connection, query, (self._numbers[entry.epoch], sequence)):
            used = use_by(grant, entry.epoch)
            if used is not None:
                give_back(self._connection, *used)

    def table(self, source: sqlite3.Connection, name: str) -> None:
        """Copy one of the small tables, as far as it is readable."""
        keyed = name in _BOUNDS
        query = f"SELECT {name}.* FROM {name}"  # noqa: S608 - one of the fixed names above
        if keyed:
            query = (
                f"SELECT epoch.id, epoch.gate, {name}.* FROM {name} "  # noqa: S608
                f"JOIN epoch ON epoch.number = {name}.epoch"
            )
        with suppress(sqlite3.Error):
            for row in source.execute(query):
                if not is_row(name, row[2:] if keyed else row):
                    continue
                values = (self._number(row[0], row[1]), *row[3:]) if keyed else row
                if name == "command_counter":
                    raise_counters(self._connection, {row[0]: row[1]})
                    continue
                places = ", ".join("?" * len(values))
                self._connection.execute(f"INSERT OR IGNORE INTO {name} VALUES ({places})", values)  # noqa: S608

    def _number(self, epoch: bytes, gate: str) -> int:
        """The epoch's number in the new store."""
        if epoch not in self._numbers:
            self._numbers[epoch] = len(self._numbers) + 1
            row = (self._numbers[epoch], epoch, gate, self._medium)
            self._connection.execute("INSERT INTO epoch VALUES (?, ?, ?, ?)", row)
        return self._numbers[epoch]


def _follows_older(source: sqlite3.Connection) -> JournalEpochBegun:
    """The first event of the new epoch: which one it follows, as far as the older file tells."""
    newest: tuple[object, ...] | None = None
    with suppress(sqlite3.Error):
        newest = source.execute(
            f"SELECT epoch.id, sequence, hash {FROM} ORDER BY event.epoch DESC, sequence DESC LIMIT 1"
        ).fetchone()
    match newest:
        case (bytes(epoch), int(sequence), bytes(digest)):
            return JournalEpochBegun("older_format", epoch.hex(), sequence, digest.hex())
    return JournalEpochBegun("older_format", "", 0, "")


def _salvage_event(damaged: str, kept: int, gaps: list[SequenceGap]) -> JournalSalvaged:
    """The first event of the new epoch: what was kept, and what is missing."""
    missing: dict[str, list[tuple[int, int]]] = {}
    for epoch, first, last in gaps:
        missing.setdefault(epoch.hex(), []).append((first, last))
    ranges = {epoch: tuple(pairs) for epoch, pairs in missing.items()}
    return JournalSalvaged(damaged, kept, ranges)


def _epochs(source: sqlite3.Connection) -> list[tuple[int, int]]:
    """Each epoch's number, and the sequence after which its events begin; empty where unreadable."""
    try:
        numbers = [number for (number,) in source.execute("SELECT number FROM epoch ORDER BY number")]
    except sqlite3.Error:
        return []
    return [(number, _anchor(source, number)) for number in numbers]


def _anchor(source: sqlite3.Connection, epoch: int) -> int:
    """The sequence after which the epoch's events begin: by what was pruned, else by what is there."""
    for query in (
        "SELECT sequence FROM pruned WHERE epoch = ?",
        "SELECT CASE WHEN min(sequence) > 10000 THEN min(sequence) - 1 END FROM event WHERE epoch = ?",
    ):
        with suppress(sqlite3.Error, TypeError, ValueError):
            [(found,)] = source.execute(query, (epoch,)).fetchall() or [(None,)]
            if found is not None:
                return int(found)
    return 0


def _whole_of(connection: sqlite3.Connection, epoch: int, anchor: int) -> Iterator[Entry]:
    """Every entry after `anchor` that is readable and whose hash is valid; never raises for damage."""
    query = f"SELECT {COLUMNS} {FROM} WHERE event.epoch = ? AND sequence = ?"
    sequence, unread = anchor, 0
    while unread < _GIVE_UP_AFTER:
        sequence += 1
        try:
            found = next(rows(connection, query, (epoch, sequence)), None)
        except (sqlite3.Error, JournalDamaged):
            found = None
        if found is not None and is_whole(found):
            unread = 0
            yield found
        else:
            unread += 1


def _remember_use(connection: sqlite3.Connection, entry: Entry) -> None:
    """What a saved event used up stays so: a one-time pass that was let through, a command that was taken.

    An event that is whole and says nothing that can be read here is a later version's.
    """
    with suppress(Undecodable):
        used_pass = pass_used_up(entry.kind, entry.body)
        if used_pass is not None:
            connection.execute("INSERT OR IGNORE INTO used_pass VALUES (?, ?)", (used_pass, entry.sequence))
    match understood(entry) if entry.kind == CommandTaken.kind else None:
        case CommandTaken(nonce=nonce, issuer=issuer, counter=counter):
            row = (nonce, entry.sequence)
            connection.execute("INSERT OR IGNORE INTO used_command VALUES (?, ?)", row)
            raise_counters(connection, {issuer: counter})
