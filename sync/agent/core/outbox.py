"""What of the journal is in flight, and where to go on: the sender's half of the acknowledgement. PURE.

The journal itself stores the events; this only remembers positions in it. What central has acknowledged
outlives a link. What is in flight does not: an `Outbox` belongs to one link, and starts where central
last said that it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge.journal.format import BEGINNING, AcknowledgedState, Acknowledgement, ChainPoint, Entry, Span
from edge.signing.cose import MessageRefusal
from edge.support.due import NEVER
from sync.agent.core.acknowledged_epochs import AcknowledgedEpochs
from sync.agent.core.stored_notices import StoredNotices
from sync.wire import MOST_ROWS, StoredNotice

MOST_IN_FLIGHT = 2
"""Batches."""
FIRST_TIMEOUT = 2.0
LONGEST_TIMEOUT = 60.0
"""Seconds to wait for an acknowledgement: at first, and at most after retries."""
HELD_FOR = 3_600.0
"""Seconds for which nothing is sent after central refused two events one after the other."""
_NO_MORE = 2**63 - 1
_PASSING = frozenset({MessageRefusal.TOO_MANY.value, MessageRefusal.FAILED.value})
"""Refusals of the moment: the same batch may be accepted later."""
_OF_CONTENT = frozenset(
    {
        MessageRefusal.INVALID.value,
        MessageRefusal.ALTERED.value,
        MessageRefusal.UNREACHABLE.value,
        MessageRefusal.TOO_LARGE.value,
    }
)
_ON_THE_WAY = frozenset(refusal.value for refusal in MessageRefusal) - _OF_CONTENT - _PASSING
"""Refusals that a broker can bring about: it retains a batch, or moves it to another topic. They say nothing
of the events, so none is given up for them. A code of a later schema is not among them.
"""


@dataclass(frozen=True)
class UploadPosition:
    """The position after event `sequence` of `epoch`; epoch None: before the first event of all."""

    epoch: bytes | None
    sequence: int


@dataclass(frozen=True)
class InFlight:
    """A batch that was sent and is not acknowledged yet; `at` is monotonic, in seconds.

    `before` is the epoch and point of the chain that was sent before it, `digest` that of the message.
    """

    epoch: bytes
    first: int
    last: int
    at: float
    before: tuple[bytes | None, ChainPoint]
    digest: bytes


@dataclass(frozen=True)
class PassedOver:
    """The one event that central refused alone."""

    epoch: bytes
    sequence: int


class Outbox:
    """What was sent on one link and is not acknowledged yet. Times are monotonic, in seconds."""

    def __init__(self, acknowledged: AcknowledgedEpochs) -> None:
        self._acknowledged = acknowledged
        self._known = StoredNotices(acknowledged)
        self._position = UploadPosition(None, 0)
        self._sent: tuple[bytes | None, ChainPoint] = (None, BEGINNING)
        self._passed: dict[bytes, int] = {}
        self._in_flight: list[InFlight] = []
        self._timeout = FIRST_TIMEOUT
        self._awaiting_since: float | None = None
        self._most_rows = MOST_ROWS
        self._passed_over: PassedOver | None = None
        self._held_until = float("-inf")
        self._refusal: str | None = None

    @property
    def refusal(self) -> str | None:
        """The code by which central refused the last batch; None once it has acknowledged another."""
        return self._refusal

    @property
    def refuses_events(self) -> bool:
        """Whether central refuses events for what they are, not for the moment."""
        return self._refusal is not None and self._refusal not in _PASSING

    @property
    def most_rows(self) -> int:
        """The most events of the next batch: few after a refusal, to find the event that is refused."""
        return self._most_rows

    @property
    def position(self) -> UploadPosition:
        """Where to read on in the journal."""
        return self._position

    @property
    def in_flight(self) -> tuple[InFlight, ...]:
        return tuple(self._in_flight)

    def may_send(self, now: float) -> bool:
        """Whether another batch may be sent at `now`. After a refusal one is tried at a time."""
        most = MOST_IN_FLIGHT if self._refusal is None else 1
        return len(self._in_flight) < most and now >= self._held_until

    def next_due(self, now: float) -> float:
        """When time alone lets something be sent: again, or for the first time; inf: never."""
        overdue = self._in_flight[0].at + self._timeout if self._in_flight else NEVER
        return min(overdue, self._held_until if self._held_until > now else NEVER)

    @property
    def awaiting_since(self) -> float | None:
        """Since when central owes an answer; None if nothing is in flight.

        That is the time of the oldest batch, however often it was sent, or of the last acknowledgement
        after it.
        """
        return self._awaiting_since

    @property
    def unconfirmed(self) -> frozenset[bytes]:
        """The epochs of which central has more than it may acknowledge yet."""
        return self._known.unconfirmed

    @property
    def ask_at(self) -> float:
        """When to ask central how far it is, though nothing is in flight; inf: never."""
        return self._known.ask_at

    def note_asked(self, now: float) -> None:
        """Central is asked how far it is, though nothing is in flight."""
        self._known.note_asked(now)

    def otherwise(self, state: AcknowledgedState) -> frozenset[bytes]:
        """The epochs of which central has another chain, in that `state`, and may not say so for good yet."""
        return self._known.otherwise(state)

    def is_full(self, spans: Iterable[Span]) -> bool:
        """Whether as much of a journal of `spans` is at central, and not acknowledged, as may be."""
        return self._known.is_full(spans)

    def sequence_at_central(self, epoch: bytes) -> int:
        """The newest sequence of `epoch` that central has, acknowledged or not; 0: none."""
        return self._known.point(epoch).sequence

    def skips(self, entry: Entry) -> bool:
        """Whether `entry`, the next in the journal, need not be sent; if so, read on from the new
        position.
        """
        if self._known.is_closed(entry.epoch):
            self._position = UploadPosition(entry.epoch, _NO_MORE)
            return True
        known = self.sequence_at_central(entry.epoch)
        if known >= entry.sequence:
            self._position = UploadPosition(entry.epoch, known)
            return True
        return False

    def pass_over(self, entry: Entry) -> None:
        """Leave out `entry`, the next in the journal, as lost: it cannot be sent."""
        self._position = UploadPosition(entry.epoch, entry.sequence)
        self._passed[entry.epoch] = entry.sequence

    def is_through(self, span: Span) -> bool:
        """Whether nothing of `span` is left to send: central has it, will not take it, or it was left out."""
        known = max(self.sequence_at_central(span.epoch), self._passed.get(span.epoch, 0))
        return self._known.is_closed(span.epoch) or span.last <= known

    def sequence_before(self, entry: Entry) -> int:
        """The newest sequence before `entry` that was sent or that central has; 0: none.

        Where `entry` names another predecessor than the one that was sent, it is one less: what `entry`
        follows is lost.
        """
        before = self._point_before(entry)
        breaks = before.sequence == entry.sequence - 1 and before.hash != entry.previous
        return before.sequence - breaks

    def must_wait(self, after: int, entry: Entry) -> bool:
        """Whether a batch from `entry` on, which declares what follows `after` as lost, has to wait.

        Central cannot see whether what comes after a gap belongs to what comes before it. So it must have
        said that it has what comes before.
        """
        return after < entry.sequence - 1 and bool(self._in_flight)

    def note_sent(self, entries: Sequence[Entry], now: float, digest: bytes = b"") -> None:
        """Note that the link has taken a batch of `entries`, in the message of `digest`."""
        first, last = entries[0], entries[-1]
        self._in_flight.append(InFlight(first.epoch, first.sequence, last.sequence, now, self._sent, digest))
        self._position = UploadPosition(last.epoch, last.sequence)
        self._sent = last.epoch, ChainPoint(last.sequence, last.hash)
        if self._awaiting_since is None:
            self._awaiting_since = now

    def handle_acknowledgement(
        self, acknowledgement: Acknowledgement, state: AcknowledgedState, now: float
    ) -> bool:
        """Take in a verified acknowledgement that stands in `state` to the journal; whether it is news.

        A newer acknowledgement of less than before means that central lost events: what it does not have is
        sent again, from the first epoch on, for it may have lost events of several.
        """
        before = self._taken_up_to(acknowledgement.epoch)
        if not self._acknowledged.record(acknowledgement, state):
            return False
        self._go_on(acknowledgement.epoch, acknowledgement.sequence, before, now)
        return True

    def handle_notice(self, notice: StoredNotice, state: AcknowledgedState, now: float) -> bool:
        """Take in a verified notice that stands in `state` to the journal; whether it is news.

        It makes room for what comes after. One of less than before is as an acknowledgement of less.
        """
        before = self._taken_up_to(notice.epoch)
        if not self._known.take(notice, state, now):
            return False
        self._go_on(notice.epoch, notice.sequence, before, now)
        return True

    def handle_refusal(self, digest: bytes, code: str, now: float) -> bool:
        """Take in that central refused the message of `digest`; whether it is a batch in flight.

        What cannot be stored now, or met something on its way, is sent again after the timeout, which
        doubles. Else the batch is sent again in halves, down to the event that central refuses. That one is
        passed over: the next batch declares it lost. If central refuses that event too, it is not the event:
        both stay, and nothing is sent for `HELD_FOR`.
        """
        place = next((n for n, item in enumerate(self._in_flight) if item.digest == digest), None)
        if place is None:
            return False
        refused = self._in_flight[place]
        self._in_flight = self._in_flight[:place]
        self._position, self._sent = UploadPosition(refused.epoch, refused.first - 1), refused.before
        self._note_progress(now)
        self._refusal = code
        if code in _PASSING | _ON_THE_WAY:
            self._held_until = now + self._timeout
            self._timeout = min(self._timeout * 2, LONGEST_TIMEOUT)
        else:
            self._timeout = FIRST_TIMEOUT
            self._narrow_down(refused, now)
        return True

    def is_overdue(self, now: float) -> bool:
        """Whether the oldest batch has waited for its acknowledgement longer than the timeout."""
        return bool(self._in_flight) and now >= self._in_flight[0].at + self._timeout

    def retry(self) -> None:
        """Send again what is in flight, from where central is; doubles the timeout."""
        self._timeout = min(self._timeout * 2, LONGEST_TIMEOUT)
        if self._in_flight:
            oldest = self._in_flight[0]
            known = self.sequence_at_central(oldest.epoch)
            self._rewind(oldest.epoch, min(known, oldest.first - 1))

    # --- inside ----------------------------------------------------------------------------

    def _taken_up_to(self, epoch: bytes) -> int:
        """Up to where `epoch` needs no more to be sent: all of it, where it is closed."""
        return _NO_MORE if self._known.is_closed(epoch) else self.sequence_at_central(epoch)

    def _point_before(self, entry: Entry) -> ChainPoint:
        """The newest point of the chain before `entry` that was sent or that central has."""
        epoch, sent = self._sent
        known = self._known.point(entry.epoch)
        found = sent if epoch == entry.epoch and sent.sequence > known.sequence else known
        return found if found.sequence < entry.sequence else ChainPoint(entry.sequence - 1, entry.previous)

    def _go_on(self, epoch: bytes, sequence: int, before: int, now: float) -> None:
        """Go on from central's word that it has `epoch` up to `sequence`, which was taken up to `before`."""
        if self._known.is_closed(epoch):
            self._in_flight = [item for item in self._in_flight if item.epoch != epoch]
            self._note_progress(now)
            return
        self._drop_answered(epoch, sequence, now)
        if self._taken_up_to(epoch) < before:
            self._rewind(None, 0)

    def _drop_answered(self, epoch: bytes, sequence: int, now: float) -> None:
        left = [item for item in self._in_flight if item.epoch != epoch or item.last > sequence]
        answered = [item.at for item in self._in_flight if item not in left]
        self._in_flight = left
        if answered:
            # A slow centre gets a longer timeout, so that slowness does not double the load.
            took = 3 * (now - answered[0])
            self._timeout = min(max(FIRST_TIMEOUT, took), LONGEST_TIMEOUT)
            self._note_progress(now)
            self._note_accepted(epoch, sequence)

    def _narrow_down(self, refused: InFlight, now: float) -> None:
        """Halve the batch that was refused, pass over its only event, or hold."""
        over = self._passed_over
        if refused.first < refused.last:
            self._most_rows = (refused.last - refused.first + 1) // 2
        elif over is None or over.epoch != refused.epoch or over.sequence == refused.first:
            self._most_rows = 1
            self._passed_over = PassedOver(refused.epoch, refused.first)
            self._position = UploadPosition(refused.epoch, refused.first)
        else:
            self._position = UploadPosition(refused.epoch, over.sequence - 1)
            self._passed_over, self._most_rows = None, MOST_ROWS
            self._held_until = now + HELD_FOR

    def _note_accepted(self, epoch: bytes, sequence: int) -> None:
        """Note that central takes events again: batches grow to their size."""
        over = self._passed_over
        if over is not None and over.epoch == epoch and sequence < over.sequence:
            return  # of events before the one that it refused
        self._passed_over, self._refusal = None, None
        self._most_rows = min(2 * self._most_rows, MOST_ROWS)

    def _note_progress(self, now: float) -> None:
        """Note an answer at `now`: what is still in flight waits from then on."""
        self._awaiting_since = now if self._in_flight else None

    def _rewind(self, epoch: bytes | None, sequence: int) -> None:
        """Count what is in flight as not sent; since when an answer is due stays."""
        self._in_flight = []
        self._position = UploadPosition(epoch, sequence)
        self._sent = None, BEGINNING
