"""A policy as data: what is written comes back, what would grant by mistake is refused with its remedy."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from edge.decision import LivenessRule, OccupancyRule, Outcome, Policy
from edge.decision.policy import (
    WEEK,
    AntiPassbackRule,
    Day,
    FaceRule,
    GatePolicy,
    Mode,
    StaleRule,
    TemperatureRule,
)


def written(**members: Any) -> Policy:
    """The policy in these members, as it is read from TOML."""
    return msgspec.convert(members, Policy)


def test_an_empty_policy_names_no_gate_and_lets_no_status_in() -> None:
    assert (Policy().gates, Policy().access, Policy().statuses) == ({}, (), {})


def test_what_is_written_is_what_is_meant() -> None:
    policy = written(gates={"main": {"mode": "face_or_code"}}, stale={"close_after": 86_400})
    assert policy.gates == {"main": GatePolicy(Mode.FACE_OR_CODE)}
    assert policy.age_limit() == timedelta(days=1)
    assert Policy(stale=StaleRule()).age_limit() is None


def test_a_holiday_is_no_day_of_the_week() -> None:
    assert set(Day) - set(WEEK) == {Day.HOLIDAY}


@pytest.mark.parametrize("day", ["2026-10-01", "12-25", "02-29", "2028-02-29"])
def test_holidays(day: str) -> None:
    assert written(holidays={day: "Feast"}).holidays == {day: "Feast"}


@pytest.mark.parametrize(
    "day",
    ["", "2026-02-29", "02-30", "13-01", "2026-10", "1-1", "2026-10-01 ", "٠١-٠١", "20261001", "26-10-01"],
)
def test_what_is_no_holiday(day: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="is not a date: write 2026-10-01"):
        written(holidays={day: "Feast"})


@pytest.mark.parametrize("zone", ["", "Nowhere", "Asia/Shanghai ", "/etc/passwd", "Asia"])
def test_a_time_zone_that_there_is_not(zone: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"use an IANA name such as Asia/Shanghai"):
        written(time_zone=zone)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"gates": {"main": {"mode": "open"}}}, r"open.*gates"),
        ({"gate": {}}, "gate"),  # a typing error is no rule that is left out
        ({"stale": {"close_afer": 1}}, "close_afer"),
        ({"statuses": {"blue": {"entry": "grant"}}}, "blue"),
        ({"statuses": {"green": {"exit": "grant"}}}, "entry"),
        ({"untrusted_clock": "grant"}, "untrusted_clock is refer or deny"),
    ],
)
def test_what_cannot_be_read_names_its_key(members: dict[str, Any], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        written(**members)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, None),
        ({"discreet": True, "community_phone": "6512 0110"}, None),
        ({"names": True, "status_colour": True, "community_phone": "+86 (21) 6512-0110"}, None),
        ({"appeal": {"zh": "可到物业办公室查询", "en": "Ask at the desk in building 3"}}, None),
        ({"discreet": True, "names": True}, "leave out names and status_colour"),
        ({"discreet": True, "status_colour": True}, "leave out names and status_colour"),
        ({"community_phone": "call me"}, "screen.community_phone"),
        ({"community_phone": "6" * 33}, "screen.community_phone"),
        ({"appeal": {"zh": "可到物业办公室查询"}}, "en.*screen.appeal"),
        ({"appeal": {"zh": "可", "en": "a\nb"}}, "screen.appeal.en"),
        ({"discrete": True}, "discrete"),
    ],
)
def test_what_a_screen_may_show(table: dict[str, Any], words: str | None) -> None:
    if words is None:
        assert msgspec.to_builtins(written(screen=table).screen).items() >= table.items()
    else:
        with pytest.raises(msgspec.ValidationError, match=words):
            written(screen=table)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({}, None),
        ({"warn": 80, "stop": 100}, None),
        ({"warn": 100, "stop": 100}, None),
        ({"stop": 5, "relief": 5}, None),
        ({"warn": 101, "stop": 100}, "warn is not above stop"),
        ({"stop": 0, "relief": 0}, "at least 1"),
        ({"warn": 0, "relief": 0}, "at least 1"),
        ({"stop": 4, "relief": 5}, "relief is between"),
        ({"warn": 4, "stop": 9, "relief": 5}, "relief is between"),
        ({"stop": 9, "relief": -1}, "relief is between"),
        ({"stop": 9, "at_stop": Outcome.GRANT}, "at_stop is refer or deny"),
    ],
)
def test_limits_that_are_reached_and_left(limits: dict[str, Any], words: str | None) -> None:
    if words is None:
        OccupancyRule(**limits)
    else:
        with pytest.raises(ValueError, match=words):
            OccupancyRule(**limits)


@pytest.mark.parametrize("name", ["minutes", "forgive_after"])
@pytest.mark.parametrize(("seconds", "good"), [(0.0, False), (-1.0, False), (0.1, True)])
def test_anti_passback_takes_time(name: str, seconds: float, good: bool) -> None:
    if good:
        assert getattr(AntiPassbackRule(**{name: seconds}), name) == seconds  # type: ignore[arg-type]
    else:
        with pytest.raises(ValueError, match="above 0"):
            AntiPassbackRule(**{name: seconds})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["failed", "unmeasured", "unanswered"])
@pytest.mark.parametrize("outcome", Outcome)
def test_a_picture_of_a_face_is_never_granted(name: str, outcome: Outcome) -> None:
    if outcome is Outcome.GRANT:
        with pytest.raises(ValueError, match="to try it out: mode off"):
            LivenessRule(**{name: outcome})  # type: ignore[arg-type]
    else:
        assert getattr(LivenessRule(**{name: outcome}), name) is outcome  # type: ignore[arg-type]


@pytest.mark.parametrize("degrees", [math.nan, math.inf, -37.3, 99.1])
def test_a_temperature_that_nobody_has_is_no_limit(degrees: float) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"limit": degrees}, TemperatureRule)


@pytest.mark.parametrize(
    ("members", "good"),
    [
        ({"false_matches": 0.5}, True),
        ({"false_matches": 0.0}, False),
        ({"false_matches": 0.51}, False),
        ({"false_confirms": math.nan}, False),
        ({"margin": 0}, True),
        ({"margin": math.nan}, False),  # nothing is below it: no lead would be needed
        ({"margin": -0.01}, False),
        ({"margin": 1.01}, False),
        ({"frames": 0}, False),
        ({"frames": 21}, False),
        ({"liveness": {"threshold": 1.0}}, False),
        ({"liveness": {"moves": 6}}, False),
    ],
)
def test_risks_that_can_be_taken(members: dict[str, Any], good: bool) -> None:
    if good:
        assert isinstance(msgspec.convert(members, FaceRule), FaceRule)
    else:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(members, FaceRule)
