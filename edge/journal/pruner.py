"""Prunes the journal: reads what central acknowledged and deletes what that covers, between decisions.

The sync process puts the acknowledgements into a folder, in the bytes that central signed. The gate itself
verifies each: the signature, the device, the epoch, and the hash of its own event there.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.decision import CentralTime, WallTime
from edge.errors import JournalError
from edge.journal.acknowledged import KEEP_ROWS
from edge.journal.format import (
    MOST_BYTES,
    AcknowledgedState,
    Acknowledgement,
    file_name,
    verify_acknowledgement,
)
from edge.journal.retrying import AnyJournal
from edge.signing.cose import Keys, MessageRefusal, MessageRefused, instant
from edge.support.files import FileMark, mark_of, read_bounded

LOOK_EVERY = 2.0
_PRUNE_EVERY = 0.5
"""Seconds; with 500 events at a time, some hundred times faster than any gate writes them."""
_MOST_EPOCHS = 64
"""How many of the newest epochs acknowledgements are read for."""


@dataclass(frozen=True)
class RefusedAcknowledgement:
    """An acknowledgement that was refused, or that proves this journal a copy; `reason` is a stable code."""

    name: str
    reason: str


class JournalPruner:
    """Prunes one journal. Called by the thread that writes it, when that has nothing else to do.

    `keys` returns the keys that may sign acknowledgements, by the current root. `on_time` receives central's
    time from them.
    """

    def __init__(
        self,
        journal: AnyJournal,
        folder: Path,
        device: str,
        keys: Callable[[], Keys],
        *,
        keep: int = KEEP_ROWS,
        on_time: Callable[[CentralTime], None] | None = None,
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._journal = journal
        self._folder = folder
        self._device = device
        self._keys = keys
        self._keep = keep
        self._on_time = on_time
        self._look_every = look_every
        self._looked_at: dict[str, FileMark] = {}
        self._unknown_to: dict[str, Keys] = {}
        self._poll_at = 0.0
        self._prune_at = 0.0
        self._prunes = True

    def poll(self, now: float, wall: WallTime) -> tuple[RefusedAcknowledgement, ...]:
        """Do a small step at monotonic `now`; returns what was refused.

        Raises JournalError (disk), and is not due again at once then.
        """
        try:
            return self._step(now, wall)
        except JournalError:
            self._poll_at = self._prune_at = now + self._look_every
            raise

    def next_due(self) -> float:
        """When there is something to look at or to prune at the latest (monotonic seconds)."""
        return min(self._poll_at, self._prune_at) if self._prunes else self._poll_at

    def _step(self, now: float, wall: WallTime) -> tuple[RefusedAcknowledgement, ...]:
        refused: list[RefusedAcknowledgement] = []
        if now >= self._poll_at:
            self._poll_at = now + self._look_every
            # By name: the folder belongs to another process, and may contain any number of files.
            keys = self._keys()
            for epoch in self._journal.epochs(_MOST_EPOCHS):
                refused += self._handle_file(self._folder / file_name(epoch), keys, wall, now)
        if self._prunes and now >= self._prune_at:
            self._prune_at = now + _PRUNE_EVERY
            self._prunes = self._journal.prune(keep=self._keep) > 0
        return tuple(refused)

    def _handle_file(
        self, path: Path, keys: Keys, wall: WallTime, now: float
    ) -> list[RefusedAcknowledgement]:
        """Acknowledge what a file says that is new, or whose key was not known: its root may come later."""
        try:
            status = path.stat()
        except OSError:
            return []  # it is being replaced
        identity = mark_of(status)
        if self._looked_at.get(path.name) == identity and self._unknown_to.get(path.name, keys) == keys:
            return []
        self._unknown_to.pop(path.name, None)
        try:
            data = read_bounded(path, MOST_BYTES)
            acknowledgement = verify_acknowledgement(data, self._device, keys)
            found = self._journal.acknowledge(acknowledgement, data, wall)
        except MessageRefused as error:
            reason = error.refusal.value
            if error.refusal is MessageRefusal.UNKNOWN_KEY:
                self._unknown_to[path.name] = keys
        except OSError as error:
            reason = (
                MessageRefusal.TOO_LARGE if error.errno == errno.EFBIG else MessageRefusal.UNREADABLE
            ).value
        else:
            self._prunes = self._prunes or found is AcknowledgedState.STORED
            if found is AcknowledgedState.STORED:
                self._report_time(acknowledgement, now)
            reason = found.value if found in {AcknowledgedState.AHEAD, AcknowledgedState.FORKED} else ""
        self._looked_at[path.name] = identity
        return [RefusedAcknowledgement(path.name, reason)] if reason else []

    def _report_time(self, acknowledgement: Acknowledgement, now: float) -> None:
        """Report central's time: it was between the writing of the acknowledged event and `now`."""
        asked = (
            None
            if self._on_time is None
            else self._journal.monotonic_of(acknowledgement.epoch, acknowledgement.sequence)
        )
        if self._on_time is not None and asked is not None:
            self._on_time(CentralTime(instant(acknowledgement.issued), asked, now))
