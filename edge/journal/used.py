"""Records what was used up: a one-time pass or a command's nonce, in one transaction with its event.

The journal is what counts. A copy apart from it (`edge.journal.used_copy`) follows before the barrier moves,
and at each start the two are brought together, so that either alone knows all. Where neither can be relied on
(both are new, copied or damaged), nobody knows what was used until that moment, and no pass that was issued
before it opens. A pass that is issued later cannot have been used before: so it ends by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta

from edge.decision import ClockTrust, PassUse, WallTime
from edge.journal.tables import JournalDamaged
from edge.journal.used_copy import UsedCopy
from edge.signing.cose import microseconds

NAMES = {"used_pass": "pass_id", "used_command": "nonce"}
"""The journal's tables of what was used up, and the column of its name."""

_BEGUN, _LOST = "begun", "lost"
"""Why a journal may not know all uses: it has begun anew and its copy was not read yet, or could not be."""

_OPEN_END = 2**63 - 1
"""Until a time that no trusted clock has confirmed yet."""
_MARGIN = timedelta(minutes=5)
"""By so much an issuer's clock may be ahead of the gate's."""


class UsedUp:
    """The uses that one journal and its `copy` know. `copy` None: nothing outlives this journal.

    Every method takes the journal's connection, and raises sqlite3.Error where that fails.
    """

    def __init__(self, copy: UsedCopy | None) -> None:
        self._copy = copy
        self._unknown = 0
        self.unreported = False
        """Whether used passes have become unknown and no event has reported it yet."""

    def begin(self, journal: sqlite3.Connection) -> None:
        """Note, within a transaction, that the journal begins anew and its copy was not read yet."""
        if self._copy is not None:
            note_begun(journal)

    def join(self, journal: sqlite3.Connection) -> None:
        """Exchange the uses that only the journal, or only the copy, knows."""
        copy = self._copy
        if copy is None:
            self._unknown = _end_of(journal, _LOST)
            return
        held = {table: copy.names(table) for table in NAMES}
        lost = not copy.complete and _end_of(journal, _BEGUN) > 0
        end = max(_end_of(journal, _LOST), copy.unknown, _OPEN_END if lost else 0)
        with journal:
            journal.execute("BEGIN IMMEDIATE")
            for table, names in held.items():
                query = f"INSERT OR IGNORE INTO {table} VALUES (?, 0)"  # noqa: S608 - one of two names
                journal.executemany(query, ((name,) for name in names))
            _note_end(journal, end)
        self._unknown = end
        copy.keep(_all_of(journal))
        copy.settle(end)
        self.unreported = self.unreported or lost

    def lose(self, journal: sqlite3.Connection) -> None:
        """Note that an older state was restored: what was used until now is unknown."""
        self._end_at(journal, _OPEN_END)
        self.unreported = True

    def use_of(self, journal: sqlite3.Connection, pass_id: str, issued: datetime | None) -> PassUse:
        """Whether a one-time pass that was `issued` then (None: at a time that is not known) was used."""
        query = "SELECT 1 FROM used_pass WHERE pass_id = ?"
        if journal.execute(query, (pass_id,)).fetchone() is not None:
            return PassUse.USED
        if self._unknown and (issued is None or microseconds(issued) <= self._unknown):
            return PassUse.UNKNOWN
        return PassUse.UNUSED

    def stored(self, journal: sqlite3.Connection, used: Mapping[str, str | None], wall: WallTime) -> None:
        """Store in the copy what a stored event used up: `used` maps a table to a name."""
        self.unreported = False
        if self._copy is not None:
            self._copy.keep((table, name) for table, name in used.items() if name is not None)
        if self._unknown == _OPEN_END and wall.trust is ClockTrust.TRUSTED:
            self._end_at(journal, microseconds(wall.at + _MARGIN))

    def _end_at(self, journal: sqlite3.Connection, end: int) -> None:
        with journal:
            journal.execute("BEGIN IMMEDIATE")
            _note_end(journal, end)
        self._unknown = end
        if self._copy is not None:
            self._copy.settle(end)


def _end_of(journal: sqlite3.Connection, why: str) -> int:
    """The time (microseconds) until which uses are unknown for that reason; 0: all are known."""
    row = journal.execute("SELECT until FROM unknown_use WHERE why = ?", (why,)).fetchone()
    if row is None:
        return 0
    if type(row[0]) is not int:
        raise JournalDamaged("has noise in the place of a time", where="unknown_use")
    return row[0]


def _note_end(journal: sqlite3.Connection, end: int) -> None:
    """Note until when journal and copy together do not know what was used."""
    journal.execute("DELETE FROM unknown_use")
    if end:
        journal.execute("INSERT INTO unknown_use VALUES (?, ?)", (_LOST, end))


def _all_of(journal: sqlite3.Connection) -> set[tuple[str, str]]:
    found = {
        (table, name)
        for table, column in NAMES.items()
        for (name,) in journal.execute(f"SELECT {column} FROM {table}")  # noqa: S608 - two names above
    }
    if not all(isinstance(name, str) for _, name in found):
        raise JournalDamaged("has noise in the place of a name", where="used_pass, used_command")
    return found


def note_begun(journal: sqlite3.Connection) -> None:
    """Note that this journal has begun anew, and may not know what was used before."""
    journal.execute("INSERT OR IGNORE INTO unknown_use VALUES (?, ?)", (_BEGUN, _OPEN_END))
