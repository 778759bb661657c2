"""The `[[scanner]]` tables of gate.toml."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.scanners.core import MOST_DIGITS, End, FrameShape
from edge.support.names import Identifier

MOST_SCANNERS = 8
"""Each is a thread of the gate."""

DevicePath = Annotated[
    str, Meta(pattern=r"\A/[^\r\n\x00]*\Z", max_length=255, description="a path such as /dev/serial/by-id/…")
]
Affix = Annotated[str, Meta(max_length=16)]


class ScannerKind(StrEnum):
    SERIAL = "serial"  # a code scanner on a serial line, or on USB as one
    HID = "hid"  # a code scanner on USB that types like a keyboard
    KEYPAD = "keypad"  # people type numbers on it


class ScannerSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code scanner or a keypad: its `name` in events, and the `device` under which udev always shows it.

    `end` is what ends a code; `prefix` and `suffix` stand around each and are taken off; `ignore` is what a
    scanner sends that is no code. A number of `digits` digits is whole without Enter (0: none is). Where
    `staff` says so, staff let somebody in from a keypad by their number, `*` and their PIN.
    """

    name: Identifier
    kind: ScannerKind
    device: DevicePath
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9600
    end: End = End.LINE
    prefix: Affix = ""
    suffix: Affix = ""
    ignore: Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=8)] = ("NR", "NOREAD")
    digits: Annotated[int, Meta(ge=0, le=MOST_DIGITS)] = 0
    staff: bool = False

    def __post_init__(self) -> None:
        """Refuse what means nothing for its kind: it would be taken for set."""
        others = (self.end is not End.LINE, self.prefix, self.suffix, self.ignore != ("NR", "NOREAD"))
        if self.kind is ScannerKind.KEYPAD and any(others):
            raise ValueError(
                "a keypad has no end, prefix, suffix or ignore: people end a number with # or Enter"
            )
        if self.kind is not ScannerKind.KEYPAD and (self.digits or self.staff):
            raise ValueError("digits and staff are a keypad's: a scanner ends a code by its end")
        if self.digits and self.staff:
            raise ValueError("digits would end the number of a member of the staff: leave one of the two out")
        if self.kind is not ScannerKind.SERIAL and self.baud != 9600:
            raise ValueError("baud is a serial line's: USB keyboards have none")

    @property
    def shape(self) -> FrameShape:
        """How its codes come."""
        ignored = frozenset(text.encode() for text in self.ignore)
        return FrameShape(self.end, self.prefix.encode(), self.suffix.encode(), ignored)


Scanners = Annotated[tuple[ScannerSection, ...], Meta(max_length=MOST_SCANNERS)]


def refuse_doubled(sections: tuple[ScannerSection, ...]) -> None:
    """Raise ValueError where two scanners have one name, or one device."""
    for what, values in (
        ("name", [section.name for section in sections]),
        ("device", [section.device for section in sections]),
    ):
        doubled = next((value for value in values if values.count(value) > 1), None)
        if doubled is not None:
            raise ValueError(f"two scanners have the {what} {doubled}: each needs its own")
