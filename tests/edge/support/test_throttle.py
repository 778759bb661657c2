"""Repeated reports: the first at once, then one a minute with a count; each kind by itself."""

from __future__ import annotations

from edge.support.throttle import MOST_KINDS, REPORT_AGAIN_AFTER, Throttle


def test_the_first_is_reported_and_the_others_are_counted() -> None:
    now = 5.0
    throttle = Throttle(lambda: now)
    assert [throttle.happened("noise") for _ in range(4)] == [1, 0, 0, 0]
    assert throttle.happened("flood") == 1, "another kind has its own minute"
    now += REPORT_AGAIN_AFTER - 0.001
    assert throttle.happened("noise") == 0
    now += 0.001
    assert throttle.happened("noise") == 5, "four that were counted, and this one"
    assert throttle.happened("noise") == 0


def test_kinds_without_end_are_reported_as_a_few_and_remembered_as_few() -> None:
    now = 5.0
    throttle = Throttle(lambda: now)
    reported = [throttle.happened(f"file {number}") for number in range(10 * MOST_KINDS)]
    assert sum(map(bool, reported)) == MOST_KINDS + 1, "these, and all others as one"
    assert throttle.happened("file 1") == 0, "one that is told apart stays so"
    now += REPORT_AGAIN_AFTER
    assert throttle.happened("fire") == 1, "a minute later there is room again"
