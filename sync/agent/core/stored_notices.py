"""What central has of each epoch by its words on one link: for good, or on one of its servers only. PURE.

A notice lets the gate send what comes after, and nothing else: what it may delete is in `AcknowledgedEpochs`.
"""

from __future__ import annotations

from collections.abc import Iterable

from edge.journal.format import BEGINNING, AcknowledgedState, ChainPoint, Span
from edge.support.due import NEVER
from sync.agent.core.acknowledged_epochs import AcknowledgedEpochs
from sync.wire import StoredNotice

MOST_UNCONFIRMED = 20_000
"""Events that may be sent beyond what is acknowledged. All of them come again where the server is lost that
alone has them, from each gate at once: without a bound a centre that was blind for days would then take days.
"""
ASKED_AFTER = 30.0
"""Seconds after the last notice until central is asked how far it is: where another server took over
meanwhile, it has less, and nothing else says so to a gate that nobody passes.
"""
_OTHERWISE = frozenset({AcknowledgedState.AHEAD, AcknowledgedState.FORKED})


class StoredNotices:
    """The newest notice of each epoch on one link, beside what is `acknowledged`. Times are monotonic, in
    seconds.
    """

    def __init__(self, acknowledged: AcknowledgedEpochs) -> None:
        self._acknowledged = acknowledged
        self._newest: dict[bytes, tuple[StoredNotice, AcknowledgedState]] = {}
        self._heard_at = self._asked_at = 0.0

    @property
    def unconfirmed(self) -> frozenset[bytes]:
        """The epochs of which a notice says more, or something else, than what is acknowledged."""
        return frozenset(epoch for epoch in self._newest if self._word(epoch) is not None)

    @property
    def ask_at(self) -> float:
        """When to ask central how far it is; inf: all that it has is acknowledged."""
        return max(self._heard_at, self._asked_at) + ASKED_AFTER if self.unconfirmed else NEVER

    def note_asked(self, now: float) -> None:
        """Central is asked how far it is: whatever it answers, the next question has its time."""
        self._asked_at = now

    def otherwise(self, state: AcknowledgedState) -> frozenset[bytes]:
        """The epochs of which central has another chain, in that `state`, by a notice."""
        words = ((epoch, self._word(epoch)) for epoch in self._newest)
        return frozenset(epoch for epoch, word in words if word is not None and word[1] is state)

    def point(self, epoch: bytes) -> ChainPoint:
        """The newest point of `epoch` that central has, if on one server only."""
        word = self._word(epoch)
        if word is not None and word[1] is AcknowledgedState.STORED:
            return ChainPoint(word[0].sequence, word[0].hash)
        known = self._acknowledged.newest(epoch)
        return BEGINNING if known is None else ChainPoint(known.sequence, known.hash)

    def is_closed(self, epoch: bytes) -> bool:
        """Whether central has a different chain of `epoch`: it is no longer sent."""
        word = self._word(epoch)
        return epoch in self._acknowledged.closed or (word is not None and word[1] in _OTHERWISE)

    def take(self, notice: StoredNotice, state: AcknowledgedState, now: float) -> bool:
        """Take in a verified notice that stands in `state` to the journal; whether it is news: neither
        another notice nor an acknowledgement has overtaken it.
        """
        before = self._newest.get(notice.epoch)
        if before is not None and not _is_later(notice, before[0].sequence, before[0].issued):
            return False
        known = self._acknowledged.newest(notice.epoch)
        if known is not None and (
            notice.issued < known.issued or not _is_later(notice, known.sequence, known.issued)
        ):
            return False
        self._newest[notice.epoch] = notice, state
        self._heard_at = now
        return True

    def count(self, spans: Iterable[Span]) -> int:
        """How many events of a journal of `spans` central has that are not acknowledged."""
        return sum(self._count(span) for span in spans if span.epoch in self._newest)

    def is_full(self, spans: Iterable[Span]) -> bool:
        """Whether as much of a journal of `spans` as may be is not acknowledged."""
        return self.count(spans) >= MOST_UNCONFIRMED

    # --- inside ----------------------------------------------------------------------------

    def _word(self, epoch: bytes) -> tuple[StoredNotice, AcknowledgedState] | None:
        """The newest notice of `epoch` and how it stands to the journal, where it says more or something
        else than what is acknowledged, and no later acknowledgement says less.
        """
        found, known = self._newest.get(epoch), self._acknowledged.newest(epoch)
        if epoch in self._acknowledged.closed:
            return None
        if found is None or found[1] in {AcknowledgedState.NOTHING, AcknowledgedState.PRUNED}:
            return None
        is_over = known is not None and (
            found[0].sequence <= known.sequence or found[0].issued < known.issued
        )
        return None if is_over else found

    def _count(self, span: Span) -> int:
        known = self._acknowledged.newest(span.epoch)
        before = span.first - 1 if known is None else max(known.sequence, span.first - 1)
        return max(0, self.point(span.epoch).sequence - before)


def _is_later(notice: StoredNotice, sequence: int, issued: int) -> bool:
    return notice.sequence > sequence or notice.issued > issued
