"""The journal on disk: SQLite in WAL mode with synchronous=FULL, one writer, gap-free sequences.

`append` returns once the event would survive a power cut, or raises; there is no third case. One process
writes (a lock ensures it: `factory`), others read.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.decision import PassUse, WallTime
from edge.errors import JournalError
from edge.journal.acknowledged import KEEP_ROWS, acknowledged_state, keep_acknowledgement, prune
from edge.journal.end_mark import EndMark, EndMarkFile
from edge.journal.format import (
    AcknowledgedState,
    Acknowledgement,
    CommandUse,
    Entry,
    Event,
    JournalEpochBegun,
    KnownOfCommand,
    Told,
    UsedPassesUnknown,
    following,
    told,
)
from edge.journal.missed import Missed, missed_file, still_unreported
from edge.journal.ports import REAL_PORTS, JournalPorts
from edge.journal.tables import (
    COLUMNS,
    FROM,
    INSERT,
    JournalDamaged,
    JournalUnavailable,
    connected,
    explained,
    row_of,
    rows,
    storable,
)
from edge.journal.times import LatestTime, monotonic_of
from edge.journal.used import UsedUp, Uses, use_by


class Journal:
    """The gate's own journal, open for writing. `edge.journal.factory.open_journal` makes one."""

    def __init__(
        self,
        path: Path,
        gate: str,
        lock: int,
        medium: str,
        used: UsedUp,
        ports: JournalPorts = REAL_PORTS,
    ) -> None:
        self._path = path
        self._gate = gate
        self._medium = medium
        self._lock = lock
        self._ports = ports
        self._connection: sqlite3.Connection | None = None
        self._epoch_number = 0
        self._epoch = b""
        self._last: Entry | None = None
        self._latest = LatestTime()
        self._begun_at: dict[bytes, int] = {}
        self._missed_file = missed_file(path)
        self._missed = Missed()
        self._end = EndMarkFile(path.with_name(path.name + ".end"))
        self._lost: EndMark | None = None
        self._used = used
        self._started = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def epoch(self) -> bytes:
        return self._epoch

    @property
    def missed(self) -> int:
        """How many events could not be stored since the last one that could."""
        return self._missed.total

    def append(
        self,
        event: Event,
        wall: WallTime,
        *,
        used_pass: str | None = None,
        used_command: CommandUse | None = None,
        refused: Entry | None = None,
    ) -> Entry:
        """Store one event; in the same transaction the use of a one-time pass, or of a command, or that the
        pass which the grant `refused` used up is given back.

        Raises JournalError: then the event is not stored but counted (unless the journal is closed), and the
        next stored event follows one that reports how many were missed.
        """
        given_back = None if refused is None else use_by(refused, self._epoch)
        events, used = [storable(event)], Uses(used_pass, used_command, given_back)
        if self._used.unreported:  # by the clock of the caller: at a start there is none that is believed
            events.insert(0, told(UsedPassesUnknown()))
        if self._missed.total:
            events.insert(0, told(self._missed.event()))
        try:
            with self._explained() as connection:
                self._used.give_back(connection, used)
                entry = self._store(events, wall, used)
        except JournalError:
            self._used.keep(used)
            if self._lock >= 0:  # of a closed journal the count is another writer's
                self._count(self._missed.with_one(event.kind.value, wall.at, self._ports.entropy))
            raise
        if self._missed.total:
            self._count(Missed(self._missed.number + 1))
        with suppress(JournalError), self._explained() as connection:
            self._used.stored(connection, used, wall)
        return entry

    def acknowledge(
        self, acknowledgement: Acknowledgement, message: bytes, wall: WallTime
    ) -> AcknowledgedState:
        """Store a verified acknowledgement of this gate's events; `message` is the signed bytes of it.

        One that shows this journal to be a copy (it names an event that is not here, or another in its
        place) makes it go on in a new epoch, so that no number is used twice. Raises JournalError.
        """
        with self._explained() as connection:
            found = acknowledged_state(connection, acknowledgement)
            if found is AcknowledgedState.STORED:
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    keep_acknowledgement(connection, acknowledgement, message)
            elif (
                found in {AcknowledgedState.AHEAD, AcknowledgedState.FORKED}
                and acknowledgement.epoch == self._epoch
            ):
                self._used.lose(connection)
                self._begin_anew(connection, found.value, wall)
        return found

    def epochs(self, most: int) -> list[bytes]:
        """The newest epochs of this store, newest first; raises JournalError."""
        with self._explained() as connection:
            query = "SELECT id FROM epoch ORDER BY number DESC LIMIT ?"
            return [epoch for (epoch,) in connection.execute(query, (most,))]

    def prune(self, *, keep: int = KEEP_ROWS, most: int = 500) -> int:
        """Delete at most `most` of the oldest acknowledged events, keeping `keep`; returns how many.

        A few at a time, between two decisions: a decision waits for no more than one small transaction.
        Raises JournalError.
        """
        with self._explained() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            return prune(connection, keep, most)

    @property
    def marked(self) -> bool:
        """Whether the newest event is marked as such beside the store."""
        return self._last is None or self._end.marks(self._last)

    def mark_end(self) -> None:
        """Mark the newest event beside the store: a start that misses it knows that events are lost."""
        if self._last is not None and not self.marked:
            self._end.write(self._last)

    def use_of(self, pass_id: str, issued: datetime | None = None) -> PassUse:
        """Whether a one-time pass issued at `issued` was used; UNKNOWN where the store cannot tell."""
        try:
            with self._explained() as connection:
                return self._used.use_of(connection, pass_id, issued)
        except JournalError:
            return PassUse.UNKNOWN

    def known_of(self, nonce: str, issuer: str) -> KnownOfCommand:
        """What was taken here of a command and its issuer; raises JournalError where that is unknown."""
        with self._explained() as connection:
            return self._used.known_of(connection, nonce, issuer)

    @property
    def latest(self) -> datetime | None:
        """The latest time written here by a trusted clock, since it was compared with central's."""
        return self._latest.value

    def count_until(self, end: datetime) -> None:
        """Leave out of `latest` what a clock wrote after `end`, up to which a signature vouches.

        A store that cannot be read leaves nothing out.
        """
        if self._latest.end_at(end):
            with suppress(JournalError), self._explained() as connection:
                self._latest.read(connection)

    def monotonic_of(self, epoch: bytes, sequence: int) -> float | None:
        """The monotonic time when this process wrote that event; None: another did. Raises JournalError."""
        first = self._begun_at.get(epoch)
        if first is None or sequence < first:
            return None
        with self._explained() as connection:
            return monotonic_of(connection, epoch, sequence)

    def last(self) -> Entry | None:
        """The newest event of this epoch."""
        return self._last

    def finish_start(self, wall: WallTime) -> None:
        """Finish a start: allocate the small files, and begin a new epoch where the store was copied, or has
        lost its newest events.
        """
        self._missed_file.make()
        mark = self._end.open()
        with self._explained() as connection:
            self._missed = still_unreported(connection, self._missed_file.read())
            query = "SELECT medium FROM epoch WHERE number = ?"
            [(made_on,)] = connection.execute(query, (self._epoch_number,)).fetchall()
            if made_on not in {"", self._medium}:
                self._begin_anew(connection, "copied", wall)
            elif mark.lies_beyond(self._epoch, self._last):
                self._go_on_after(mark, connection, wall)
            elif not made_on:
                with connection:
                    change = "UPDATE epoch SET medium = ? WHERE number = ?"
                    connection.execute(change, (self._medium, self._epoch_number))
            self._used.join(connection)
        self._started = True

    def close(self) -> None:
        self._disconnect()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    # --- inside ----------------------------------------------------------------------------

    @contextmanager
    def _explained(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._connection is None:
                self._connect()
            assert self._connection is not None  # noqa: S101 - _connect has made it
            yield self._connection
        except sqlite3.Error as error:
            self._disconnect()
            raise explained(error, self._path) from error
        except JournalDamaged:
            self._disconnect()
            raise

    def _count(self, missed: Missed) -> None:
        self._missed = missed
        self._missed_file.write(missed)

    def _store(self, events: Sequence[Told], wall: WallTime, used: Uses) -> Entry:
        """Store events, and what they use up, all or none; the last of them."""
        assert self._connection is not None  # noqa: S101 - the callers have connected
        if self._lost is not None:
            self._go_on_after(self._lost, self._connection, wall)
        last = self._last
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for event in events:
                last = self._entry(last, event, self._epoch, wall)
                self._connection.execute(INSERT, row_of(last, self._epoch_number))
            assert last is not None  # noqa: S101 - there is at least one event
            used.store(self._connection, last.sequence)
        self._begun_at.setdefault(self._epoch, 1 if self._last is None else self._last.sequence + 1)
        self._last = last
        self._latest.add(last)
        return last

    def _connect(self) -> None:
        """Open the store and continue the chain where it ends, after a failed write too.

        Raises JournalUnavailable after `close`: the lock is gone, and another process may be writing.
        """
        if self._lock < 0:
            raise JournalUnavailable("is closed", where=str(self._path))
        connection = connected(self._path, self._ports.storage)
        self._connection = connection
        row = connection.execute(
            "SELECT number, id FROM epoch WHERE gate = ? ORDER BY number DESC LIMIT 1", (self._gate,)
        ).fetchone()
        if row is None:
            self._begin_epoch(connection)
            if self._started:  # the file went away while the gate ran
                self._used.join(connection)
        else:
            self._epoch_number, self._epoch = row
        known = None if self._last is None else EndMark.of(self._last)
        self._last = self._newest(connection)
        if known is not None and known.lies_beyond(self._epoch, self._last):
            self._lost = known  # what was stored a moment ago is not here: the next event says so
        self._latest.read(connection)

    def _newest(self, connection: sqlite3.Connection) -> Entry | None:
        query = f"SELECT {COLUMNS} {FROM} WHERE event.epoch = ? ORDER BY sequence DESC LIMIT 1"
        return next(rows(connection, query, (self._epoch_number,)), None)

    def _begin_epoch(
        self, connection: sqlite3.Connection, first: Callable[[bytes], Entry] | None = None
    ) -> None:
        """Begin an epoch; `first` makes its first event, stored in the same transaction."""
        epoch = self._ports.entropy(16)
        entry = None if first is None else first(epoch)
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            cursor = connection.execute(
                "INSERT INTO epoch (id, gate, medium) VALUES (?, ?, ?)", (epoch, self._gate, self._medium)
            )
            number = cursor.lastrowid or 1
            if entry is not None:
                connection.execute(INSERT, row_of(entry, number))
            self._used.begin(connection)
        self._epoch_number, self._epoch, self._last = number, epoch, entry

    def _go_on_after(self, mark: EndMark, connection: sqlite3.Connection, wall: WallTime) -> None:
        """Continue in a new epoch where the newest events are lost, up to the one that `mark` names."""
        self._used.forget_newest(connection)
        self._begin_anew(connection, "end_lost", wall, mark)
        self._lost = None

    def _begin_anew(
        self, connection: sqlite3.Connection, why: str, wall: WallTime, mark: EndMark | None = None
    ) -> None:
        """Continue in a new epoch, whose first event states which one it continues and why.

        Its newest event is the one here, or the one that a `mark` names.
        """
        newest = mark or (EndMark() if self._last is None else EndMark.of(self._last))
        begun = JournalEpochBegun(why, self._epoch.hex(), newest.sequence, newest.hash)
        self._begin_epoch(connection, lambda epoch: self._entry(None, told(begun), epoch, wall))

    def _entry(self, before: Entry | None, event: Told, epoch: bytes, wall: WallTime) -> Entry:
        now = self._ports.monotonic()
        return following(before, event, epoch=epoch, gate=self._gate, wall=wall, monotonic=now)

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
