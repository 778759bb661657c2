"""What accesses come to in spans of time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync.central.accesses.core.counting import (
    AN_HOUR,
    LATE_AFTER,
    REASON,
    SPANS,
    TEN_MINUTES,
    AccessFigure,
    CountedAccess,
    SpanCount,
    SpanKey,
    counts_of,
)
from sync.central.accesses.core.parsing import AccessFacts, AccessMeans
from sync.central.units import SECOND

NOON = 1_772_496_000 * SECOND
GRANT = AccessFacts("grant", "face_matched", "r", AccessMeans.FACE)
DENY = AccessFacts("deny", "status_red", "r", AccessMeans.FACE)
REFER = AccessFacts("refer", "site_full", "r", AccessMeans.CODE)
BY_HAND = AccessFacts("grant", "override", "", AccessMeans.STAFF)
NEW = AccessFacts("escort", "new", "r", AccessMeans.NOTHING)

counted = st.builds(
    lambda at, late, facts: CountedAccess(NOON + at, NOON + at + late, facts),
    st.integers(0, 7200 * SECOND),
    st.integers(-SECOND, 2 * LATE_AFTER),
    st.sampled_from([GRANT, DENY, REFER, BY_HAND, NEW]),
)


def test_an_access_counts_once_in_each_span_and_a_denial_by_its_reason() -> None:
    at = NOON + 754 * SECOND
    once = SpanCount(1, 0, None)
    assert counts_of([CountedAccess(at, at, DENY)]) == {
        SpanKey(TEN_MINUTES, NOON + 600 * SECOND, AccessFigure.DENIED): once,
        SpanKey(AN_HOUR, NOON, AccessFigure.DENIED): once,
        SpanKey(AN_HOUR, NOON, REASON + "status_red"): once,
    }


def test_what_was_opened_by_hand_is_no_grant() -> None:
    assert {key.what for key in counts_of([CountedAccess(NOON, NOON, BY_HAND)])} == {AccessFigure.OVERRIDE}


def test_what_comes_late_corrects_and_says_when() -> None:
    came = NOON + LATE_AFTER + 5
    made = counts_of(
        [
            CountedAccess(NOON, NOON, GRANT),
            CountedAccess(NOON, came, GRANT),
            CountedAccess(NOON, came - 3, GRANT),
        ]
    )
    assert made[SpanKey(TEN_MINUTES, NOON, AccessFigure.GRANTED)] == SpanCount(3, 2, came)


@given(st.lists(counted, max_size=30))
def test_every_span_has_every_access_and_nothing_is_counted_twice(accesses: list[CountedAccess]) -> None:
    made = counts_of(accesses)
    for span in SPANS:
        of_span = {
            key: count for key, count in made.items() if key.span == span and key.what in set(AccessFigure)
        }
        assert sum(count.times for count in of_span.values()) == sum(a.facts != NEW for a in accesses)
        assert all(key.begin % (span * SECOND) == 0 for key in of_span)
    reasons = sum(count.times for key, count in made.items() if key.what.startswith(REASON))
    assert reasons == sum(a.facts in (DENY, REFER) for a in accesses)
    assert list(made) == sorted(made), "rows are always locked in one order"


@given(st.lists(counted, max_size=20), st.lists(counted, max_size=20))
def test_counting_two_parts_is_counting_the_whole(
    one: list[CountedAccess], other: list[CountedAccess]
) -> None:
    whole, parts = counts_of([*one, *other]), (counts_of(one), counts_of(other))
    for key, count in whole.items():
        found = [part[key] for part in parts if key in part]
        assert count[:2] == (sum(each.times for each in found), sum(each.late for each in found))
