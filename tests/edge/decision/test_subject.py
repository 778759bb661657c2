"""Home isolation over time: from its begin, until its end, and its declared exceptions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edge.decision.subject import HomeIsolation, IsolationException, is_visitor

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
TEST = IsolationException("test", SINCE + DAY, SINCE + 2 * DAY)
WEEK = HomeIsolation("community", SINCE, SINCE + 7 * DAY, (TEST,))
OPEN = HomeIsolation("community", SINCE)


@pytest.mark.parametrize(
    ("order", "now", "holds", "may_hold_after"),
    [
        (WEEK, SINCE - TICK, False, True),
        (WEEK, SINCE, True, True),
        (WEEK, SINCE + 7 * DAY - TICK, True, True),
        (WEEK, SINCE + 7 * DAY, False, False),
        (OPEN, SINCE + 999 * DAY, True, True),
    ],
)
def test_when_an_order_holds(order: HomeIsolation, now: datetime, holds: bool, may_hold_after: bool) -> None:
    assert (order.holds_at(now), order.may_hold_after(now)) == (holds, may_hold_after)


@pytest.mark.parametrize(
    ("now", "excepted"),
    [(SINCE, False), (SINCE + DAY, True), (SINCE + 2 * DAY - TICK, True), (SINCE + 2 * DAY, False)],
)
def test_when_an_exception_covers(now: datetime, excepted: bool) -> None:
    assert (WEEK.exception_at(now) is TEST) is excepted


@pytest.mark.parametrize(("name", "expected"), [("visitor:1", True), ("li", False), ("a-visitor:1", False)])
def test_visitors_have_ids_of_their_own(name: str, expected: bool) -> None:
    assert is_visitor(name) is expected
