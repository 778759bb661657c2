"""What a scanner on USB sends that types like a keyboard of the US layout."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from edge.scanners.core.input_events import InputEvent, packed

EV_SYN, EV_KEY, EV_MSC, MSC_SCAN = 0, 1, 4, 4
SHIFT, CONTROL = 42, 29

# Written by hand from the kernel's header, apart from the product's table.
_PLAIN = {
    **dict(zip("1234567890-=", range(2, 14), strict=True)),
    **dict(zip("qwertyuiop[]", range(16, 28), strict=True)),
    **dict(zip("asdfghjkl;'`", range(30, 42), strict=True)),
    **dict(zip("\\zxcvbnm,./", range(43, 54), strict=True)),
    " ": 57,
    "\r": 28,
    "\t": 15,
    "\b": 14,
    "\x1b": 1,
}
_WITH_SHIFT = dict(
    zip(
        '!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"~|ZXCVBNM<>?',
        "1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./",
        strict=True,
    )
)


def press(code: int) -> list[InputEvent]:
    """One key, down and up, as the kernel tells it."""
    told = []
    for value in (1, 0):
        told += [
            InputEvent(EV_MSC, MSC_SCAN, 458_756),
            InputEvent(EV_KEY, code, value),
            InputEvent(EV_SYN, 0, 0),
        ]
    return told


def events_of(text: bytes) -> list[InputEvent]:
    """All that is typed to type `text`."""
    return [event for letter in text.decode("ascii") for event in _letter(letter)]


def bytes_of(events: Iterable[InputEvent]) -> bytes:
    """The events as this computer's kernel writes them."""
    return b"".join(packed(event, struct.calcsize("l")) for event in events)


def _letter(letter: str) -> list[InputEvent]:
    if letter in _PLAIN:
        return press(_PLAIN[letter])
    held, key = (SHIFT, _WITH_SHIFT[letter]) if letter in _WITH_SHIFT else (CONTROL, chr(ord(letter) | 0x60))
    return [InputEvent(EV_KEY, held, 1), *press(_PLAIN[key]), InputEvent(EV_KEY, held, 0)]
