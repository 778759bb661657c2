"""Mistakes in the gate's journal, and in what is kept beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from edge.counting.recovery import anew
from edge.journal.format import AcknowledgedState

Changed = Callable[..., Any]


def unsynced(connected: Callable[..., sqlite3.Connection]) -> Changed:
    """Commits return before the card has them: `synchronous = OFF`."""

    def changed(*arguments: Any) -> sqlite3.Connection:
        connection = connected(*arguments)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    return changed


def newest_given_up_at_start(newest: Changed) -> Changed:
    """A start takes the newest event for half written, and gives it up."""

    def changed(self: Any, connection: sqlite3.Connection) -> Any:
        last = newest(self, connection)
        if last is None or self._last is not None:
            return last
        connection.execute(
            "DELETE FROM event WHERE epoch = ? AND sequence = ?", (self._epoch_number, last.sequence)
        )
        return newest(self, connection)

    return changed


def pruned_without_acknowledgement(_: Changed) -> Changed:
    """Whatever is old enough is pruned."""

    def changed(_: sqlite3.Connection, epoch: Any) -> int:
        last: int = epoch.last
        return last - 1

    return changed


def hash_not_compared(state_of: Changed) -> Changed:
    """An acknowledgement counts by its number alone: that another event has it here goes unnoticed."""

    def changed(*arguments: Any) -> AcknowledgedState:
        found: AcknowledgedState = state_of(*arguments)
        return AcknowledgedState.STORED if found is AcknowledgedState.FORKED else found

    return changed


def copy_goes_on(_: Changed) -> Changed:
    """A store that was copied, or put back, goes on in the epoch that it has."""

    def changed(*_: Any) -> None:
        return None

    return changed


def used_pass_not_recorded(_: Changed) -> Changed:
    """Only what commands use up is stored."""

    def changed(self: Any) -> list[tuple[str, str]]:
        return [] if self.command is None else [("used_command", self.command.nonce)]

    return changed


def count_begins_anew(_: Changed) -> Changed:
    """A start counts from zero: neither what was kept of the count is read, nor the journal."""

    def changed(lane: Any, _journal: Any, epoch: bytes, *_: Any) -> Any:
        return anew(lane, epoch, "")

    return changed
