"""Records what was used up, in one transaction with its event: one-time passes, and commands.

The journal is what counts. A copy apart from it (`edge.journal.used_copy`) follows before the barrier moves,
and at each start the two are brought together, so that either alone knows all. Where neither can be relied on
(both are new, copied or damaged), nobody knows what was used until that moment, and no pass that was issued
before it opens, and no command without a challenge. What is issued later cannot have been used before: so it
ends by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge.decision import ClockTrust, PassUse, WallTime
from edge.journal.format import CommandUse, Entry, KnownOfCommand, pass_used_up
from edge.journal.tables import JournalDamaged
from edge.journal.used_copy import UsedCopy
from edge.signing.cose import microseconds
from edge.support.decoding import Undecodable

NAMES = {"used_pass": "pass_id", "used_command": "nonce"}
"""The journal's tables of what was used up, and the column of its name."""

_RAISE = """
INSERT INTO command_counter VALUES (?, ?)
ON CONFLICT (issuer) DO UPDATE SET counter = max(counter, excluded.counter)
"""

_BEGUN, _LOST = "begun", "lost"
"""Why a journal may not know all uses: it has begun anew and its copy was not read yet, or could not be."""

_OPEN_END = 2**63 - 1
"""Until a time that no trusted clock has confirmed yet."""
_MARGIN = timedelta(minutes=5)
"""By so much an issuer's clock may be ahead of the gate's."""


@dataclass(frozen=True)
class Uses:
    """What one event uses up."""

    pass_id: str | None = None
    command: CommandUse | None = None
    given_back: tuple[str, int] | None = None
    """A one-time pass that the event gives back, and the sequence of the grant that had used it up."""

    def names(self) -> list[tuple[str, str]]:
        """What is used up, by table and name."""
        nonce = None if self.command is None else self.command.nonce
        named = (("used_pass", self.pass_id), ("used_command", nonce))
        return [(table, name) for table, name in named if name is not None]

    def store(self, journal: sqlite3.Connection, sequence: int) -> None:
        """Store it within the transaction of the event with this sequence."""
        for table, name in self.names():
            query = f"INSERT OR IGNORE INTO {table} VALUES (?, ?)"  # noqa: S608 - one of two names
            journal.execute(query, (name, sequence))
        if self.given_back is not None:
            give_back(journal, *self.given_back)
        if self.command is not None:
            raise_counters(journal, {self.command.issuer: self.command.counter})
            for issuer in _counters_of(journal).keys() - self.command.issuers:
                journal.execute("DELETE FROM command_counter WHERE issuer = ?", (issuer,))


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
        held, counters = {table: copy.names(table) for table in NAMES}, copy.counters()
        lost = not copy.complete and _end_of(journal, _BEGUN) > 0
        end = max(_end_of(journal, _LOST), copy.unknown, _OPEN_END if lost else 0)
        with journal:
            journal.execute("BEGIN IMMEDIATE")
            for table, names in held.items():
                query = f"INSERT OR IGNORE INTO {table} VALUES (?, 0)"  # noqa: S608 - one of two names
                journal.executemany(query, ((name,) for name in names))
            raise_counters(journal, counters)
            _note_end(journal, end)
        self._unknown = end
        copy.keep(_all_of(journal), _counters_of(journal))
        copy.settle(end)
        self.unreported = self.unreported or lost

    def lose(self, journal: sqlite3.Connection) -> None:
        """Note that an older state was restored: what was used until now is unknown."""
        self._end_at(journal, _OPEN_END)
        self.unreported = True

    def forget_newest(self, journal: sqlite3.Connection) -> None:
        """Note that the newest events are lost: what they used only the copy knows, where there is one."""
        if self._copy is None:
            self.lose(journal)

    def use_of(self, journal: sqlite3.Connection, pass_id: str, issued: datetime | None) -> PassUse:
        """Whether a one-time pass that was `issued` then (None: at a time that is not known) was used."""
        query = "SELECT 1 FROM used_pass WHERE pass_id = ?"
        if journal.execute(query, (pass_id,)).fetchone() is not None:
            return PassUse.USED
        if self._unknown and (issued is None or microseconds(issued) <= self._unknown):
            return PassUse.UNKNOWN
        return PassUse.UNUSED

    def known_of(self, journal: sqlite3.Connection, nonce: str, issuer: str) -> KnownOfCommand:
        """What is known of a command with this nonce, and of its issuer."""
        query = "SELECT 1 FROM used_command WHERE nonce = ?"
        used = journal.execute(query, (nonce,)).fetchone() is not None
        return KnownOfCommand(used, _counters_of(journal).get(issuer, 0), self._unknown)

    def give_back(self, journal: sqlite3.Connection, uses: Uses) -> None:
        """Take what an event gives back out of the copy, before the event is stored.

        After a power cut between the two the journal says that it is used, and no event that it was refused.
        """
        if uses.given_back is None or self._copy is None:
            return
        query = "SELECT 1 FROM used_pass WHERE pass_id = ? AND sequence = ?"
        if journal.execute(query, uses.given_back).fetchone() is not None:
            self._copy.remove(("used_pass", uses.given_back[0]))

    def keep(self, uses: Uses) -> None:
        """Put into the copy again what an event gives back that could not be stored."""
        if uses.given_back is not None and self._copy is not None:
            self._copy.keep([("used_pass", uses.given_back[0])], {})

    def stored(self, journal: sqlite3.Connection, uses: Uses, wall: WallTime) -> None:
        """Store in the copy what a stored event used up."""
        self.unreported = False
        if self._copy is not None:
            command = uses.command
            if command is None:
                self._copy.keep(uses.names(), {})
            else:
                self._copy.keep(uses.names(), {command.issuer: command.counter}, command.issuers)
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


def _counters_of(journal: sqlite3.Connection) -> dict[str, int]:
    """The highest counter that was taken of each issuer."""
    found = dict(journal.execute("SELECT issuer, counter FROM command_counter"))
    if not all(isinstance(issuer, str) and type(counter) is int for issuer, counter in found.items()):
        raise JournalDamaged("has noise in the place of a counter", where="command_counter")
    return found


def use_by(grant: Entry, epoch: bytes) -> tuple[str, int] | None:
    """The one-time pass that `grant` used up, and its sequence; None where it did not, or in another epoch,
    whose numbers mean other events.
    """
    with suppress(Undecodable):
        pass_id = pass_used_up(grant.kind, grant.body)
        return None if pass_id is None or grant.epoch != epoch else (pass_id, grant.sequence)
    return None


def give_back(journal: sqlite3.Connection, pass_id: str, sequence: int) -> None:
    """Let a one-time pass count as unused, if it is that event which used it up and no later one."""
    journal.execute("DELETE FROM used_pass WHERE pass_id = ? AND sequence = ?", (pass_id, sequence))


def raise_counters(journal: sqlite3.Connection, counters: Mapping[str, int]) -> None:
    """Let the counter of each issuer be at least this one."""
    for row in counters.items():
        journal.execute(_RAISE, row)


def note_begun(journal: sqlite3.Connection) -> None:
    """Note that this journal has begun anew, and may not know what was used before."""
    journal.execute("INSERT OR IGNORE INTO unknown_use VALUES (?, ?)", (_BEGUN, _OPEN_END))
