"""Counts by gate's day and minute: the same figures in whatever order events come, and are taken back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from operator import add, neg
from typing import NamedTuple

from sync.central.flow.core.facts import Counts, DayBegan
from sync.central.units import MINUTE

TOTAL = -1
"""In place of a minute: all that was counted in the day."""


class Slot(NamedTuple):
    """The minute that began at `begin` (microseconds since 1970 UTC) of the gate's `day`; or TOTAL of it."""

    begin: int
    day: str


class Fact(NamedTuple):
    """What the event `sequence`, at a moment of the gate's clock, counts."""

    sequence: int
    at: int
    counts: Counts


class JournalDays:
    """The days of a gate's journal: which one each of its events belongs to, as the gate itself counts.

    An event belongs to the day that began last before it in the journal, whatever the clock showed. What is
    before the first such beginning belongs to the day that ended there; to none, where nobody knows.
    """

    def __init__(self, began: Mapping[int, DayBegan]) -> None:
        self._sequences = sorted(began)
        self._days = [began[sequence] for sequence in self._sequences]

    def day_of(self, sequence: int) -> str:
        place = bisect_right(self._sequences, sequence)
        if place:
            return self._days[place - 1].begun
        if self._days:
            return self._days[0].ended or self._days[0].begun
        return ""

    def around(self, first: int, last: int) -> tuple[int, int | None]:
        """From which event on, and before which (None: to the end), another day may hold if days begin, or no
        longer do, between these two.
        """
        before = bisect_right(self._sequences, first - 1)
        after = bisect_right(self._sequences, last)
        since = self._sequences[before - 1] if before else 0
        return since, self._sequences[after] if after < len(self._sequences) else None


Change = dict[Slot, Counts]
"""What is to be added to each slot."""


def changes(
    days: JournalDays, added: Iterable[Fact], *, since: JournalDays | None = None, moved: Iterable[Fact] = (),
    taken: Iterable[Fact] = (),
) -> Change:  # fmt: skip
    """What changes where facts are `added` by the days as they are now, and others `taken` back or `moved`
    that were counted by the days `since` then.
    """
    found: Change = {}
    before = days if since is None else since
    for fact in added:
        _put(found, days.day_of(fact.sequence), fact.at, fact.counts)
    for fact in taken:
        _put(found, before.day_of(fact.sequence), fact.at, _negative(fact.counts))
    for fact in moved:
        old, new = before.day_of(fact.sequence), days.day_of(fact.sequence)
        if old != new:
            _put(found, old, fact.at, _negative(fact.counts))
            _put(found, new, fact.at, fact.counts)
    return {slot: found[slot] for slot in sorted(found) if any(found[slot])}


def minute_of(at: int) -> int:
    """The begin of the minute; of a time that no clock shows, the first one that there is."""
    return max(0, at - at % MINUTE)


def net(each: Sequence[int]) -> int:
    """What counts add to the people inside."""
    entered, left, _, _, _, raised, lowered, _ = each
    return entered - left + raised - lowered


# --- inside --------------------------------------------------------------------------------


def _put(found: Change, day: str, at: int, more: Counts) -> None:
    for slot in (Slot(TOTAL, day), Slot(minute_of(at), day)):
        held = found.get(slot)
        found[slot] = more if held is None else tuple(map(add, held, more))


def _negative(each: Counts) -> Counts:
    return tuple(map(neg, each))
