"""Numbers as people list them: 2, 5-9. PURE."""

from __future__ import annotations

import re

from edge.errors import GatepostError

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
            raise NotNumbers(f"{part[:40]!r} is no number of a line", remedy="write 2, 5-9")
        first, last = int(match[1]), int(match[2] or match[1])
        if not first <= last <= _MOST:
            raise NotNumbers(f"{part[:40]!r} are no numbers of lines", remedy="write 2, 5-9")
        found.update(range(first, last + 1))
    return frozenset(found)
