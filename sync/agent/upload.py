"""Journal up on one link: asks where central is, then sends what it has not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import JournalError
from edge.journal.format import START, AcknowledgedState, Acknowledgement, Entry, state_of
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.core.outbox import AcknowledgedEpochs, Outbox
from sync.agent.journal_view import LATELY, GateProblems, JournalView
from sync.dispatch.handler import BaseConversation
from sync.wire import MOST_ROWS, JournalBatch, ReceivedMessage, SealedMessage, batch_of, seal_message

_EPOCHS_ASKED_FOR = 8
_FIRST_QUESTION_AFTER = 2.0
_LONGEST_QUESTION = 60.0


class EpochQuestions:
    """What central has of each of `epochs` (epoch → gate), asked until it has answered for all. PURE."""

    def __init__(self, epochs: dict[bytes, str], now: float) -> None:
        self._open = epochs
        self._awaiting_since = now
        self._ask_at = now
        self._again_after = _FIRST_QUESTION_AFTER

    @property
    def awaiting_since(self) -> float | None:
        """Since when the answer is due that comes next; None: there is none left to come."""
        return self._awaiting_since if self._open else None

    def due_messages(self, now: float) -> list[JournalBatch]:
        if now < self._ask_at or not self._open:
            return []
        self._ask_at = now + self._again_after
        self._again_after = min(self._again_after * 2, _LONGEST_QUESTION)
        return [JournalBatch(epoch, gate, 1, 0, START) for epoch, gate in self._open.items()]

    def answered(self, epoch: bytes, now: float) -> None:
        if self._open.pop(epoch, None) is not None:
            self._awaiting_since = now


class UploadConversation(BaseConversation):
    """The journal of `device` on one link. Nothing is sent before central has said where it is: only it knows
    of a copied journal.
    """

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        view: JournalView,
        folder: AcknowledgedFolder,
        acknowledged: AcknowledgedEpochs,
        problems: GateProblems,
    ) -> None:
        self._device = device
        self._key = key
        self._view = view
        self._folder = folder
        self._acknowledged = acknowledged
        self._problems = problems
        self._outbox = Outbox(acknowledged)
        self._questions: EpochQuestions | None = None
        self._log = structlog.get_logger("sync.uploader")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:
        for message in messages:
            if isinstance(message.message, Acknowledgement):
                self._handle_acknowledgement(message.message, message.data, now)
        return ()

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        try:
            questions = self._asked(now)
            for question in questions.due_messages(now):
                yield seal_message(question, self._device, self._key)
            if questions.awaiting_since is None:
                yield from self._batches(now)
            self._problems.report_journal(self._view.problem)
        except JournalError as error:
            self._problems.report_journal(error)

    @property
    def awaiting_since(self) -> float | None:
        asked = None if self._questions is None else self._questions.awaiting_since
        return self._outbox.awaiting_since if asked is None else asked

    def idle_reason(self) -> str | None:
        """Nothing is under way: is there nothing to send, or is it forgotten?"""
        try:
            spans = self._view.spans(within=LATELY)
        except JournalError as error:
            return f"the journal cannot be read: {error.what}"
        closed = self._acknowledged.closed
        behind = [s for s in spans if s.epoch not in closed and s.last > self._acknowledged.sequence(s.epoch)]
        return None if behind else "central has every event"

    # --- inside ----------------------------------------------------------------------------

    def _asked(self, now: float) -> EpochQuestions:
        """Raises JournalError where it cannot be said of which epochs to ask."""
        if self._questions is None:
            spans = self._view.spans()[-_EPOCHS_ASKED_FOR:]
            self._questions = EpochQuestions({span.epoch: span.gate for span in spans}, now)
        return self._questions

    def _batches(self, now: float) -> Iterator[SealedMessage]:
        if self._outbox.is_overdue(now):
            self._log.info("journal_unanswered", in_flight=len(self._outbox.in_flight))
            self._outbox.retry()
        while self._outbox.may_send:
            entries = self._next()
            if not entries:
                break
            batch = batch_of(entries, self._outbox.sequence_before(entries[0]))
            self._outbox.note_sent(entries[: len(batch.rows)], now)
            yield seal_message(batch, self._device, self._key)

    def _next(self) -> tuple[Entry, ...]:
        """The next events that central has not, of one epoch."""
        while True:
            place = self._outbox.position
            entries = self._view.events_after(place.epoch, place.sequence, MOST_ROWS)
            if not entries or not self._outbox.skips(entries[0]):
                return entries

    def _handle_acknowledgement(self, acknowledgement: Acknowledgement, signed: bytes, now: float) -> None:
        try:
            state = state_of(
                acknowledgement, *self._view.event_at(acknowledgement.epoch, acknowledgement.sequence)
            )
        except JournalError as error:
            self._problems.report_journal(error)
            return
        if self._questions is not None:
            self._questions.answered(acknowledgement.epoch, now)
        if not self._outbox.handle_acknowledgement(acknowledgement, state, now):
            return
        if state in {AcknowledgedState.AHEAD, AcknowledgedState.FORKED}:
            self._log.error(
                "journal_is_not_centrals",
                state=state.value,
                epoch=acknowledgement.epoch.hex(),
                sequence=acknowledgement.sequence,
            )
        if state is not AcknowledgedState.NOTHING:
            self._folder.keep(acknowledgement, signed)
