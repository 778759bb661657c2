"""What of the journal is under way, and where to go on: the sender's half of the acknowledgement. PURE.

The journal itself is the outbox; this only remembers places in it. What central was heard to have outlives a
link; what is under way does not: an `Outbox` is one link's, and begins where central last said that it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.journal.format import AcknowledgedState, Acknowledgement, Entry

MOST_IN_FLIGHT = 2
FIRST_TIMEOUT = 2.0
LONGEST_TIMEOUT = 60.0
_NO_MORE = 2**63 - 1


@dataclass(frozen=True)
class UploadPosition:
    """Behind event `sequence` of `epoch`; epoch None: before the first event of all."""

    epoch: bytes | None
    sequence: int


@dataclass(frozen=True)
class InFlight:
    """A batch that was sent and not answered yet; `at` is the monotonic clock's."""

    epoch: bytes
    first: int
    last: int
    at: float


class AcknowledgedEpochs:
    """What central was heard to have, by epoch: `known` is from an earlier run."""

    def __init__(self, known: Mapping[bytes, Acknowledgement] | None = None) -> None:
        self._newest: dict[bytes, Acknowledgement] = dict(known or {})
        self._closed: dict[bytes, AcknowledgedState] = {}

    @property
    def closed(self) -> Mapping[bytes, AcknowledgedState]:
        """Epochs that are sent no more, because central has another chain of them."""
        return self._closed

    def newest(self, epoch: bytes) -> Acknowledgement | None:
        """Central's newest word on `epoch`."""
        return self._newest.get(epoch)

    def sequence(self, epoch: bytes) -> int:
        """Up to where central has `epoch`, as far as it was heard."""
        acknowledgement = self._newest.get(epoch)
        return 0 if acknowledgement is None else acknowledgement.sequence

    def record(self, acknowledgement: Acknowledgement, state: AcknowledgedState) -> bool:
        """Take in a verified acknowledgement that stands in `state` to the journal; whether it is news.

        An older word that was overtaken changes nothing.
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
    """What was sent on one link and is not answered yet."""

    def __init__(self, acknowledged: AcknowledgedEpochs) -> None:
        self._acknowledged = acknowledged
        self._position = UploadPosition(None, 0)
        self._in_flight: list[InFlight] = []
        self._timeout = FIRST_TIMEOUT
        self._awaiting_since: float | None = None

    @property
    def position(self) -> UploadPosition:
        """Where to read on."""
        return self._position

    @property
    def in_flight(self) -> tuple[InFlight, ...]:
        return tuple(self._in_flight)

    @property
    def may_send(self) -> bool:
        return len(self._in_flight) < MOST_IN_FLIGHT

    @property
    def awaiting_since(self) -> float | None:
        """Since when central owes an answer: the oldest batch, however often it was sent, or the answer
        that moved things on before it. None: nothing is under way.
        """
        return self._awaiting_since

    def skips(self, entry: Entry) -> bool:
        """Whether `entry`, the next in the journal, need not be sent; then read on from the new place."""
        if entry.epoch in self._acknowledged.closed:
            self._position = UploadPosition(entry.epoch, _NO_MORE)
            return True
        known = self._acknowledged.sequence(entry.epoch)
        if known >= entry.sequence:
            self._position = UploadPosition(entry.epoch, known)
            return True
        return False

    def sequence_before(self, entry: Entry) -> int:
        """The sequence before `entry` that was sent, or that central has."""
        behind = self._position.sequence if self._position.epoch == entry.epoch else 0
        return min(max(behind, self._acknowledged.sequence(entry.epoch)), entry.sequence - 1)

    def note_sent(self, entries: Sequence[Entry], now: float) -> None:
        """A batch of `entries` was handed to the link."""
        first, last = entries[0], entries[-1]
        self._in_flight.append(InFlight(first.epoch, first.sequence, last.sequence, now))
        self._position = UploadPosition(last.epoch, last.sequence)
        if self._awaiting_since is None:
            self._awaiting_since = now

    def handle_acknowledgement(
        self, acknowledgement: Acknowledgement, state: AcknowledgedState, now: float
    ) -> bool:
        """Take in a verified acknowledgement that stands in `state` to the journal; whether it is news.

        A newer word for less than before is that of a centre which lost some: what it lost is sent again.
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
        """Whether the oldest batch has waited long enough for its answer."""
        return bool(self._in_flight) and now - self._in_flight[0].at >= self._timeout

    def retry(self) -> None:
        """Send what is under way again, from where central is; each time after a longer wait."""
        self._timeout = min(self._timeout * 2, LONGEST_TIMEOUT)
        if self._in_flight:
            oldest = self._in_flight[0]
            known = self._acknowledged.sequence(oldest.epoch)
            self._rewind(oldest.epoch, min(known, oldest.first - 1))

    # --- inside ----------------------------------------------------------------------------

    def _drop_answered(self, acknowledgement: Acknowledgement, now: float) -> None:
        left = [
            item
            for item in self._in_flight
            if item.epoch != acknowledgement.epoch or item.last > acknowledgement.sequence
        ]
        answered = [item.at for item in self._in_flight if item not in left]
        self._in_flight = left
        if answered:
            # A centre that is slow today is not asked twice as often for it.
            took = 3 * (now - answered[0])
            self._timeout = min(max(FIRST_TIMEOUT, took), LONGEST_TIMEOUT)
            self._note_progress(now)

    def _note_progress(self, now: float) -> None:
        """An answer came: what is left has waited since then."""
        self._awaiting_since = now if self._in_flight else None

    def _rewind(self, epoch: bytes, sequence: int) -> None:
        """What was under way counts as not sent; that it was asked is not forgotten."""
        self._in_flight = []
        self._position = UploadPosition(epoch, sequence)
