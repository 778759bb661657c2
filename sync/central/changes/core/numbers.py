"""Numbers as people list them: 2, 5-9. PURE."""

from __future__ import annotations

import re

from edge.errors import GatepostError
from edge.support.phrases import phrase

_MOST = 200_000
_PART = re.compile(r"(\d{1,6})(?:\s*[-–]\s*(\d{1,6}))?")


class NotNumbers(GatepostError):
    """A text is no list of numbers."""


def numbers_in(text: str) -> frozenset[int]:
    """The numbers of a list such as "2, 5-9"; none for an empty one. Raises NotNumbers."""
    found: set[int] = set()
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;，、；]", text))):
        match = _PART.fullmatch(part)
        if match is None:
            raise NotNumbers(
                phrase("%(part)r is no number of a line", part=part[:40]), remedy=phrase("write 2, 5-9")
            )
        first, last = int(match[1]), int(match[2] or match[1])
        if not first <= last <= _MOST:
            raise NotNumbers(
                phrase("%(part)r are no numbers of lines", part=part[:40]), remedy=phrase("write 2, 5-9")
            )
        found.update(range(first, last + 1))
    return frozenset(found)
