"""Which rule holds: the nearest place's, at that time of the week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from sync.central.alarms.core.kinds import KINDS, AlarmKind, Severity
from sync.central.alarms.core.rules import (
    ALWAYS,
    EVERY_DAY,
    SHIPPED,
    AlarmRule,
    RuleHours,
    Settings,
    governing,
)

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
DARK = AlarmKind.GATE_DARK


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        (ALWAYS, range(168)),
        (RuleHours("1", 8 * 60, 12 * 60), range(8, 12)),
        (RuleHours("7", 22 * 60, 6 * 60), [*range(6), 166, 167]),  # Sunday night, into Monday
        (RuleHours("12", 0, 0), range(48)),
        (RuleHours("1", 9 * 60, 9 * 60), range(9, 24)),
    ],
)
def test_a_schedule_holds_at_these_hours_of_the_week(schedule: RuleHours, hours: list[int]) -> None:
    held = [hour for hour in range(168) if schedule.holds_at(MONDAY + timedelta(hours=hour))]
    assert held == [*hours]


@pytest.mark.parametrize(
    ("schedule", "what"),
    [
        (RuleHours(""), "days"),
        (RuleHours("8"), "days"),
        (RuleHours("11"), "days"),
        (RuleHours("1", 1440, 0), "minute 1440"),
        (RuleHours("1", 0, -1), "minute 0 to -1"),
    ],
)
def test_a_schedule_that_cannot_be_says_why(schedule: RuleHours, what: str) -> None:
    assert what in str(schedule.problem())
    assert not RuleHours(EVERY_DAY, 0, 1439).problem()


def rule(number: int, place: int | None, schedule: RuleHours = ALWAYS, *, raises: bool = True) -> AlarmRule:
    return AlarmRule(DARK, Severity.NOW, place=place, schedule=schedule, raises=raises, number=number)


AT_NIGHT = RuleHours(EVERY_DAY, 22 * 60, 6 * 60)
SITE, STREET, OTHER = 3, 2, 9


@pytest.mark.parametrize(
    ("rules", "hour", "number"),
    [
        ([], 12, None),
        ([rule(1, None)], 12, 1),
        ([rule(1, None), rule(2, STREET)], 12, 2),
        ([rule(1, SITE), rule(2, STREET)], 12, 1),
        ([rule(1, OTHER)], 12, None),
        ([rule(1, SITE), rule(2, SITE)], 12, 2),
        ([rule(1, SITE, AT_NIGHT), rule(2, STREET)], 12, 2),
        ([rule(1, SITE, AT_NIGHT), rule(2, STREET)], 23, 1),
    ],
)
def test_the_nearest_rule_that_holds_governs(rules: list[AlarmRule], hour: int, number: int | None) -> None:
    others = [AlarmRule(AlarmKind.TAMPERED, Severity.NOW, number=77)]
    found = governing(rules + others, DARK, (SITE, STREET), MONDAY + timedelta(hours=hour))
    assert (found.kind, found.number) == (DARK, number)


def test_every_kind_comes_with_a_rule_of_its_severity() -> None:
    assert {kind: rule.severity for kind, rule in SHIPPED.items()} == {
        kind: facts.severity for kind, facts in KINDS.items()
    }


@pytest.mark.parametrize(
    "settings",
    [
        b'{"after":-1}',
        b'{"most_open":0}',
        b'{"snooze_most":99999999}',
        b'{"groups":["' + b"x" * 65 + b'"]}',
        b'{"x":1}',
    ],
)
def test_settings_have_their_bounds(settings: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(settings, type=Settings)
