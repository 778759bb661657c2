"""Texts by which a reader of pictures hands on what is more, or less, than the text of one QR code.

Pure, and with few imports: the vision worker knows this and nothing else of credentials.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OTHER_SYMBOL = "other-code:"
"""Begins what is handed on of a code that is not a QR code; its kind follows."""

PREFIX = "qr-part:"
MOST_PARTS = 16
_PART = re.compile(r"qr-part:(\d{1,2})/(\d{1,2}):([0-9a-f]{2}):(.*)", re.DOTALL | re.ASCII)


@dataclass(frozen=True)
class Part:
    """Part `number` (from 1) of `total`; `parity` is the exclusive or of all bytes of the whole."""

    number: int
    total: int
    parity: int
    text: str


def text_of(part: Part) -> str:
    """`part` as the text by which it is handed on."""
    return f"{PREFIX}{part.number}/{part.total}:{part.parity:02x}:{part.text}"


def part_in(text: str) -> Part | None:
    """The part that `text` hands on; None where it hands on none."""
    match = _PART.fullmatch(text)
    if match is None:
        return None
    number, total = int(match[1]), int(match[2])
    if not 1 <= number <= total <= MOST_PARTS or total == 1:
        return None
    return Part(number, total, int(match[3], 16), match[4])
