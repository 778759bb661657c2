"""Encodes as text what a reader of pictures found besides the text of a whole QR code.

Pure, and with few imports: the vision worker knows this and nothing else of credentials.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OTHER_SYMBOL = "other-code:"
"""Prefix of a code that is not a QR code; its kind follows."""

PREFIX = "qr-part:"
MOST_PARTS = 16
_PART = re.compile(r"qr-part:(\d{1,2})/(\d{1,2}):([0-9a-f]{2}):(.*)", re.DOTALL | re.ASCII)


@dataclass(frozen=True)
class CodePart:
    """Part `number` (from 1) of `total`; `parity` is the exclusive or of all bytes of the whole."""

    number: int
    total: int
    parity: int
    text: str


def text_of(part: CodePart) -> str:
    """The text that carries `part`."""
    return f"{PREFIX}{part.number}/{part.total}:{part.parity:02x}:{part.text}"


def part_in(text: str) -> CodePart | None:
    """The part that `text` carries; None where it carries none."""
    match = _PART.fullmatch(text)
    if match is None:
        return None
    number, total = int(match[1]), int(match[2])
    if not 1 <= number <= total <= MOST_PARTS or total == 1:
        return None
    return CodePart(number, total, int(match[3], 16), match[4])
