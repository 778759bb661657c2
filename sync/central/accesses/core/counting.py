"""Counts accesses by spans of time, so that no page has to count rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from sync.central.accesses.core.parsing import REFUSED, AccessFacts, AccessMeans
from sync.central.accesses.core.waiting import class_of
from sync.central.units import MINUTE, SECOND

TEN_MINUTES, AN_HOUR = 600, 3600
SPANS = (TEN_MINUTES, AN_HOUR)
"""Seconds: for the lines of a day, and for sums of a day and more. What happens now is counted anew: it is
not much, and counts by the minute would cost a journal that arrives as a whole more than its accesses do.
"""
LATE_AFTER = MINUTE
"""An access that arrives later than this corrects a figure that somebody may have read."""
REASON = "reason:"
"""Before a reason's code: how often it kept somebody out. Counted by the hour."""


class AccessFigure(StrEnum):
    """What is counted of accesses. Each is one of these, but what the lane refused: that is none."""

    GRANTED = "granted"
    DENIED = "denied"
    REFERRED = "referred"
    OVERRIDE = "override"  # opened by hand


_OUTCOMES = {"grant": AccessFigure.GRANTED, "deny": AccessFigure.DENIED, "refer": AccessFigure.REFERRED}
_WITH_REASON = frozenset({AccessFigure.DENIED, AccessFigure.REFERRED})


class SpanKey(NamedTuple):
    """A span of `span` seconds that began at `begin` (microseconds since 1970 UTC), and what is counted."""

    span: int
    begin: int
    what: str


class SpanCount(NamedTuple):
    """How often, how many of these came late, and when the last late one came."""

    times: int
    late: int
    corrected_at: int | None


class CountedAccess(NamedTuple):
    """An access to count: when it was by the gate's clock, when it arrived, and what it says."""

    at: int
    received_at: int
    facts: AccessFacts


def begin_of(at: int, span: int) -> int:
    """When the span of so many seconds began that `at` lies in."""
    return at - at % (span * SECOND)


def counts_of(accesses: Iterable[CountedAccess]) -> Mapping[SpanKey, SpanCount]:
    """What accesses come to, in the order of the keys."""
    times: Counter[SpanKey] = Counter()
    late: Counter[SpanKey] = Counter()
    corrected: dict[SpanKey, int] = {}
    for at, received_at, facts in accesses:
        keys = _keys_of(at, facts)
        times.update(keys)
        if received_at - at > LATE_AFTER:
            late.update(keys)
            corrected |= {key: max(received_at, corrected.get(key, received_at)) for key in keys}
    return {key: SpanCount(times[key], late[key], corrected.get(key)) for key in sorted(times)}


def _keys_of(at: int, facts: AccessFacts) -> list[SpanKey]:
    """As what an access counts, and in which spans; nowhere if the lane refused it, as at the gate itself, or
    if this version does not know its outcome.
    """
    if facts.outcome == REFUSED:
        return []
    what = AccessFigure.OVERRIDE if facts.means is AccessMeans.STAFF else _OUTCOMES.get(facts.outcome)
    if what is None:
        return []
    keys = [SpanKey(span, begin_of(at, span), what.value) for span in SPANS]
    if what in _WITH_REASON:
        keys.append(SpanKey(AN_HOUR, begin_of(at, AN_HOUR), REASON + facts.reason))
    if facts.waited is not None:
        keys.append(SpanKey(AN_HOUR, begin_of(at, AN_HOUR), class_of(facts.waited)))
    return keys
