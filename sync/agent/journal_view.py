"""The gate's journal as sync sees it: opened anew when it was replaced, and what is the matter with it."""

from __future__ import annotations

from pathlib import Path

import structlog

from edge.errors import JournalError
from edge.journal.reader import JournalReader


class JournalView:
    """The journal at `path`, opened anew when the gate has put another in its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: JournalReader | None = None
        self._file = (0, 0)

    def reader(self) -> JournalReader:
        """Raises JournalError where there is none yet."""
        try:
            found = self._path.stat()
        except OSError:
            self.close()
            return JournalReader(self._path)  # says what is the matter
        file = (found.st_dev, found.st_ino)
        if self._reader is None or file != self._file:
            self.close()
            self._reader, self._file = JournalReader(self._path), file
        return self._reader

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


class Troubles:
    """What is the matter on the gate's side, in codes; each is warned of once, until it is over."""

    def __init__(self) -> None:
        self._now: dict[str, str] = {}
        self._log = structlog.get_logger("sync.uploader")

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(self._now)

    def told(self, code: str, error: JournalError) -> None:
        say = self._log.debug if self._now.get(code) == str(error) else self._log.warning
        say(code, error=str(error))
        self._now[code] = str(error)

    def over(self, code: str) -> None:
        self._now.pop(code, None)
