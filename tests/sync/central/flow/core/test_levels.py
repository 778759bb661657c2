"""How full a place is: a level begins at once, ends when fewer are inside, and the strictest limit holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edge.decision import Crowding, OccupancyRule
from sync.central.flow.core.levels import Limit, certain_level, levels_over, rule_at, wrong_with


def at(day: int, hour: int, minute: int) -> datetime:
    """A moment of March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


ROOM, WARNED, STOPPED = Crowding.ROOM, Crowding.WARNED, Crowding.STOPPED
MONDAY = at(2, 8, 0)
NIGHT = Limit(10, None, days="5", begins=22 * 60, ends=4 * 60)


def test_a_street_fills_warns_stops_and_empties() -> None:
    rule = OccupancyRule(warn=45, stop=50, relief=5)
    inside = [0, 44, 45, 49, 50, 52, 47, 46, 45, 44, 41, 40, 44, 45]
    assert levels_over([(rule, each) for each in inside]) == [
        *(ROOM, ROOM, WARNED, WARNED, STOPPED, STOPPED, STOPPED, STOPPED),
        *(WARNED, WARNED, WARNED, ROOM, ROOM, WARNED),
    ]


def test_where_nothing_bounds_it_there_is_room() -> None:
    rule = OccupancyRule(stop=5, relief=0)
    assert levels_over([(rule, 9), (None, 9), (rule, 4), (rule, 5)]) == [STOPPED, ROOM, ROOM, STOPPED]


@pytest.mark.parametrize(
    ("inside", "level"),
    [(0, ROOM), (40, ROOM), (41, None), (44, None), (45, WARNED), (46, None), (50, STOPPED)],
)
def test_a_number_decides_the_level_but_where_it_depends_on_what_was(
    inside: int, level: Crowding | None
) -> None:
    assert certain_level(OccupancyRule(warn=45, stop=50, relief=5), inside) is level


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        (at(6, 21, 59), False),
        (at(6, 22, 0), True),  # Friday
        (at(7, 3, 59), True),
        (at(7, 4, 0), False),
        (at(7, 22, 0), False),
        (at(6, 3, 0), False),
    ],
)
def test_a_limit_over_midnight_belongs_to_the_day_on_which_it_begins(moment: datetime, holds: bool) -> None:
    assert NIGHT.holds_at(moment) is holds


@pytest.mark.parametrize(
    ("limits", "floor", "rule"),
    [
        ([], None, None),
        ([NIGHT], None, None),
        ([Limit(45, 50, 5)], None, OccupancyRule(warn=45, stop=50, relief=5)),
        ([Limit(45, 50, 5), Limit(60, 70, 9)], None, OccupancyRule(warn=45, stop=50, relief=9)),
        (
            [Limit(45, 50, 5)],
            OccupancyRule(warn=30, stop=90, relief=1),
            OccupancyRule(warn=30, stop=50, relief=5),
        ),
        ([Limit(None, 50, 0)], OccupancyRule(stop=40, relief=4), OccupancyRule(stop=40, relief=4)),
        ([Limit(3, None, 0)], OccupancyRule(stop=40, relief=40), OccupancyRule(warn=3, stop=40, relief=3)),
    ],
)
def test_the_strictest_holds_and_the_policy_is_the_floor(
    limits: list[Limit], floor: OccupancyRule | None, rule: OccupancyRule | None
) -> None:
    assert rule_at(limits, floor, MONDAY) == rule


@pytest.mark.parametrize(
    ("limit", "wrong"),
    [
        (Limit(45, 50, 5), ""),
        (Limit(None, None), "neither warn nor stop"),
        (Limit(0, 50), "1 to 10000000 people, got 0"),
        (Limit(51, 50), "warn (51) is above stop (50)"),
        (Limit(45, 50, 46), "relief is 0 to 45, got 46"),
        (Limit(45, 50, days="8"), "some of 1234567"),
        (Limit(45, 50, days="11"), "each once"),
        (Limit(45, 50, begins=-1), "within a day"),
        (Limit(45, 50, ends=1441), "within a day"),
    ],
)
def test_a_limit_that_cannot_be_says_why(limit: Limit, wrong: str) -> None:
    assert wrong in str(wrong_with(limit) or "")
    assert bool(wrong) == bool(wrong_with(limit))
