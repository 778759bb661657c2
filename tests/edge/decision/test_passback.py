"""The anti-passback rule: a second access in one direction, by the kind of rule, its times and the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edge.decision import ClockTrust, Direction, LastAccess, WallTime
from edge.decision.passback import passed_back
from edge.decision.policy import AntiPassbackRule, PassbackKind

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
T, U = ClockTrust.TRUSTED, ClockTrust.UNTRUSTED
OFF, HARD = AntiPassbackRule(PassbackKind.OFF), AntiPassbackRule(PassbackKind.HARD, forgive_after=None)
TIMED = AntiPassbackRule(PassbackKind.TIMED, minutes=10)
FORGIVING = AntiPassbackRule(PassbackKind.HARD, forgive_after=3600)


@pytest.mark.parametrize(
    ("rule", "minutes", "clocks", "expected"),
    [
        (OFF, 0, (T, T), False),
        (HARD, 0, (T, T), True),
        (HARD, 100_000, (T, T), True),
        (TIMED, 9, (T, T), True),
        (TIMED, 10, (T, T), False),
        (TIMED, 10, (T, U), True),
        (TIMED, 10, (U, T), True),
        (TIMED, -10, (T, T), True),
        (FORGIVING, 59, (T, T), True),
        (FORGIVING, 60, (T, T), False),
        (FORGIVING, 60, (U, T), True),
    ],
)
def test_a_second_access_in_one_direction(
    rule: AntiPassbackRule, minutes: int, clocks: tuple[ClockTrust, ClockTrust], expected: bool
) -> None:
    last = LastAccess(Direction.ENTRY, NOON, clocks[0], "main")
    wall = WallTime(NOON + timedelta(minutes=minutes), clocks[1])
    assert passed_back(rule, last, Direction.ENTRY, wall) is expected
    assert not passed_back(rule, last, Direction.EXIT, wall), "the other way is always free"
    assert not passed_back(rule, None, Direction.ENTRY, wall), "nobody was seen before"
