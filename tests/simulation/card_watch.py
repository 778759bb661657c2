"""Reads a gate's card from outside, and tells what a step of the gate has changed on it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from edge.counting.core import CountSnapshot
from edge.registry.status import STATUS_NAME, RegistryStatus
from edge.support.files import FileMark, mark_of
from tests.simulation.card import Card
from tests.simulation.observations import Acknowledged, Counted, Gone, InForce, Observation, Stored
from tests.simulation.site import BEGINS

JOURNAL = "state/journal.sqlite"
_STATUS = f"state/registry/{STATUS_NAME}"
_COUNTS = "counts/ours.json"
_EVENTS = """
SELECT event.epoch, sequence, epoch.id, hash, kind, body FROM event JOIN epoch ON epoch.number = event.epoch
WHERE event.epoch > ? OR (event.epoch = ? AND sequence > ?) ORDER BY event.epoch, sequence
"""
_FIRST = """
SELECT epoch.id, MIN(sequence) FROM epoch LEFT JOIN event ON epoch.number = event.epoch GROUP BY epoch.number
"""
_ACKNOWLEDGED = """
SELECT epoch.id, sequence, hash FROM acknowledged JOIN epoch ON epoch.number = acknowledged.epoch
"""


class CardWatch:
    """What lies on the card of `device`. `look` after each step of whoever writes on it."""

    def __init__(
        self, card: Card, device: str, tell: Callable[[Observation], None], now: Callable[[], float]
    ) -> None:
        self._card = card
        self._device = device
        self._tell = tell
        self._now = now
        self._writes = -1
        self._journal = _JournalFile(card)
        self._told: dict[bytes, int] = {}
        """The newest event of each epoch that was told of."""
        self._first: dict[bytes, int] = {}
        self._acknowledged: dict[bytes, bytes] = {}
        """The hash of the event up to which each epoch is acknowledged."""
        self._files: dict[str, FileMark] = {}
        self.journal_changes = 0
        """How often the journal was found to have other events than before."""

    def look(self) -> bool:
        """Tell what is new; whether there are new events."""
        if self._card.writes == self._writes:
            return False
        self._writes = self._card.writes
        found = False
        with suppress(sqlite3.Error):  # the gate will find that out, too
            found = self._look_at_journal()
        self._look_at_status()
        self._look_at_counts()
        return found

    def begin_anew(self) -> None:
        """Other things lie on the card now: all of it is told again."""
        self._journal.close()
        self._told, self._first, self._acknowledged, self._files, self._writes = {}, {}, {}, {}, -1
        self._changed(_STATUS)  # the word of a life before: the next one writes its own when it starts

    def close(self) -> None:
        self._journal.close()

    # --- inside --------------------------------------------------------------------------------

    def _look_at_journal(self) -> bool:
        found = False
        for epoch, sequence, hashed, kind, body in self._journal.new_events():
            if sequence > self._told.get(epoch, 0):
                self._told[epoch] = sequence
                self.journal_changes += 1
                self._tell(Stored(self._now(), self._device, epoch, sequence, hashed, kind, body))
                found = True
        if self._journal.changed:
            self._look_at_bounds()
        return found

    def _look_at_bounds(self) -> None:
        for epoch, sequence, hashed in self._journal.acknowledged():
            if self._acknowledged.get(epoch) != hashed:
                self._acknowledged[epoch] = hashed
                self._tell(Acknowledged(self._now(), self._device, epoch, sequence, hashed))
        for epoch, first in self._journal.first_of_each():
            through = self._told.get(epoch, 0) if first is None else first - 1
            if through > self._first.get(epoch, 0):
                self._first[epoch] = through
                self.journal_changes += 1
                self._tell(Gone(self._now(), self._device, epoch, through))

    def _look_at_status(self) -> None:
        data = self._changed(_STATUS)
        if data is None:
            return
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            status = msgspec.json.decode(data, type=RegistryStatus)
            issued = 0.0 if status.issued is None else (status.issued - BEGINS).total_seconds()
            self._tell(InForce(self._now(), self._device, status.version, issued))

    def _look_at_counts(self) -> None:
        data = self._changed(_COUNTS)
        if data is None:
            return
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            tallies = [*msgspec.json.decode(data, type=CountSnapshot).own().tallies.values()]
            entered, left = sum(each.entered for each in tallies), sum(each.left for each in tallies)
            lapses = sum(each.lapses for each in tallies)
            self._tell(Counted(self._now(), self._device, entered, left, lapses))

    def _changed(self, name: str) -> bytes | None:
        """The content of a file that has changed since the last look."""
        path = self._card.folder / name
        try:
            found = os.stat(path)  # noqa: PTH116 - called after every step
        except OSError:
            return None
        mark = mark_of(found)
        if self._files.get(name) == mark:
            return None
        self._files[name] = mark
        return path.read_bytes()


def events_in(files: Mapping[str, bytes]) -> list[tuple[bytes, int, bytes, str, bytes]]:
    """Epoch, sequence, hash, kind and body of each event of the journal among `files`, those of a copied
    card; none where nobody can read it.
    """
    with TemporaryDirectory() as folder, suppress(sqlite3.Error):
        for suffix in ("", "-wal"):
            if f"{JOURNAL}{suffix}" in files:
                (Path(folder) / f"journal{suffix}").write_bytes(files[f"{JOURNAL}{suffix}"])
        with closing(sqlite3.connect(Path(folder) / "journal")) as copy:
            found = copy.execute(_EVENTS, (0, 0, 0)).fetchall()
        return [(row[2], row[1], row[3], row[4], row[5]) for row in found]
    return []


class _JournalFile:
    """The journal's database, opened anew where another lies in its place."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._path: Path = card.folder / JOURNAL
        self._connection: sqlite3.Connection | None = None
        self._opened = -1, -1
        self._version = -1
        self._last = (0, 0)
        self.changed = False

    def new_events(self) -> Iterator[tuple[bytes, int, bytes, str, bytes]]:
        """Epoch, sequence, hash, kind and body of what was written since the last call."""
        self.changed = False
        if not self._open():
            return
        assert self._connection is not None
        [(version,)] = self._connection.execute("PRAGMA data_version")
        if version == self._version:
            return
        self._version, self.changed = version, True
        number, sequence = self._last
        for row in self._connection.execute(_EVENTS, (number, number, sequence)).fetchall():
            self._last = row[0], row[1]
            yield row[2], row[1], row[3], row[4], row[5]

    def first_of_each(self) -> list[tuple[bytes, int | None]]:
        """Each epoch, and the oldest event of it that is still there."""
        assert self._connection is not None
        return self._connection.execute(_FIRST).fetchall()

    def acknowledged(self) -> list[tuple[bytes, int, bytes]]:
        """Each epoch of which central has something; the newest event of that, and its hash."""
        assert self._connection is not None
        return self._connection.execute(_ACKNOWLEDGED).fetchall()

    def close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection, self._opened, self._version, self._last = None, (-1, -1), -1, (0, 0)

    def _open(self) -> bool:
        try:
            inode = os.stat(self._path).st_ino  # noqa: PTH116 - called after every step
        except OSError:
            return False
        if (inode, self._card.let_go) != self._opened:
            self.close()
            self._connection = self._card.connect(self._path, read_only=True)
            self._opened = inode, self._card.let_go
        return True
