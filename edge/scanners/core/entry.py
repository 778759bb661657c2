"""Numbers that people type on a keypad: digits, then Enter or `#`; `*` clears, or stands before a PIN.

An end right behind a whole number says nothing: its last digit made it one, Enter was pressed twice, or the
keypad sends CR and LF. What is said of it would take the place of the number's answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from edge.support.due import NEVER

MOST_DIGITS = 12
TYPED_WITHIN = 10.0
"""Seconds from one key to the next; who takes longer begins anew."""

_ENDS = b"\r\n#"
_STAR = ord("*")
_CLEARS = b"*\b\x7f\x1b\0"


@dataclass(frozen=True)
class Number:
    """What was typed; nobody logs it."""

    digits: str

    def __repr__(self) -> str:
        """Everything but the digits."""
        return f"Number({len(self.digits)} digits)"


@dataclass(frozen=True)
class StaffPin:
    """A number of somebody of the staff, and the PIN that was typed behind it; nobody logs it."""

    staff: str
    pin: str

    def __repr__(self) -> str:
        """Nothing of either."""
        return "StaffPin()"


class KeypadKey(Enum):
    """What a keypad says besides a number."""

    EMPTY = auto()  # Enter, and nothing before it
    TOO_LONG = auto()  # more digits than a number has
    GIVEN_UP = auto()  # some digits, then nothing


Typed = Number | StaffPin | KeypadKey


class Digits:
    """What is typed on one keypad. `full`: so many digits are a number without Enter (0: none are). `staff`:
    a `*` behind digits does not clear them, it stands before a PIN.
    """

    def __init__(self, full: int, *, staff: bool = False) -> None:
        self._full = full
        self._staff = staff
        self._typed, self._before_star = "", ""
        self._last = 0.0
        self._whole = float("-inf")

    def add(self, data: bytes, now: float) -> list[Typed]:
        """What the keys `data` come to, pressed at monotonic `now`."""
        found = self.expired(now)
        for key in data:
            found += self._pressed(key, now)
        return found

    def expired(self, now: float) -> list[Typed]:
        """What the time since the last key has made of the digits so far."""
        if now < self.due():
            return []
        self.clear()
        return [KeypadKey.GIVEN_UP]

    def due(self) -> float:
        """When digits that were typed count no more; infinity while there are none."""
        return self._last + TYPED_WITHIN if self._typed or self._before_star else NEVER

    def clear(self) -> None:
        """Forget what was typed."""
        self._typed, self._before_star = "", ""

    def _pressed(self, key: int, now: float) -> list[Typed]:
        self._last = now
        if key in _ENDS and not self._typed and not self._before_star and now < self._whole + TYPED_WITHIN:
            return []
        self._whole = float("-inf")
        if key == _STAR and self._staff and self._typed and not self._before_star:
            self._typed, self._before_star = "", self._typed
        elif key in _CLEARS:
            self.clear()
        elif key in _ENDS:
            return self._ended(now)
        elif ord("0") <= key <= ord("9"):
            # One too many is kept, so that Enter says so: the digits of a stuck key are no number.
            self._typed = f"{self._typed}{chr(key)}"[: MOST_DIGITS + 1]
            if self._full and len(self._typed) == self._full and not self._staff:
                return self._ended(now)
        return []

    def _ended(self, now: float) -> list[Typed]:
        typed, staff = self._typed, self._before_star
        self.clear()
        if not typed:
            return [KeypadKey.EMPTY]
        if max(len(typed), len(staff)) > MOST_DIGITS:
            return [KeypadKey.TOO_LONG]
        self._whole = now
        return [StaffPin(staff, typed) if staff else Number(typed)]
