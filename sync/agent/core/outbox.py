"""What of the journal is under way, and where to go on: the sender's half of the acknowledgement. PURE.

The journal itself is the outbox; this only remembers places in it. What central was heard to have outlives a
link; what is under way does not: an `Outbox` is one link's, and begins where central last said that it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.journal.format import AcknowledgedState, Acknowledgement, Entry

MOST_UNDER_WAY = 2
FIRST_TIMEOUT = 2.0
LONGEST_TIMEOUT = 60.0
_NO_MORE = 2**63 - 1


@dataclass(frozen=True)
class JournalPosition:
    """Behind event `sequence` of `epoch`; epoch None: before the first event of all."""

    epoch: bytes | None
    sequence: int


@dataclass(frozen=True)
class UnderWay:
    """A batch that was sent and not answered yet; `at` is the monotonic clock's."""

    epoch: bytes
    first: int
    last: int
    at: float


class Acknowledged:
    """What central was heard to have, by epoch: `said` is from an earlier run."""

    def __init__(self, said: Mapping[bytes, Acknowledgement] | None = None) -> None:
        self._said: dict[bytes, Acknowledgement] = dict(said or {})
        self._closed: dict[bytes, AcknowledgedState] = {}

    @property
    def closed(self) -> Mapping[bytes, AcknowledgedState]:
        """Epochs that are sent no more, because central has another chain of them."""
        return self._closed

    def word(self, epoch: bytes) -> Acknowledgement | None:
        """Central's newest word on `epoch`."""
        return self._said.get(epoch)

    def sequence(self, epoch: bytes) -> int:
        """Up to where central has `epoch`, as far as it was heard."""
        word = self._said.get(epoch)
        return 0 if word is None else word.sequence

    def received(self, word: Acknowledgement, standing: AcknowledgedState) -> bool:
        """Central's verified word, and how it stands to the journal; whether it is news that count.

        An older word that was overtaken changes nothing.
        """
        before = self._said.get(word.epoch)
        if before is not None and word.sequence <= before.sequence and word.issued <= before.issued:
            return False
        if standing is not AcknowledgedState.FORKED:
            self._said[word.epoch] = word
        if standing in {AcknowledgedState.AHEAD, AcknowledgedState.FORKED}:
            self._closed[word.epoch] = standing
        else:
            self._closed.pop(word.epoch, None)
        return True


class Outbox:
    """What was sent on one link and is not answered yet."""

    def __init__(self, acknowledged: Acknowledged) -> None:
        self._acknowledged = acknowledged
        self._place = JournalPosition(None, 0)
        self._under_way: list[UnderWay] = []
        self._timeout = FIRST_TIMEOUT
        self._asked_at: float | None = None

    @property
    def place(self) -> JournalPosition:
        """Where to read on."""
        return self._place

    @property
    def under_way(self) -> tuple[UnderWay, ...]:
        return tuple(self._under_way)

    @property
    def may_send(self) -> bool:
        return len(self._under_way) < MOST_UNDER_WAY

    @property
    def asked_at(self) -> float | None:
        """Since when central owes an answer: the oldest batch, however often it was sent, or the answer
        that moved things on before it. None: nothing is under way.
        """
        return self._asked_at

    def passed_over(self, entry: Entry) -> bool:
        """Whether `entry`, the next in the journal, need not be sent; then read on from the new place."""
        if entry.epoch in self._acknowledged.closed:
            self._place = JournalPosition(entry.epoch, _NO_MORE)
            return True
        said = self._acknowledged.sequence(entry.epoch)
        if said >= entry.sequence:
            self._place = JournalPosition(entry.epoch, said)
            return True
        return False

    def after(self, entry: Entry) -> int:
        """The sequence before `entry` that was sent, or that central has."""
        behind = self._place.sequence if self._place.epoch == entry.epoch else 0
        return min(max(behind, self._acknowledged.sequence(entry.epoch)), entry.sequence - 1)

    def sent(self, entries: Sequence[Entry], now: float) -> None:
        """A batch of `entries` was handed to the link."""
        first, last = entries[0], entries[-1]
        self._under_way.append(UnderWay(first.epoch, first.sequence, last.sequence, now))
        self._place = JournalPosition(last.epoch, last.sequence)
        if self._asked_at is None:
            self._asked_at = now

    def heard(self, word: Acknowledgement, standing: AcknowledgedState, now: float) -> bool:
        """Central's verified word, and how it stands to the journal; whether it is news that count.

        A newer word for less than before is that of a centre which lost some: what it lost is sent again.
        """
        before = self._acknowledged.sequence(word.epoch)
        if not self._acknowledged.received(word, standing):
            return False
        if word.epoch in self._acknowledged.closed:
            self._under_way = [item for item in self._under_way if item.epoch != word.epoch]
            self._moved_on(now)
            return True
        self._settle(word, now)
        if word.sequence < before:
            self._go_back_to(word.epoch, word.sequence)
        return True

    def overdue(self, now: float) -> bool:
        """Whether the oldest batch has waited long enough for its answer."""
        return bool(self._under_way) and now - self._under_way[0].at >= self._timeout

    def retry(self) -> None:
        """Send what is under way again, from where central is; each time after a longer wait."""
        self._timeout = min(self._timeout * 2, LONGEST_TIMEOUT)
        if self._under_way:
            oldest = self._under_way[0]
            said = self._acknowledged.sequence(oldest.epoch)
            self._go_back_to(oldest.epoch, min(said, oldest.first - 1))

    # --- inside ----------------------------------------------------------------------------

    def _settle(self, word: Acknowledgement, now: float) -> None:
        left = [item for item in self._under_way if item.epoch != word.epoch or item.last > word.sequence]
        answered = [item.at for item in self._under_way if item not in left]
        self._under_way = left
        if answered:
            # A centre that is slow today is not asked twice as often for it.
            took = 3 * (now - answered[0])
            self._timeout = min(max(FIRST_TIMEOUT, took), LONGEST_TIMEOUT)
            self._moved_on(now)

    def _moved_on(self, now: float) -> None:
        """An answer came: what is left has waited since then."""
        self._asked_at = now if self._under_way else None

    def _go_back_to(self, epoch: bytes, sequence: int) -> None:
        """What was under way counts as not sent; that it was asked is not forgotten."""
        self._under_way = []
        self._place = JournalPosition(epoch, sequence)
