"""What a scanner or a keypad reports to the main loop."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.credentials.known import NumberTyped


class CodeScanned(msgspec.Struct, frozen=True):
    """A code that `scanner` read at monotonic `at`: its text and its true length, where that was cut.

    `passed_over` are codes that came too fast to be reported, since the last one that was.
    """

    scanner: str
    text: str
    length: int
    at: float
    passed_over: int = 0


class KeypadAsks(msgspec.Struct, frozen=True):
    """What is to be said to who types on `keypad`: the code of a prompt."""

    keypad: str
    prompt: str


class PinTyped(msgspec.Struct, frozen=True):
    """Somebody of the staff typed their number and their PIN on `keypad`. It is a secret: nobody logs it."""

    keypad: str
    staff: str
    pin: str

    def __repr__(self) -> str:
        """The keypad alone."""
        return f"PinTyped({self.keypad!r})"


class ReaderState(StrEnum):
    """What a scanner or a keypad does now."""

    WORKING = "working"
    GONE = "gone"  # unplugged, refused, or another program has it
    NOISY = "noisy"  # sends what is no code
    STUCK = "stuck"  # a key is held down


class ScannerReport(msgspec.Struct, frozen=True):
    """A scanner's state changed; `detail` says why and what to do."""

    scanner: str
    state: ReaderState
    at: float
    detail: str = ""


Report = CodeScanned | NumberTyped | PinTyped | KeypadAsks | ScannerReport
