"""People per minute at one lane."""

from __future__ import annotations

from edge.counting.core import Flow, PassageRate
from tests.edge.counting.core.instants import IN, OUT


def test_people_per_minute_are_those_of_the_last_minute() -> None:
    flow = Flow()
    for second in range(0, 120, 2):
        flow.passed(float(second), IN if second % 4 else OUT, estimated=second % 20 == 0)
    assert flow.rate(119.0) == PassageRate(entered=15, left=15, estimated=3)
    assert flow.rate(1e6) == PassageRate()
