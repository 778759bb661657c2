"""The newest lines of this process's log, in memory, for a page that shows them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import msgspec

MOST_LINES = 300

Fields = dict[str, str | int | float | bool]


class RecentLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line: when (ISO 8601), how grave, what happened, and what may be shown of the rest."""

    at: str
    level: str
    event: str
    fields: Fields = {}


class RecentLog:
    """Keeps the newest lines. `plain` leaves of a line's fields what may be shown; the rest is not kept."""

    def __init__(self, plain: Callable[[Mapping[str, object]], Fields]) -> None:
        self._plain = plain
        self._lines: deque[RecentLine] = deque(maxlen=MOST_LINES)

    @property
    def lines(self) -> tuple[RecentLine, ...]:
        """The lines, oldest first; from any thread."""
        return tuple(self._lines)

    def note(self, _logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Keep a line, and hand it on: a processor of structlog's, after its level and time were added."""
        rest = {name: value for name, value in line.items() if name not in {"timestamp", "level", "event"}}
        self._lines.append(
            RecentLine(
                str(line.get("timestamp", ""))[:40],
                str(line.get("level", ""))[:16],
                str(line.get("event", ""))[:60],
                self._plain(rest),
            )
        )
        return line
