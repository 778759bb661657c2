"""Marks, beside the store, where a journal ends: so that a store which has lost its newest events is known.

What SQLite finds in its log up to the first damaged frame is all that it believes was ever written. Noise
on a card there, and a chain ends early, unbroken, and would give the numbers of lost events away again.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.journal.format import Entry
from edge.journal.slots import TwoSlots


class EndMark(msgspec.Struct, frozen=True):
    """The newest event of a journal when it was marked: its `epoch` and `hash` (hex) and its `sequence`.

    `number` counts the marks; the higher is the newer.
    """

    number: int = 0
    epoch: str = ""
    sequence: int = 0
    hash: str = ""

    @classmethod
    def of(cls, entry: Entry, number: int = 0) -> EndMark:
        """The mark of this event."""
        return cls(number, entry.epoch.hex(), entry.sequence, entry.hash.hex())

    def is_of(self, entry: Entry) -> bool:
        """Whether it marks this very event."""
        return (self.epoch, self.sequence) == (entry.epoch.hex(), entry.sequence)

    def lies_beyond(self, epoch: bytes, last: Entry | None) -> bool:
        """Whether this `epoch`, of which `last` is the newest event in the store, went on after it."""
        return self.epoch == epoch.hex() and self.sequence > (0 if last is None else last.sequence)


class EndMarkFile:
    """The mark on disk. Neither reading nor writing it raises."""

    def __init__(self, path: Path) -> None:
        self._slots = TwoSlots(path, EndMark())
        self._mark = EndMark()

    def open(self) -> EndMark:
        """The newest mark that is intact, the file being made where there is none."""
        self._slots.make()
        self._mark = self._slots.read()
        return self._mark

    def marks(self, entry: Entry) -> bool:
        """Whether the mark is at this event."""
        return self._mark.is_of(entry)

    def write(self, entry: Entry) -> None:
        """Mark this event as the newest; where that cannot be written, the mark stays where it was."""
        mark = EndMark.of(entry, self._mark.number + 1)
        if self._slots.write(mark):
            self._mark = mark
