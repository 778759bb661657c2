"""When a way is said to fail: often in a row, for long enough, and not because somebody refuses."""

from __future__ import annotations

import pytest

from sync.central.delivery.core.failing import FailureRow
from sync.central.delivery.core.messages import DeliveryOutcome
from sync.central.delivery.queue import Try
from sync.central.units import SECOND

LATER, NO, SENT = DeliveryOutcome.DELAYED, DeliveryOutcome.REFUSED, DeliveryOutcome.SENT


@pytest.mark.parametrize(
    ("tries", "expected"),
    [
        ([(0, LATER), (10, LATER), (30, LATER), (70, LATER)], True),
        ([(0, LATER), (10, LATER), (70, LATER)], False),
        ([(each, LATER) for each in range(50)], False),
        ([(0, LATER), (10, LATER), (30, LATER), (70, SENT), (150, LATER)], False),
        ([(0, LATER), (10, LATER), (30, NO), (70, LATER), (90, LATER)], True),
        ([(each * 100, NO) for each in range(9)], False),
        ([], False),
    ],
)
def test_a_way_fails_that_took_nothing_often_and_for_long(
    tries: list[tuple[int, DeliveryOutcome]], expected: bool
) -> None:
    row, now = FailureRow(), 0
    for at, outcome in tries:
        now = at * SECOND
        row = row.after(Try(now, outcome, ""))
    assert row.is_failing(now) is expected
