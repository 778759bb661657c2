"""What keys type on a keyboard of the US layout, which scanners and keypads on USB pretend to be.

The kernel's numbers of keys: include/uapi/linux/input-event-codes.h.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.scanners.core.input_events import EV_KEY, EV_SYN, SYN_DROPPED, InputEvent
from edge.support.due import NEVER

HELD_FOR = 10.0
"""Seconds after which a key that is down is stuck: no scanner, and no finger, holds one for so long."""

DAMAGED = b"\0"
"""Stands where the kernel dropped events: what is being typed there is no code."""

_SHIFTS = frozenset({42, 54})
_CONTROLS = frozenset({29, 97})
_OTHERS_HELD = frozenset({56, 100, 125, 126})  # Alt, AltGr, Meta: with them a key types nothing of ours

_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (55, "*", "*"),  # of the keypad, as all that follow
    (57, " ", " "),
    (71, "789-456+1230.", "789-456+1230."),
    (98, "/", "/"),
)
_ALONE = {1: b"\x1b", 14: b"\b", 15: b"\t", 28: b"\r", 96: b"\r", 111: b"\x7f"}
"""Escape, backspace, tab, both Enters, delete."""

PLAIN: Mapping[int, bytes] = _ALONE | {
    first + place: letter.encode() for first, row, _ in _ROWS for place, letter in enumerate(row)
}
SHIFTED: Mapping[int, bytes] = _ALONE | {
    first + place: letter.encode() for first, _, row in _ROWS for place, letter in enumerate(row)
}


class Keyboard:
    """Turns presses of keys into the bytes that they type. A key that is held types once."""

    def __init__(self) -> None:
        self._down: dict[int, float] = {}

    def typed(self, event: InputEvent, now: float) -> bytes:
        """What the event at monotonic `now` types; mostly nothing."""
        if (event.type, event.code) == (EV_SYN, SYN_DROPPED):
            self._down.clear()
            return DAMAGED
        if event.type != EV_KEY:
            return b""
        if event.value == 0:
            self._down.pop(event.code, None)
            return b""
        if event.value != 1 or event.code in self._down:
            return b""  # it repeats by itself
        self._down[event.code] = now
        return self._meaning(event.code)

    def stuck(self, now: float) -> tuple[int, ...]:
        """The numbers of the keys that are held for too long."""
        return tuple(code for code, since in self._down.items() if now - since >= HELD_FOR)

    def due(self) -> float:
        """When a key that is down now counts as stuck."""
        return min(self._down.values(), default=NEVER) + HELD_FOR

    def _meaning(self, code: int) -> bytes:
        held = self._down.keys()
        if held & _OTHERS_HELD:
            return b""
        meaning = (SHIFTED if held & _SHIFTS else PLAIN).get(code, b"")
        if held & _CONTROLS:
            return bytes([meaning[0] & 0x1F]) if meaning.isalpha() else b""
        return meaning
