"""Which batches of a gate are on their way, and since when."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class _Sent:
    epoch: bytes
    last: int
    at: float


class InFlightBatches:
    """Batches on one link that central has not acknowledged; times are monotonic, in seconds.

    One acknowledgement may cover several: each counts from its own sending. What is sent again counts from
    the first time.
    """

    def __init__(self) -> None:
        self._sent: deque[_Sent] = deque()

    def note_sent(self, epoch: bytes, last: int, now: float) -> None:
        """A batch that ends with event `last` of `epoch` goes out."""
        if not self._sent or self._sent[-1].epoch != epoch or self._sent[-1].last < last:
            self._sent.append(_Sent(epoch, last, now))

    def take_acknowledged(self, epoch: bytes, sequence: int, now: float) -> list[float]:
        """For how long each batch was on its way that an acknowledgement up to `sequence` covers now."""
        took = []
        while self._sent and (self._sent[0].epoch != epoch or self._sent[0].last <= sequence):
            sent = self._sent.popleft()
            if sent.epoch == epoch:
                took.append(now - sent.at)
        return took

    def clear(self) -> None:
        """What was on its way is gone, with its link."""
        self._sent.clear()
