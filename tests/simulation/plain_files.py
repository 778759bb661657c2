"""Follows the plain files that this process writes below some folders, and lets each change be refused.

Python tells of each call before it is made (audit events; docs/decisions/0113). An audit hook cannot be taken
away again, so there is one for the whole process, which does nothing while no folder is followed. Of syncs
there is no event: `os.fsync` is another function while somebody is at work.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Protocol

_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Writer(Protocol):
    """Whose calls are followed: each method hears what is about to be done, and raises to refuse it."""

    def opening(self, path: str, flags: int) -> None: ...

    def renaming(self, path: str, to: str) -> None: ...

    def removing(self, path: str) -> None: ...

    def changing(self, path: str) -> None:
        """Make or remove a folder, or change a file's mode, owner or times."""

    def syncing(self, path: str) -> None:
        """Sync a file or a folder: this is called in its place."""


class Followed:
    """The folders that are followed, and who is at work; there is one in a process (`followed`)."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        self.writer: Writer | None = None
        self._fsync = os.fsync

    def begin(self, writer: Writer) -> Writer | None:
        """Let `writer` be at work; who was before, for `end`."""
        before, self.writer = self.writer, writer
        os.fsync = self._synced  # type: ignore[assignment]
        return before

    def end(self, before: Writer | None) -> None:
        self.writer = before
        if before is None:
            os.fsync = self._fsync

    @contextmanager
    def unfollowed(self) -> Iterator[None]:
        """Nobody's calls are followed meanwhile."""
        folders, self.folders = self.folders, []
        try:
            yield
        finally:
            self.folders = folders

    def hear(self, event: str, values: tuple[object, ...]) -> None:
        """Pass on an audit event, where it is about a change below one of the folders."""
        if not self.folders or event not in _EVENTS:
            return
        if event == "open":
            path, _, flags = values
            if isinstance(path, int) or not isinstance(flags, int) or not flags & _CHANGES:
                return  # a file that is open already, or one that is only read
        paths = [path for path in map(_path, values[: _EVENTS[event]]) if path is not None]
        if not any(path.startswith(folder) for path in paths for folder in self.folders):
            return
        if self.writer is None:
            raise RuntimeError(
                f"{event} {paths[0]}: only a process of its card writes there; enter `card.process(…)`"
            )
        match event:
            case "open":
                self.writer.opening(paths[0], int(str(values[2])))
            case "os.rename":
                self.writer.renaming(*paths)
            case "os.remove":
                self.writer.removing(paths[0])
            case _:
                self.writer.changing(paths[0])

    def _synced(self, file: int | object) -> None:
        path = _path(file if isinstance(file, int) else file.fileno())  # type: ignore[attr-defined]
        if self.writer is not None and path and any(f"{path}/".startswith(folder) for folder in self.folders):
            self.writer.syncing(path)
        else:
            self._fsync(file)  # type: ignore[arg-type]


_EVENTS = {
    "open": 1,
    "os.rename": 2,
    "os.remove": 1,
    "os.truncate": 1,
    "os.mkdir": 1,
    "os.rmdir": 1,
    "os.chmod": 1,
    "os.chown": 1,
    "os.utime": 1,
    "os.link": 2,
    "os.symlink": 2,
}
"""Each event of a change, and how many paths it names first."""


@cache
def followed() -> Followed:
    """The one of this process, with its hook."""
    made = Followed()
    sys.addaudithook(made.hear)
    return made


def _path(value: object) -> str | None:
    """A path, or that of an open file; None: it has none (any more)."""
    if isinstance(value, int):
        with suppress(OSError):
            return str(Path(f"/proc/self/fd/{value}").readlink())
        return None
    return os.fsdecode(value) if isinstance(value, str | bytes | os.PathLike) else None
