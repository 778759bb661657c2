"""Journal up on one link: asks where central is, then sends what it has not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import JournalError
from edge.journal.format import START, AcknowledgedState, Acknowledgement, Entry, state_of
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.core.outbox import Acknowledged, Outbox
from sync.agent.journal_view import LATELY, JournalView, Troubles
from sync.dispatch.handler import Talk
from sync.wire import MOST_ROWS, JournalBatch, Received, Sealed, batch_of, sealed

_EPOCHS_ASKED_FOR = 8
_FIRST_QUESTION_AFTER = 2.0
_LONGEST_QUESTION = 60.0


class Questions:
    """What central has of each of `epochs` (epoch → gate), asked until it has answered for all. PURE."""

    def __init__(self, epochs: dict[bytes, str], now: float) -> None:
        self._open = epochs
        self._asked_at = now
        self._ask_at = now
        self._again_after = _FIRST_QUESTION_AFTER

    @property
    def asked_at(self) -> float | None:
        """Since when the answer is due that comes next; None: there is none left to come."""
        return self._asked_at if self._open else None

    def due(self, now: float) -> list[JournalBatch]:
        if now < self._ask_at or not self._open:
            return []
        self._ask_at = now + self._again_after
        self._again_after = min(self._again_after * 2, _LONGEST_QUESTION)
        return [JournalBatch(epoch, gate, 1, 0, START) for epoch, gate in self._open.items()]

    def answered(self, epoch: bytes, now: float) -> None:
        if self._open.pop(epoch, None) is not None:
            self._asked_at = now


class Upload(Talk):
    """The journal of `device` on one link. Nothing is sent before central has said where it is: only it knows
    of a copied journal.
    """

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        view: JournalView,
        folder: AcknowledgedFolder,
        acknowledged: Acknowledged,
        troubles: Troubles,
    ) -> None:
        self._device = device
        self._key = key
        self._view = view
        self._folder = folder
        self._acknowledged = acknowledged
        self._troubles = troubles
        self._outbox = Outbox(acknowledged)
        self._questions: Questions | None = None
        self._log = structlog.get_logger("sync.uploader")

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:
        for message in messages:
            if isinstance(message.message, Acknowledgement):
                self._heard(message.message, message.data, now)
        return ()

    def due(self, now: float) -> Iterator[Sealed]:
        try:
            questions = self._asked(now)
            for question in questions.due(now):
                yield sealed(question, self._device, self._key)
            if questions.asked_at is None:
                yield from self._batches(now)
            self._troubles.journal(self._view.problem)
        except JournalError as error:
            self._troubles.journal(error)

    @property
    def asked_at(self) -> float | None:
        asked = None if self._questions is None else self._questions.asked_at
        return self._outbox.asked_at if asked is None else asked

    def idle(self) -> str | None:
        """Nothing is under way: is there nothing to send, or is it forgotten?"""
        try:
            spans = self._view.spans(within=LATELY)
        except JournalError as error:
            return f"the journal cannot be read: {error.what}"
        closed = self._acknowledged.closed
        behind = [s for s in spans if s.epoch not in closed and s.last > self._acknowledged.sequence(s.epoch)]
        return None if behind else "central has every event"

    # --- inside ----------------------------------------------------------------------------

    def _asked(self, now: float) -> Questions:
        """Raises JournalError where it cannot be said of which epochs to ask."""
        if self._questions is None:
            spans = self._view.spans()[-_EPOCHS_ASKED_FOR:]
            self._questions = Questions({span.epoch: span.gate for span in spans}, now)
        return self._questions

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

    def _next(self) -> tuple[Entry, ...]:
        """The next events that central has not, of one epoch."""
        while True:
            place = self._outbox.place
            entries = self._view.since(place.epoch, place.sequence, MOST_ROWS)
            if not entries or not self._outbox.passed_over(entries[0]):
                return entries

    def _heard(self, word: Acknowledgement, signed: bytes, now: float) -> None:
        try:
            standing = state_of(word, *self._view.at(word.epoch, word.sequence))
        except JournalError as error:
            self._troubles.journal(error)
            return
        if self._questions is not None:
            self._questions.answered(word.epoch, now)
        if not self._outbox.heard(word, standing, now):
            return
        if standing in {AcknowledgedState.AHEAD, AcknowledgedState.FORKED}:
            self._log.error(
                "journal_is_not_centrals",
                standing=standing.value,
                epoch=word.epoch.hex(),
                sequence=word.sequence,
            )
        if standing is not AcknowledgedState.NOTHING:
            self._folder.keep(word, signed)
