"""Which files of an inbox to read: new ones, changed ones, and those whose refusal may no longer hold."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from edge.decision import ClockTrust, WallTime
from edge.support.files import FileMark, mark_of

MOST_NAMES = 4096
"""Names that are remembered: the folder is somebody else's, who may use a new one at each poll."""
_STEPPED_BACK = timedelta(minutes=1)
"""Once the clock was set back by this much, what had expired may be valid again."""


@dataclass(frozen=True)
class JudgedUnder:
    """What a file was judged by: the clock, and what was held (`base`)."""

    wall: WallTime
    base: Hashable

    def is_another(self, now: JudgedUnder) -> bool:
        """Whether a file refused then may be accepted `now`. Passing time alone makes nothing valid."""
        unsure = [circumstances.wall.trust is ClockTrust.UNTRUSTED for circumstances in (self, now)]
        back = now.wall.at < self.wall.at - _STEPPED_BACK
        return self.base != now.base or unsure[0] != unsure[1] or back


@dataclass(frozen=True)
class _Judged:
    file: FileMark
    refused: JudgedUnder | None = None


class JudgedFiles:
    """The files of one inbox that were judged already, by name."""

    def __init__(self) -> None:
        self._judged: dict[str, _Judged] = {}

    def is_new(self, path: Path, now: JudgedUnder) -> bool:
        """Whether to read `path` now; from then on it counts as judged."""
        try:
            status = path.stat()
        except OSError:
            return False
        file, before = mark_of(status), self._judged.get(path.name)
        same = before is not None and before.file == file
        if before is not None and same and (before.refused is None or not before.refused.is_another(now)):
            return False
        if before is None and len(self._judged) >= MOST_NAMES:
            del self._judged[next(iter(self._judged))]  # the oldest; at worst it is read once more
        self._judged[path.name] = _Judged(file)
        return True

    def refused(self, name: str, circumstances: JudgedUnder) -> None:
        """Note that the file was refused, perhaps only because of the `circumstances`."""
        self._judged[name] = _Judged(self._judged[name].file, circumstances)

    def forget(self, name: str) -> None:
        """Judge the file again at the next poll."""
        self._judged.pop(name, None)

    def clear(self) -> None:
        self._judged.clear()
