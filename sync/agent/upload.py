"""Uploads the journal on one link: asks how far central has it, then sends the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import asdict

from edge.errors import JournalError
from edge.journal.format import AcknowledgedState, Acknowledgement, Entry, state_of
from edge.support.due import NEVER
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.core import AcknowledgedEpochs, EpochQuestions, Gathering, Outbox
from sync.agent.journal_view import LATELY, GateProblems, JournalView
from sync.dispatch.handler import BaseConversation
from sync.wire import (
    Channel,
    ReceivedMessage,
    RefusedByCentral,
    SealedMessage,
    StoredNotice,
    batch_of,
    digest_of,
    is_sendable,
    seal_message,
)

ALTERED = "journal_altered"
"""The alarm of a gate in whose journal an event is not what was written."""
REFUSED = "journal_refused"
"""The alarm while central refuses events for what they are."""
_OTHERWISE = {
    state: f"journal_{state.value}" for state in (AcknowledgedState.AHEAD, AcknowledgedState.FORKED)
}
"""The alarms of a gate whose journal is another one than central's."""
_EPOCHS_ASKED_FOR = 8
"""How many of the newest epochs central is asked about at a time."""


class UploadConversation(BaseConversation):
    """The journal of `device` on one link.

    Nothing is sent before central has said how far it has each epoch: only central can tell that a
    journal was copied. It is asked again once it says that it has less of one than before: its database was
    put back from a backup, or another server took over, and may have lost events of each. What it has and may
    not acknowledge yet is not sent again on this link, and kept for another.
    """

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        view: JournalView,
        folder: AcknowledgedFolder,
        acknowledged: AcknowledgedEpochs,
        problems: GateProblems,
        linger: float = 0.0,
    ) -> None:
        self._device = device
        self._key = key
        self._view = view
        self._folder = folder
        self._acknowledged = acknowledged
        self._problems = problems
        self._outbox = Outbox(acknowledged)
        self._gathering = Gathering(linger)
        self._questions: EpochQuestions | None = None
        self._log = structlog.get_logger("sync.uploader")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:
        for message in messages:
            if isinstance(message.message, Acknowledgement):
                self._handle_acknowledgement(message.message, message.data, now)
            elif isinstance(message.message, StoredNotice):
                self._handle_notice(message.message, now)
            elif isinstance(message.message, RefusedByCentral):
                self._handle_refusal(message.message, now)
        return ()

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        try:
            questions = self._epoch_questions(now)
            for question in questions.due_batches(now):
                yield seal_message(question, self._device, self._key)
            if questions.awaiting_since is None:
                yield from self._batches(now)
                if now >= self._outbox.ask_at and not self._outbox.in_flight:
                    self._questions = None
                    self._outbox.note_asked(now)
            self._problems.report_journal(self._view.problem)
        except JournalError as error:
            self._problems.report_journal(error)

    def next_due(self, now: float) -> float:
        if self._questions is None:
            return self._view.asks_again_at
        if self._questions.awaiting_since is not None:
            return self._questions.ask_at
        again = NEVER if self._outbox.in_flight else self._outbox.ask_at
        due = min(again, self._outbox.next_due(now))
        return (
            min(due, self._view.asks_again_at, self._gathering.until) if self._outbox.may_send(now) else due
        )

    @property
    def awaiting_since(self) -> float | None:
        questions_since = None if self._questions is None else self._questions.awaiting_since
        return self._outbox.awaiting_since if questions_since is None else questions_since

    def idle_reason(self) -> str | None:
        """With nothing in flight: why there is nothing to send; None if there is something and it is not
        sent.
        """
        try:
            spans = self._view.spans(within=LATELY)
        except JournalError as error:
            return f"the journal cannot be read: {error.what}"
        if self._outbox.is_full(spans):
            return "as much as may be is on one server of central's only"
        left = [span for span in spans if not self._outbox.is_through(span)]
        if left and self._gathering.is_holding:
            return "events gather"
        if left and self._outbox.refusal is not None:
            return f"central refuses events: {self._outbox.refusal}"
        if left:
            return None
        some = ", and some on one server only" if self._outbox.unconfirmed else ""
        return f"central has every event{some}"

    # --- inside ----------------------------------------------------------------------------

    def _epoch_questions(self, now: float) -> EpochQuestions:
        """The newest questions, about the newest epochs. Raises JournalError if these cannot be read."""
        if self._questions is None:
            spans, waits = self._view.spans(), self._outbox.unconfirmed
            asked = [span for span in spans[:-_EPOCHS_ASKED_FOR] if span.epoch in waits]
            asked += spans[-_EPOCHS_ASKED_FOR:]
            self._questions = EpochQuestions({span.epoch: span.gate for span in asked}, now)
        return self._questions

    def _batches(self, now: float) -> Iterator[SealedMessage]:
        if self._outbox.is_overdue(now):
            self._log.info("journal_unanswered", in_flight=len(self._outbox.in_flight))
            self._outbox.retry()
        while self._outbox.may_send(now):
            if self._is_full():
                self._gathering.release()
                break
            entries = self._next()
            if not entries:
                self._gathering.release()
                break
            if self._gathering.holds(entries, now, most=self._outbox.most_rows):
                break
            after = self._outbox.sequence_before(entries[0])
            if self._outbox.must_wait(after, entries[0]):
                break
            batch = batch_of(entries, after)
            sealed = seal_message(batch, self._device, self._key)
            self._outbox.note_sent(entries[: len(batch.rows)], now, digest_of(sealed.data))
            yield sealed

    def _is_full(self) -> bool:
        """Whether what central has not acknowledged leaves no room. Raises JournalError."""
        return bool(self._outbox.unconfirmed) and self._outbox.is_full(self._view.spans(within=LATELY))

    def _next(self) -> tuple[Entry, ...]:
        """The next events of one epoch that central does not have; an altered one is left out."""
        while True:
            position = self._outbox.position
            entries = self._view.events_after(position.epoch, position.sequence, self._outbox.most_rows)
            if not entries:
                return ()
            if self._outbox.skips(entries[0]):
                continue
            if is_sendable(entries[0]):
                return entries
            self._pass_over(entries[0])

    def _pass_over(self, entry: Entry) -> None:
        self._outbox.pass_over(entry)
        self._problems.report(
            ALTERED,
            JournalError(
                f"event {entry.sequence} was altered: its hash is not that of its content",
                where=f"epoch {entry.epoch.hex()[:8]}",
                remedy="gatepost journal verify; it is declared lost to central",
            ),
        )

    def _handle_refusal(self, refused: RefusedByCentral, now: float) -> None:
        if refused.channel != Channel.JOURNAL.spoken:
            return  # somebody put the batch on another topic
        if self._outbox.handle_refusal(refused.digest, refused.code, now) and self._outbox.refuses_events:
            self._problems.report(REFUSED, JournalError(f"central refuses events: {refused.detail}"))

    def _handle_acknowledgement(self, acknowledgement: Acknowledgement, signed: bytes, now: float) -> None:
        state = self._state_of(acknowledgement, now)
        if state is None:
            return
        before = self._outbox.sequence_at_central(acknowledgement.epoch)
        is_less = acknowledgement.sequence < self._acknowledged.sequence(acknowledgement.epoch)
        is_news = self._outbox.handle_acknowledgement(acknowledgement, state, now)
        self._note_taken(acknowledgement.epoch, before, is_less=is_less and is_news)
        if not is_news:
            return
        self._tell_otherwise()
        if state in _OTHERWISE:
            self._log.error(
                "journal_is_not_centrals",
                state=state.value,
                epoch=acknowledgement.epoch.hex(),
                sequence=acknowledgement.sequence,
            )
        if state is not AcknowledgedState.NOTHING:
            self._folder.keep(acknowledgement, signed)

    def _handle_notice(self, notice: StoredNotice, now: float) -> None:
        """As an acknowledgement, but that the gate never sees it, and that it is forgotten with the link."""
        state = self._state_of(Acknowledgement(**asdict(notice)), now)
        if state is None:
            return
        before = self._outbox.sequence_at_central(notice.epoch)
        is_news = self._outbox.handle_notice(notice, state, now)
        self._note_taken(notice.epoch, before)
        if is_news:
            self._tell_otherwise()

    def _tell_otherwise(self) -> None:
        """Report, or clear, of what notices say; of what is acknowledged the folder of those says it."""
        for state, code in _OTHERWISE.items():
            epochs = sorted(self._outbox.otherwise(state))
            if not epochs:
                self._problems.clear(code)
                continue
            error = JournalError(
                "central has another event than this journal, or one that it never had",
                where=f"epoch {epochs[0].hex()[:8]}",
            )
            self._problems.report(code, error)

    def _state_of(self, said: Acknowledgement, now: float) -> AcknowledgedState | None:
        """How central's word stands to the journal; None: that cannot be read. It answers a question."""
        try:
            state = state_of(said, *self._view.event_at(said.epoch, said.sequence))
        except JournalError as error:
            self._problems.report_journal(error)
            return None
        if self._questions is not None:
            self._questions.note_answer(said.epoch, now)
        return state

    def _note_taken(self, epoch: bytes, before: int, *, is_less: bool = False) -> None:
        """Note a word of central's on `epoch`, which it had up to `before`; of less, all is asked anew."""
        if not self._outbox.refuses_events:
            self._problems.clear(REFUSED)
        if is_less or self._outbox.sequence_at_central(epoch) < before:
            self._questions = None
