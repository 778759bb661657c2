"""Reads the journal's file for clients: one request, one short read, no transaction left open."""

from __future__ import annotations

from pathlib import Path

import structlog

from edge.errors import JournalError
from edge.journal.format import MOST_ANSWER_BYTES, FeedAnswer, FeedRequest, Unreadable, encoded, page_of
from edge.journal.reader import JournalReader
from edge.support.storage import REAL_STORAGE, Storage


class JournalPages:
    """Answers requests from the journal at `path`, which is reopened when another file replaces it.

    Used by one thread. Each query is a read transaction that ends when its rows are here, so that no request
    can keep SQLite from checkpointing the journal's log.
    """

    def __init__(self, path: Path, storage: Storage = REAL_STORAGE) -> None:
        self._path = path
        self._storage = storage
        self._reader: JournalReader | None = None
        self._file = (0, 0)
        self._log = structlog.get_logger("edge.journal.feed")

    def packet(self, ask: FeedRequest) -> bytes:
        """The encoded answer to `ask`; raises nothing."""
        packet = encoded(self._answer(ask))
        if len(packet) > MOST_ANSWER_BYTES:
            return encoded(Unreadable(f"an event is too large: {len(packet)} bytes", str(self._path)))
        return packet

    def close(self) -> None:
        """Close the file until the next request."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    # --- inside ----------------------------------------------------------------------------

    def _answer(self, ask: FeedRequest) -> FeedAnswer:
        try:
            reader = self._opened()
            # The spans last: they are then not older than the events.
            entries = reader.since(ask.epoch, ask.sequence, ask.most) if ask.most else []
            return page_of(reader.spans(), entries)
        except JournalError as error:
            self.close()
            return Unreadable(error.what, error.where, error.remedy)
        except Exception as error:  # noqa: BLE001 - noise in a row can raise almost anything
            self.close()
            self._log.error("journal_unreadable", exc_info=error)
            return Unreadable(f"noise in it: {type(error).__name__}", str(self._path))

    def _opened(self) -> JournalReader:
        try:
            found = self._path.stat()
        except OSError:
            self.close()
            return JournalReader(self._path, self._storage)  # says what is the matter
        file = (found.st_dev, found.st_ino)
        if self._reader is None or file != self._file:
            self.close()
            self._reader, self._file = JournalReader(self._path, self._storage), file
        return self._reader
