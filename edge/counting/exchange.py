"""Exchanges counts with other gates by files, as a task, so that the main loop never waits.

The other gates' counts arrive in a folder (`counts.inbox`, never written here); our own are put to
`counts.outbox`; who carries them does not matter here. Staff correct the count by a file beside the journal,
where only the gate's own user may write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic as system_monotonic

import msgspec

from edge.counting.configuration import CountsSection
from edge.counting.core import MOST_BYTES, CountSnapshot, read_count_snapshot
from edge.errors import ConfigurationError
from edge.support.decoding import Undecodable, json_of
from edge.support.files import FileMark, list_bounded, mark_of, read_bounded, write_aside

MOST_FILES = 128
_MOST_NAMES = 2_048
_MOST_AT_ONCE = 4 * 1024 * 1024
"""Bytes read in one poll; the rest waits for the next."""


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A correction by staff: `by` counted `inside` people. Raises ValueError out of range."""

    inside: int
    by: str

    def __post_init__(self) -> None:
        """Refuse a count out of range, or without a name."""
        if not 0 <= self.inside <= 1_000_000 or not 1 <= len(self.by) <= 64:
            raise ValueError("inside must be 0 to 1000000, and by a name of 1 to 64 characters")


@dataclass(frozen=True)
class CountsRefused:
    """A file that was refused, and why."""

    file: str
    why: str


CountsNews = CountSnapshot | Correction | CountsRefused


class CountExchange:
    """Reads the other gates' files and writes ours; `poll` is a task. `notify` is called from the task and
    must not wait.
    """

    def __init__(
        self,
        section: CountsSection,
        site: str,
        corrections: Path,
        notify: Callable[[CountsNews], None],
        monotonic: Callable[[], float] = system_monotonic,
    ) -> None:
        self._section = section
        self._site = site
        self._corrections = corrections
        self._notify = notify
        self._monotonic = monotonic
        self._seen: dict[Path, FileMark] = {}
        self._ours: bytes | None = None
        self._unwritable_reported = False

    @property
    def shares(self) -> bool:
        return self._section.outbox is not None

    def publish(self, ours: bytes) -> None:
        """Write this to the outbox at the next poll."""
        self._ours = ours

    def poll(self) -> float:
        """Read what is new in the inbox, and write our own counts; returns when to look again."""
        self._poll_correction()
        if self._section.inbox is not None:
            self._poll_inbox(self._section.inbox)
        self._write()
        return self._monotonic() + self._section.look_every

    # --- inside ----------------------------------------------------------------------------

    def _poll_inbox(self, inbox: Path) -> None:
        """Read changed files, least recently read first, up to a number of bytes."""
        try:
            found = list_bounded(inbox, "*.json", _MOST_NAMES)
        except OSError:
            return
        files = [path for path in found if path != self._section.outbox][:MOST_FILES]
        self._seen = {path: mark for path, mark in self._seen.items() if path in files}
        left = _MOST_AT_ONCE
        order = {path: place for place, path in enumerate(self._seen, start=1)}
        for path in sorted(files, key=lambda path: order.get(path, 0)):
            if left <= 0:
                return
            left -= self._fetch(path)

    def _fetch(self, path: Path) -> int:
        """Read one file if it changed; returns how many bytes that counts for."""
        size = 1
        try:
            status = path.lstat()
            mark = mark_of(status)
            if self._seen.get(path) == mark:
                return 0
            size += min(status.st_size, MOST_BYTES)
            self._seen.pop(path, None)
            self._seen[path] = mark  # at the end: it was read last
            self._notify(read_count_snapshot(read_bounded(path, MOST_BYTES), self._site, path.name))
        except ConfigurationError as error:
            self._notify(CountsRefused(path.name, error.what))
        except OSError as error:
            self._notify(CountsRefused(path.name, error.strerror or str(error)))
        return size

    def _poll_correction(self) -> None:
        path = self._corrections
        try:
            data = read_bounded(path, MOST_BYTES)
            path.unlink()  # before it counts: a correction counts once
        except OSError:
            return
        try:
            self._notify(json_of(data, Correction))
        except Undecodable as error:
            self._notify(CountsRefused(path.name, str(error)))

    def _write(self) -> None:
        ours, self._ours = self._ours, None
        if ours is None or self._section.outbox is None:
            return
        try:
            write_aside(self._section.outbox, ours)
        except OSError as error:
            if not self._unwritable_reported:
                self._notify(CountsRefused(self._section.outbox.name, error.strerror or str(error)))
            self._unwritable_reported = True
        else:
            self._unwritable_reported = False


def correction_file(journal: Path) -> Path:
    """The path of a correction, beside the journal."""
    return journal.with_name("counts-correction.json")


def put_correction(journal: Path, correction: Correction) -> None:
    """Leave a correction for the gate, which polls for it every few seconds. Raises OSError."""
    write_aside(correction_file(journal), msgspec.json.encode(correction))
