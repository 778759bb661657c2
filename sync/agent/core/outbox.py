"""What of the journal is in flight, and where to go on: the sender's half of the acknowledgement. PURE.

The journal itself stores the events; this only remembers positions in it. What central has acknowledged
outlives a link. What is in flight does not: an `Outbox` belongs to one link, and starts where central
last said that it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.journal.format import BEGINNING, AcknowledgedState, Acknowledgement, ChainPoint, Entry, Span

MOST_IN_FLIGHT = 2
"""Batches."""
FIRST_TIMEOUT = 2.0
LONGEST_TIMEOUT = 60.0
"""Seconds to wait for an acknowledgement: at first, and at most after retries."""
_NO_MORE = 2**63 - 1


@dataclass(frozen=True)
class UploadPosition:
    """The position after event `sequence` of `epoch`; epoch None: before the first event of all."""

    epoch: bytes | None
    sequence: int


@dataclass(frozen=True)
class InFlight:
    """A batch that was sent and is not acknowledged yet; `at` is monotonic, in seconds."""

    epoch: bytes
    first: int
    last: int
    at: float


class AcknowledgedEpochs:
    """Central's newest acknowledgement of each epoch; `known` are those of an earlier run."""

    def __init__(self, known: Mapping[bytes, Acknowledgement] | None = None) -> None:
        self._newest: dict[bytes, Acknowledgement] = dict(known or {})
        self._closed: dict[bytes, AcknowledgedState] = {}

    @property
    def closed(self) -> Mapping[bytes, AcknowledgedState]:
        """The epochs that are no longer sent, because central has a different chain, and why."""
        return self._closed

    def newest(self, epoch: bytes) -> Acknowledgement | None:
        """Central's newest acknowledgement of `epoch`."""
        return self._newest.get(epoch)

    def sequence(self, epoch: bytes) -> int:
        """The newest sequence of `epoch` that central has acknowledged; 0: none."""
        acknowledgement = self._newest.get(epoch)
        return 0 if acknowledgement is None else acknowledgement.sequence

    def record(self, acknowledgement: Acknowledgement, state: AcknowledgedState) -> bool:
        """Take in a verified acknowledgement that stands in `state` to the journal; whether it is news.

        An older acknowledgement that was overtaken changes nothing.
        """
        before = self._newest.get(acknowledgement.epoch)
        if (
            before is not None
            and acknowledgement.sequence <= before.sequence
            and acknowledgement.issued <= before.issued
        ):
            return False
        if state is not AcknowledgedState.FORKED:
            self._newest[acknowledgement.epoch] = acknowledgement
        if state in {AcknowledgedState.AHEAD, AcknowledgedState.FORKED}:
            self._closed[acknowledgement.epoch] = state
        else:
            self._closed.pop(acknowledgement.epoch, None)
        return True


class Outbox:
    """What was sent on one link and is not acknowledged yet. Times are monotonic, in seconds."""

    def __init__(self, acknowledged: AcknowledgedEpochs) -> None:
        self._acknowledged = acknowledged
        self._position = UploadPosition(None, 0)
        self._sent: tuple[bytes | None, ChainPoint] = (None, BEGINNING)
        self._passed: dict[bytes, int] = {}
        self._in_flight: list[InFlight] = []
        self._timeout = FIRST_TIMEOUT
        self._awaiting_since: float | None = None

    @property
    def position(self) -> UploadPosition:
        """Where to read on in the journal."""
        return self._position

    @property
    def in_flight(self) -> tuple[InFlight, ...]:
        return tuple(self._in_flight)

    @property
    def may_send(self) -> bool:
        return len(self._in_flight) < MOST_IN_FLIGHT

    @property
    def awaiting_since(self) -> float | None:
        """Since when central owes an answer; None if nothing is in flight.

        That is the time of the oldest batch, however often it was sent, or of the last acknowledgement
        after it.
        """
        return self._awaiting_since

    def skips(self, entry: Entry) -> bool:
        """Whether `entry`, the next in the journal, need not be sent; if so, read on from the new
        position.
        """
        if entry.epoch in self._acknowledged.closed:
            self._position = UploadPosition(entry.epoch, _NO_MORE)
            return True
        known = self._acknowledged.sequence(entry.epoch)
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
        known = max(self._acknowledged.sequence(span.epoch), self._passed.get(span.epoch, 0))
        return span.epoch in self._acknowledged.closed or span.last <= known

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

    def note_sent(self, entries: Sequence[Entry], now: float) -> None:
        """Note that the link has taken a batch of `entries`."""
        first, last = entries[0], entries[-1]
        self._in_flight.append(InFlight(first.epoch, first.sequence, last.sequence, now))
        self._position = UploadPosition(last.epoch, last.sequence)
        self._sent = last.epoch, ChainPoint(last.sequence, last.hash)
        if self._awaiting_since is None:
            self._awaiting_since = now

    def handle_acknowledgement(
        self, acknowledgement: Acknowledgement, state: AcknowledgedState, now: float
    ) -> bool:
        """Take in a verified acknowledgement that stands in `state` to the journal; whether it is news.

        A newer acknowledgement of less than before means that central lost events: they are sent again.
        """
        before = self._acknowledged.sequence(acknowledgement.epoch)
        if not self._acknowledged.record(acknowledgement, state):
            return False
        if acknowledgement.epoch in self._acknowledged.closed:
            self._in_flight = [item for item in self._in_flight if item.epoch != acknowledgement.epoch]
            self._note_progress(now)
            return True
        self._drop_answered(acknowledgement, now)
        if acknowledgement.sequence < before:
            self._rewind(acknowledgement.epoch, acknowledgement.sequence)
        return True

    def is_overdue(self, now: float) -> bool:
        """Whether the oldest batch has waited for its acknowledgement longer than the timeout."""
        return bool(self._in_flight) and now - self._in_flight[0].at >= self._timeout

    def retry(self) -> None:
        """Send again what is in flight, from where central is; doubles the timeout."""
        self._timeout = min(self._timeout * 2, LONGEST_TIMEOUT)
        if self._in_flight:
            oldest = self._in_flight[0]
            known = self._acknowledged.sequence(oldest.epoch)
            self._rewind(oldest.epoch, min(known, oldest.first - 1))

    # --- inside ----------------------------------------------------------------------------

    def _point_before(self, entry: Entry) -> ChainPoint:
        """The newest point of the chain before `entry` that was sent or that central has."""
        epoch, sent = self._sent
        word = self._acknowledged.newest(entry.epoch)
        known = BEGINNING if word is None else ChainPoint(word.sequence, word.hash)
        found = sent if epoch == entry.epoch and sent.sequence > known.sequence else known
        return found if found.sequence < entry.sequence else ChainPoint(entry.sequence - 1, entry.previous)

    def _drop_answered(self, acknowledgement: Acknowledgement, now: float) -> None:
        left = [
            item
            for item in self._in_flight
            if item.epoch != acknowledgement.epoch or item.last > acknowledgement.sequence
        ]
        answered = [item.at for item in self._in_flight if item not in left]
        self._in_flight = left
        if answered:
            # A slow centre gets a longer timeout, so that slowness does not double the load.
            took = 3 * (now - answered[0])
            self._timeout = min(max(FIRST_TIMEOUT, took), LONGEST_TIMEOUT)
            self._note_progress(now)

    def _note_progress(self, now: float) -> None:
        """Note an answer at `now`: what is still in flight waits from then on."""
        self._awaiting_since = now if self._in_flight else None

    def _rewind(self, epoch: bytes, sequence: int) -> None:
        """Count what is in flight as not sent; since when an answer is due stays."""
        self._in_flight = []
        self._position = UploadPosition(epoch, sequence)
        self._sent = None, BEGINNING
