"""The folder of central's newest acknowledgements; the gate reads it before it prunes its journal."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from edge.errors import JournalError
from edge.journal.format import MOST_BYTES, Acknowledgement, file_name, verify_acknowledgement
from edge.signing.cose import Keys, MessageRefused
from edge.support.due import NEVER
from edge.support.files import READABLE_BY_GROUP, Durability, read_bounded, write_aside

WRITTEN_EVERY = 5.0
"""Seconds. Writing more often wears the memory card and gains nothing."""


class AcknowledgedFolder:
    """One file per epoch, holding the bytes that central signed. Only the sync process writes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[bytes, bytes] = {}
        self._written_at: float | None = None

    def read(self, device: str, central_keys: Keys) -> dict[bytes, Acknowledgement]:
        """Read the newest acknowledgement of each epoch; a damaged file, or one signed by another key, is
        skipped.
        """
        newest: dict[bytes, Acknowledgement] = {}
        for path in sorted(self._folder.glob("*.ack")):
            with suppress(OSError, MessageRefused):
                acknowledgement = verify_acknowledgement(read_bounded(path, MOST_BYTES), device, central_keys)
                if path.name == file_name(acknowledgement.epoch):
                    newest[acknowledgement.epoch] = acknowledgement
        return newest

    def keep(self, acknowledgement: Acknowledgement, signed: bytes) -> None:
        """Remember the newest acknowledgement of its epoch; `write` puts it on disk."""
        self._waiting[acknowledgement.epoch] = signed

    @property
    def writes_at(self) -> float:
        """When `write` has something to write (monotonic, in seconds); inf: nothing waits."""
        if not self._waiting:
            return NEVER
        return float("-inf") if self._written_at is None else self._written_at + WRITTEN_EVERY

    def write(self, now: float, *, at_once: bool = False) -> None:
        """Write what is new, if `WRITTEN_EVERY` has passed or `at_once`. `now` is monotonic, in seconds.

        Not synced to disk: after a power cut central repeats it. Raises JournalError if the folder cannot be
        written.
        """
        if not self._waiting or (now < self.writes_at and not at_once):
            return
        self._written_at = now
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for epoch, signed in self._waiting.items():
                write_aside(self._folder / file_name(epoch), signed, READABLE_BY_GROUP, Durability.PASSING)
        except OSError as error:
            raise JournalError(error.strerror or str(error), where=str(self._folder)) from None
        self._waiting.clear()
