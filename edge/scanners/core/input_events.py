"""The kernel's input events as they are read from /dev/input: `struct input_event` of both word lengths.

Two words of time, which nobody here reads, then type and code (16 bits each) and the value (32 bits). The
words have 8 bytes in a 64-bit program and 4 in a 32-bit one, also where its time has 64 bits
(Linux, include/uapi/linux/input.h).
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3


class InputEvent(NamedTuple):
    """One event, without its time."""

    type: int
    code: int
    value: int


_FORMS = {8: Struct("=16xHHi"), 4: Struct("=8xHHi")}


def packed(event: InputEvent, word: int) -> bytes:
    """The event as a program with words of so many bytes would read it, at no time."""
    return _FORMS[word].pack(*event)


class InputEvents:
    """Reads events out of bytes, however they are cut. `word` is the length of a `long` in bytes."""

    def __init__(self, word: int) -> None:
        self._form = _FORMS[word]
        self._rest = b""

    def add(self, data: bytes) -> list[InputEvent]:
        """The events that `data` completes."""
        data = self._rest + data
        whole = len(data) - len(data) % self._form.size
        self._rest = data[whole:]
        return [InputEvent(*fields) for fields in self._form.iter_unpack(data[:whole])]
