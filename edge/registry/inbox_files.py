"""Which files of an inbox to look at: new ones, changed ones, and those refused in a wrong moment."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from edge.decision import ClockTrust, WallTime

_STEPPED_BACK = timedelta(minutes=1)
"""A clock that was set back by so much may find what was expired good again."""


@dataclass(frozen=True)
class Moment:
    """What a file was judged by: the clock, and what is held (`base`)."""

    wall: WallTime
    base: Hashable

    def is_another(self, now: Moment) -> bool:
        """Whether a refusal may be another one `now`. Time that goes by makes nothing good."""
        unsure = [moment.wall.trust is ClockTrust.UNTRUSTED for moment in (self, now)]
        back = now.wall.at < self.wall.at - _STEPPED_BACK
        return self.base != now.base or unsure[0] != unsure[1] or back


@dataclass(frozen=True)
class _Look:
    file: tuple[int, int, int]
    refused: Moment | None = None


class LookedAt:
    """What was looked at in one inbox, by the files' names."""

    def __init__(self) -> None:
        self._looks: dict[str, _Look] = {}

    def is_new(self, path: Path, now: Moment) -> bool:
        """Whether to look at `path` now; from then on it was looked at."""
        try:
            status = path.stat()
        except OSError:
            return False
        file, before = (status.st_ino, status.st_mtime_ns, status.st_size), self._looks.get(path.name)
        same = before is not None and before.file == file
        if before is not None and same and (before.refused is None or not before.refused.is_another(now)):
            return False
        self._looks[path.name] = _Look(file)
        return True

    def refused(self, name: str, moment: Moment) -> None:
        """Note that what was looked at last was refused, perhaps for its moment."""
        self._looks[name] = _Look(self._looks[name].file, moment)

    def forget(self, name: str) -> None:
        """Look again at the next time."""
        self._looks.pop(name, None)

    def clear(self) -> None:
        self._looks.clear()
