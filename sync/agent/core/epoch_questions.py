"""Asks central how far it has each epoch of a journal, until it has answered for all. PURE."""

from __future__ import annotations

from collections.abc import Mapping

from edge.journal.format import START
from edge.support.due import NEVER
from sync.wire import JournalBatch

FIRST_QUESTION_AFTER = 2.0
"""Seconds from the first question to the second; each later span is twice as long."""
LONGEST_QUESTION_AFTER = 60.0
"""Seconds between two questions, at most."""


class EpochQuestions:
    """The questions on one link about `epochs` (epoch → gate). `now` is monotonic, in seconds."""

    def __init__(self, epochs: Mapping[bytes, str], now: float) -> None:
        self._open = dict(epochs)
        self._awaiting_since = now
        self._ask_at = now
        self._again_after = FIRST_QUESTION_AFTER

    @property
    def awaiting_since(self) -> float | None:
        """Since when the next answer is due; None if every answer has come."""
        return self._awaiting_since if self._open else None

    @property
    def ask_at(self) -> float:
        """When to ask again (monotonic, in seconds); inf if every answer has come."""
        return self._ask_at if self._open else NEVER

    def due_batches(self, now: float) -> list[JournalBatch]:
        """The questions to send now, one for each epoch without an answer: batches without rows."""
        if now < self._ask_at:
            return []
        self._ask_at = now + self._again_after
        self._again_after = min(self._again_after * 2, LONGEST_QUESTION_AFTER)
        return [JournalBatch(epoch, gate, 1, 0, START) for epoch, gate in self._open.items()]

    def note_answer(self, epoch: bytes, now: float) -> None:
        """Central has answered for `epoch`; an epoch that was not asked about changes nothing."""
        if self._open.pop(epoch, None) is not None:
            self._awaiting_since = now
