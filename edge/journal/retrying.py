"""A journal that may not open yet: the gate runs meanwhile, and opening is retried.

A card that is full or read-only, or an invalid path, must not stop the lane at a start. Until the journal is
open nothing counts as stored; what could not be stored is counted, and reported once it is open; and what
only the journal knows is answered on the safe side.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog

from edge.decision import PassUse, WallTime
from edge.errors import JournalError
from edge.journal.format import (
    AcknowledgedState,
    Acknowledgement,
    CommandUse,
    Entry,
    Event,
    KnownOfCommand,
)
from edge.journal.missed import Missed
from edge.journal.ports import REAL_PORTS, JournalPorts
from edge.journal.salvage import open_or_salvage
from edge.journal.store import Journal
from edge.journal.tables import JournalInUse, JournalUnavailable
from edge.journal.used_copy import UsedCopy
from edge.support.due import NEVER

TRY_AGAIN_AFTER = 5.0
"""Seconds between attempts to open it: each may wait for a failing card."""


class RetryingJournal:
    """One gate's journal, as `edge.journal.store.Journal`; called by one thread.

    `open_journal` opens it; raises JournalInUse at once, since two must not write one journal. Any other
    failure is reported in `problem`, and opening is tried again.
    """

    def __init__(self, open_journal: Callable[[], Journal], ports: JournalPorts = REAL_PORTS) -> None:
        self._open_journal = open_journal
        self._ports = ports
        self._journal: Journal | None = None
        self._why = ""
        self._not_before = float("-inf")
        self._missed = Missed()
        self._log = structlog.get_logger("edge.journal")
        self._opened()

    @property
    def problem(self) -> str:
        """Why it cannot be opened; empty while it is open."""
        return "" if self._journal is not None else self._why

    @property
    def epoch(self) -> bytes:
        return b"" if self._journal is None else self._journal.epoch

    @property
    def missed(self) -> int:
        return self._missed.total + (0 if self._journal is None else self._journal.missed)

    @property
    def latest(self) -> datetime | None:
        return None if self._journal is None else self._journal.latest

    def count_until(self, end: datetime) -> None:
        if self._journal is not None:
            self._journal.count_until(end)

    def monotonic_of(self, epoch: bytes, sequence: int) -> float | None:
        """Raises JournalError."""
        return None if self._journal is None else self._journal.monotonic_of(epoch, sequence)

    def last(self) -> Entry | None:
        return None if self._journal is None else self._journal.last()

    def recover(self, wall: WallTime) -> None:
        """Retry opening when it is due, and report what could not be stored; raises JournalError."""
        journal = self._opened()
        if journal is not None and self._missed.total:
            journal.append(self._missed.event(), wall)
            self._missed = Missed()

    def next_due(self) -> float:
        """When to `recover` it at the latest (monotonic seconds)."""
        if self._journal is None:
            return self._not_before
        return self._ports.monotonic() + TRY_AGAIN_AFTER if self._missed.total else NEVER

    def append(
        self,
        event: Event,
        wall: WallTime,
        *,
        used_pass: str | None = None,
        used_command: CommandUse | None = None,
        refused: Entry | None = None,
    ) -> Entry:
        """Store one event; raises JournalError."""
        self.recover(wall)
        journal = self._journal
        if journal is None:
            self._missed = self._missed.with_one(event.kind.value, wall.at, self._ports.entropy)
            raise JournalUnavailable(self._why)
        return journal.append(event, wall, used_pass=used_pass, used_command=used_command, refused=refused)

    def use_of(self, pass_id: str, issued: datetime | None = None) -> PassUse:
        """Whether a one-time pass has been used."""
        journal = self._opened()
        return PassUse.UNKNOWN if journal is None else journal.use_of(pass_id, issued)

    def known_of(self, nonce: str, issuer: str) -> KnownOfCommand:
        """What was taken here of a command and its issuer; raises JournalError where that is unknown."""
        return self._needed().known_of(nonce, issuer)

    def acknowledge(
        self, acknowledgement: Acknowledgement, message: bytes, wall: WallTime
    ) -> AcknowledgedState:
        """Raises JournalError."""
        return self._needed().acknowledge(acknowledgement, message, wall)

    def epochs(self, most: int) -> list[bytes]:
        """Raises JournalError."""
        return self._needed().epochs(most)

    def prune(self, *, keep: int) -> int:
        """Raises JournalError."""
        return self._needed().prune(keep=keep)

    @property
    def marked(self) -> bool:
        """Whether there is no newer event than the one that is marked as the newest."""
        return self._journal is None or self._journal.marked

    def mark_end(self) -> None:
        if self._journal is not None:
            self._journal.mark_end()

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    # --- inside --------------------------------------------------------------------------------

    def _needed(self) -> Journal:
        journal = self._opened()
        if journal is None:
            raise JournalUnavailable(self._why)
        return journal

    def _opened(self) -> Journal | None:
        now = self._ports.monotonic()
        if self._journal is not None or now < self._not_before:
            return self._journal
        try:
            self._journal = self._open_journal()
        except JournalInUse:
            raise
        except (JournalError, OSError, sqlite3.Error) as error:
            self._not_before = now + TRY_AGAIN_AFTER
            if str(error) != self._why:
                self._log.error("no_journal", error=str(error))
            self._why = str(error)
        return self._journal


AnyJournal = Journal | RetryingJournal


def retrying_journal(
    path: Path,
    gate: str,
    wall: Callable[[], WallTime],
    used: UsedCopy,
    ports: JournalPorts = REAL_PORTS,
) -> RetryingJournal:
    """The journal of `gate` at `path`, salvaged where it is damaged; `wall` says when it is opened, `used`
    keeps what was used where a lost journal does not take it along.
    """

    def open_journal() -> Journal:
        journal, salvage = open_or_salvage(path, gate, wall(), used, ports)
        if salvage is not None:
            structlog.get_logger("edge.journal").warning(
                "journal_set_aside",
                where=str(salvage.damaged),
                why=salvage.why,
                kept=salvage.kept,
                missing=sum(last - first + 1 for _, first, last in salvage.missing),
            )
        return journal

    return RetryingJournal(open_journal, ports)
