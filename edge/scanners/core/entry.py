"""Numbers that people type on a keypad: digits, then Enter or `#`; `*` clears."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from edge.support.due import NEVER

MOST_DIGITS = 12
TYPED_WITHIN = 10.0
"""Seconds from one key to the next; who takes longer begins anew."""

_ENDS = b"\r\n#"
_CLEARS = b"*\b\x7f\x1b\0"


@dataclass(frozen=True)
class Number:
    """What was typed; nobody logs it."""

    digits: str

    def __repr__(self) -> str:
        """Everything but the digits."""
        return f"Number({len(self.digits)} digits)"


class Entry(Enum):
    """What a keypad says besides a number."""

    EMPTY = auto()  # Enter, and nothing before it
    TOO_LONG = auto()  # more digits than a number has
    GIVEN_UP = auto()  # some digits, then nothing


class Digits:
    """What is typed on one keypad. `full`: so many digits are a number without Enter (0: none are)."""

    def __init__(self, full: int) -> None:
        self._full = full
        self._typed = ""
        self._last = 0.0

    def add(self, data: bytes, now: float) -> list[Number | Entry]:
        """What the keys `data` come to, pressed at monotonic `now`."""
        found = self.expired(now)
        for key in data:
            found += self._pressed(key, now)
        return found

    def expired(self, now: float) -> list[Number | Entry]:
        """What the time since the last key has made of the digits so far."""
        if now < self.due():
            return []
        self.clear()
        return [Entry.GIVEN_UP]

    def due(self) -> float:
        """When digits that were typed count no more; infinity while there are none."""
        return self._last + TYPED_WITHIN if self._typed else NEVER

    def clear(self) -> None:
        """Forget what was typed."""
        self._typed = ""

    def _pressed(self, key: int, now: float) -> list[Number | Entry]:
        typed, self._last = self._typed, now
        if key in _CLEARS:
            self.clear()
            return []
        if key in _ENDS:
            self.clear()
            if not typed:
                return [Entry.EMPTY]
            return [Number(typed)] if len(typed) <= MOST_DIGITS else [Entry.TOO_LONG]
        if not ord("0") <= key <= ord("9"):
            return []
        # One too many is kept, so that Enter says so: the digits of a stuck key are no number.
        self._typed = f"{typed}{chr(key)}"[: MOST_DIGITS + 1]
        if self._full and len(self._typed) == self._full:
            self.clear()
            return [Number(f"{typed}{chr(key)}")]
        return []
