"""Journal up: reads the gate's journal, sends what central has not, keeps what central signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials.envelope import Keys
from edge.errors import JournalError
from edge.journal.acknowledgement import Acknowledgement, Standing, standing_of
from edge.journal.chain import START
from edge.journal.event import Entry
from edge.journal.reader import JournalReader, Span
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.outbox import Outbox
from sync.mqtt.part import Quiet
from sync.wire.journal import batch_of
from sync.wire.messages import MOST_ROWS, JournalBatch, Received, Sealed, sealed
from sync.wire.topics import Channel

_EPOCHS_ASKED_FOR = 8
_FIRST_QUESTION_AFTER = 2.0
_LONGEST_QUESTION = 60.0
_LOOK_AGAIN_AFTER = 1.0
"""Seconds, where there is no journal or it cannot be read."""


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


class Uploader(Quiet):
    """The journal of `device`, signed with its message key."""

    channels = frozenset({Channel.ACKNOWLEDGEMENT})

    def __init__(
        self, device: str, key: Ed25519PrivateKey, journal: Path, folder: AcknowledgedFolder, central: Keys
    ) -> None:
        self._device = device
        self._key = key
        self._view = JournalView(journal)
        self._folder = folder
        self._outbox = Outbox(folder.read(device, central))
        self._log = structlog.get_logger("sync.uploader")
        self._look_again_at = 0.0
        self._unreadable = self._unwritten = False
        self._told: set[tuple[str, str]] = set()
        self._heard_at: float | None = None
        self._linked_at = self._ask_at = 0.0
        self._ask_again_after = _FIRST_QUESTION_AFTER
        self._open_questions: dict[bytes, str] | None = None

    def linked(self, now: float) -> Iterable[Sealed]:
        """Nothing is sent before central has said where it is: only it knows of a copied journal."""
        self._linked_at = self._ask_at = now
        self._ask_again_after = _FIRST_QUESTION_AFTER
        self._open_questions = None
        self._told.clear()
        self._outbox.unlinked()
        return ()

    def unlinked(self) -> None:
        self._outbox.unlinked()

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:
        for message in messages:
            if isinstance(message.message, Acknowledgement):
                self._heard(message.message, message.data, now)
        return ()

    def due(self, now: float) -> Iterable[Sealed]:
        self._write(now)
        if now < self._look_again_at:
            return
        try:
            yield from self._questions(now)
            if not self._open_questions:
                yield from self._batches(now)
            self._unreadable = False
        except JournalError as error:
            self._failed(error, now)

    def silent_for(self, now: float) -> float:
        """Seconds that central has let events or questions wait without a word; 0: none are under way."""
        if not self._outbox.under_way and not self._open_questions:
            return 0.0
        heard = self._linked_at if self._heard_at is None else max(self._heard_at, self._linked_at)
        return now - heard

    @property
    def alarms(self) -> tuple[str, ...]:
        """What is the matter, in codes. An older copy that has begun a new epoch has done what it can."""
        newest, _, __ = self.progress()
        codes = {
            f"journal_{standing.value}"
            for epoch, standing in self._outbox.closed.items()
            if standing is Standing.FORKED or (newest is not None and newest.epoch == epoch)
        }
        if self._unreadable:
            codes.add("journal_unreadable")
        if self._unwritten:
            codes.add("acknowledged_unwritable")
        return tuple(sorted(codes))

    def progress(self) -> tuple[Span | None, int, int]:
        """The epoch being written, up to where central has it, and how many events of all wait."""
        try:
            spans = self._view.reader().spans()
        except JournalError:
            return None, 0, 0
        waiting = sum(self._waiting(span) for span in spans)
        newest = spans[-1] if spans else None
        return newest, 0 if newest is None else self._outbox.said(newest.epoch), waiting

    def close(self, now: float) -> None:
        self._write(now, at_once=True)
        self._view.close()

    # --- inside ----------------------------------------------------------------------------

    def _questions(self, now: float) -> Iterator[Sealed]:
        """Ask what central has of each of the newest epochs, until it has answered for all."""
        if self._open_questions is None:
            spans = self._view.reader().spans()[-_EPOCHS_ASKED_FOR:]
            self._open_questions = {span.epoch: span.gate for span in spans}
        if now < self._ask_at:
            return
        self._ask_at = now + self._ask_again_after
        self._ask_again_after = min(self._ask_again_after * 2, _LONGEST_QUESTION)
        for epoch, gate in list(self._open_questions.items()):
            yield sealed(JournalBatch(epoch, gate, 1, 0, START), self._device, self._key)

    def _batches(self, now: float) -> Iterator[Sealed]:
        if self._outbox.overdue(now):
            self._log.info("journal_unanswered", under_way=len(self._outbox.under_way))
            self._outbox.retry()
        while self._outbox.may_send:
            entries = self._next()
            if not entries:
                break
            batch = batch_of(entries, self._outbox.after(entries[0]))
            self._outbox.sent(entries[: len(batch.rows)], now)
            yield sealed(batch, self._device, self._key)

    def _waiting(self, span: Span) -> int:
        return max(0, span.last - max(self._outbox.said(span.epoch), span.first - 1))

    def _next(self) -> list[Entry]:
        """The next events that central has not, of one epoch."""
        while True:
            place = self._outbox.place
            entries = self._view.reader().since(place.epoch, place.sequence, MOST_ROWS)
            if not entries or not self._outbox.passed_over(entries[0]):
                return entries

    def _heard(self, word: Acknowledgement, signed: bytes, now: float) -> None:
        self._heard_at = now
        try:
            standing = standing_of(word, *self._own(word))
        except JournalError as error:
            self._failed(error, now)
            return
        if self._open_questions is not None:
            self._open_questions.pop(word.epoch, None)
        if not self._outbox.heard(word, standing, now):
            return
        if standing in {Standing.AHEAD, Standing.FORKED}:
            self._log.error(
                "journal_is_not_centrals",
                standing=standing.value,
                epoch=word.epoch.hex(),
                sequence=word.sequence,
            )
        if standing is not Standing.NOTHING:
            self._folder.keep(word, signed)

    def _own(self, word: Acknowledgement) -> tuple[Entry | None, int]:
        """The journal's own event at the word's sequence, and its newest sequence of that epoch."""
        reader = self._view.reader()
        newest = {span.epoch: span.last for span in reader.spans()}.get(word.epoch, 0)
        entry = self._entry(reader, word) if 0 < word.sequence <= newest else None
        return entry, newest

    def _entry(self, reader: JournalReader, word: Acknowledgement) -> Entry | None:
        found: Iterator[Entry] = iter(reader.since(word.epoch, word.sequence - 1, 1))
        entry = next(found, None)
        same = entry is not None and (entry.epoch, entry.sequence) == (word.epoch, word.sequence)
        return entry if same else None

    def _write(self, now: float, *, at_once: bool = False) -> None:
        """A folder that cannot be written keeps the gate from pruning, and nothing from being sent."""
        try:
            self._folder.write(now, at_once=at_once)
            self._unwritten = False
        except JournalError as error:
            self._unwritten = True
            self._tell("acknowledged_unwritable", error)

    def _failed(self, error: JournalError, now: float) -> None:
        self._look_again_at = now + _LOOK_AGAIN_AFTER
        self._unreadable = True
        self._tell("journal_unreadable", error)

    def _tell(self, code: str, error: JournalError) -> None:
        """Warn once for each link, not every second."""
        say = self._log.debug if (code, str(error)) in self._told else self._log.warning
        say(code, error=str(error))
        self._told.add((code, str(error)))
