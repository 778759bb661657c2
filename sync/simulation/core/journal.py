"""A journal that is in no file: the chain of the real one, linked when somebody reads it.

What happened is a fact until it is asked for; then it becomes an entry of the chain. So a gate that comes
back with a month of events holds those that are on their way, and no others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from edge.decision import ClockTrust
from edge.journal.format import BEGINNING, ChainPoint, Entry, FeedRequest, Page, Span, Told, link, page_of


@dataclass(frozen=True)
class SimulatedFact:
    """What is to be an event; `at` is microseconds since 1970 UTC by the gate's clock."""

    told: Told
    at: int
    trust: ClockTrust
    monotonic: float


class VirtualJournal:
    """The journal of `gate`, in the epoch `epoch`.

    `keeps` is how many acknowledged events are kept, so that it can go back by as many.
    """

    def __init__(
        self,
        gate: str,
        epoch: bytes,
        *,
        keeps: int = 1,
    ) -> None:
        self._gate = gate
        self._epoch = epoch
        self._past: Callable[[int], SimulatedFact] | None = None
        self._backlog = self._had = 0
        self._keeps = keeps
        self._facts: deque[SimulatedFact] = deque()
        self._entries: deque[Entry] = deque()
        self._last: ChainPoint = BEGINNING
        self._newest = 0
        self._acknowledged = 0
        self.confirmed = 0
        """Events that central has acknowledged, of every epoch."""
        self.forfeited = 0
        """Events that were given up: of a chain that central has another one of."""
        self.appended = 0
        """Events appended since the begin, beside the backlog."""
        self.changes = 0
        """Another number as soon as an answer may be another."""

    @property
    def epoch(self) -> bytes:
        return self._epoch

    @property
    def written(self) -> int:
        """Events that the gate has written, the backlog's too."""
        return self._had + self.appended

    @property
    def backlog(self) -> int:
        """Events that it came with."""
        return self._had

    @property
    def newest(self) -> int:
        return self._newest

    @property
    def waiting(self) -> int:
        """How many events central has not acknowledged."""
        return self._newest - self._acknowledged

    def lay_by(self, count: int, past: Callable[[int], SimulatedFact]) -> None:
        """Begin with `count` events of a time before: `past(number)` makes each when it is read."""
        assert not self._newest  # noqa: S101
        self._past = past
        self._backlog = self._had = self._newest = count
        self.changes += 1

    def append(self, fact: SimulatedFact) -> int:
        """Write down a fact; returns its sequence."""
        self._facts.append(fact)
        self._newest += 1
        self.appended += 1
        self.changes += 1
        return self._newest

    def page(self, ask: FeedRequest) -> Page:
        """The answer that a gate's journal gives to `ask`."""
        first = self._entries[0].sequence if self._entries else self._last.sequence + 1
        spans = (Span(self._epoch, self._gate, first, self._newest),) if self._newest >= first else ()
        if not ask.most:
            return page_of(spans, ())
        after = max(ask.sequence, first - 1) if ask.epoch == self._epoch else first - 1
        self._link_up_to(min(after + ask.most, self._newest))
        start = after + 1 - first
        end = min(len(self._entries), start + ask.most)
        return page_of(spans, [self._entries[place] for place in range(start, end)])

    def hash_of(self, sequence: int) -> bytes | None:
        """The hash of event `sequence`; None: it is not there (any more)."""
        place = sequence - self._entries[0].sequence if self._entries else -1
        return self._entries[place].hash if 0 <= place < len(self._entries) else None

    def note_acknowledged(self, sequence: int) -> None:
        """Central has everything up to `sequence`: all but the newest of that is pruned."""
        reached = max(self._acknowledged, min(sequence, self._newest))
        self.confirmed += reached - self._acknowledged
        self._acknowledged = reached
        while self._entries and self._entries[0].sequence <= self._acknowledged - self._keeps:
            self._entries.popleft()
            self.changes += 1

    def go_back(self, count: int) -> int:
        """Become what it was `count` events ago, as a card that a copy was put back on; how many it were.

        No more than it keeps.
        """
        back = min(count, max(0, len(self._entries) - 1))
        if not back:
            return 0
        for _ in range(back):
            self._entries.pop()
        self._facts.clear()
        left = self._entries[-1]
        self.forfeited += self._newest - max(self._acknowledged, left.sequence)
        self._last = ChainPoint(left.sequence, left.hash)
        self._newest = left.sequence
        self._acknowledged = min(self._acknowledged, self._newest)
        self.changes += 1
        return back

    def begin_epoch(self, epoch: bytes) -> None:
        """Go on in a new epoch, since central has another chain of this one."""
        self.forfeited += self.waiting
        self._facts.clear()
        self._entries.clear()
        self._epoch, self._last = epoch, BEGINNING
        self._newest = self._acknowledged = self._backlog = 0
        self.changes += 1

    # --- inside ----------------------------------------------------------------------------

    def _link_up_to(self, sequence: int) -> None:
        while self._last.sequence < sequence:
            number = self._last.sequence + 1
            past = self._past
            fact = past(number) if past is not None and number <= self._backlog else self._facts.popleft()
            kind, body = fact.told
            entry = link(
                epoch=self._epoch,
                gate=self._gate,
                sequence=number,
                at=fact.at,
                trust=fact.trust,
                monotonic=fact.monotonic,
                kind=kind,
                body=body,
                previous=self._last.hash,
            )
            self._entries.append(entry)
            self._last = ChainPoint(number, entry.hash)
