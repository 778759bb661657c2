"""Which home visits an order asks for."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.central.isolation.core.schedule import MOST_DAYS, MOST_HOURS, Occasion, VisitRule, visits_of
from sync.central.units import DAY, HOUR
from tests.examples import tried


def days(rule: VisitRule, until: int | None = 14 * DAY) -> list[tuple[str, float, float]]:
    return [
        (each.occasion.value, each.opens_at / DAY, each.due_at / DAY) for each in visits_of(0, until, rule)
    ]


@pytest.mark.parametrize(
    ("rule", "until", "visits"),
    [
        (VisitRule(), 7, [("begin", 0, 1), ("regular", 3, 4), ("end", 6, 7)]),
        (VisitRule(every=0), 7, [("begin", 0, 1), ("end", 6, 7)]),
        (
            VisitRule(at_begin=False, every=2, at_end=False),
            7,
            [("regular", 2, 3), ("regular", 4, 5), ("regular", 6, 7)],
        ),
        (VisitRule(at_begin=False, every=0, at_end=False), 7, []),
        (VisitRule(within=12, every=0), 1, [("begin", 0, 0.5), ("end", 0.5, 1)]),
        (VisitRule(every=0), 0.5, [("end", 0, 0.5)]),
        (VisitRule(every=0, at_end=False), 0.5, [("begin", 0, 0.5)]),
    ],
)
def test_an_order_asks_for_these_visits(
    rule: VisitRule, until: float, visits: list[tuple[str, float, float]]
) -> None:
    assert days(rule, int(until * DAY)) == visits


def test_an_order_without_an_end_is_visited_until_it_is_lifted() -> None:
    found = days(VisitRule(every=7), None)
    assert found[:3] == [("begin", 0, 1), ("regular", 7, 8), ("regular", 14, 15)]
    assert len(found) > 50
    assert "end" not in {occasion for occasion, _, _ in found}


RULES = st.builds(
    VisitRule, st.booleans(), st.integers(0, MOST_DAYS), st.booleans(), st.integers(1, MOST_HOURS)
)


@settings(derandomize=True, max_examples=tried(80), deadline=None)
@given(rule=RULES, since=st.integers(0, DAY), length=st.integers(HOUR, 60 * DAY))
def test_visits_are_in_order_once_and_within_the_order(rule: VisitRule, since: int, length: int) -> None:
    found = visits_of(since, since + length, rule)
    assert found == sorted(set(found))
    assert all(since <= each.opens_at < each.due_at for each in found)
    between = [each for each in found if each.occasion is Occasion.REGULAR]
    assert all(each.due_at <= since + length for each in between)
    assert all(one.due_at <= other.due_at for one, other in pairwise(between))
    assert [each.due_at for each in found if each.occasion is Occasion.END] == [since + length] * rule.at_end


@pytest.mark.parametrize(
    "wrong", [VisitRule(every=31), VisitRule(every=-1), VisitRule(within=0), VisitRule(within=73)]
)
def test_a_rule_that_cannot_be_says_what_is_expected(wrong: VisitRule) -> None:
    assert "expected" in str(wrong.fault())
    assert VisitRule().fault() is None
