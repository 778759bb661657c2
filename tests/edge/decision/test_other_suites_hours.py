"""Hours, days, holidays and dates in other projects' test suites, asked of our gates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from edge.decision import Direction, Period, Reason, Subject
from edge.decision.policy import WEEK, AccessRule, Day
from tests.edge.decision.asked import (
    DENY,
    FRI,
    GRANT,
    GREEN,
    HOLDER,
    IN,
    MON,
    OUT,
    SUN,
    TUE,
    USUAL,
    WEEKDAYS,
    asked,
    doors,
    hours,
    members,
)

NEW_YORK = "America/New_York"


def granted(
    local: str, *periods: Period, zone: str = NEW_YORK, holidays: dict[str, str] | None = None
) -> bool:
    """Whether members are let in then; a denial is one for the hour."""
    decision = asked(doors(members(*periods), zone=zone, holidays=holidays), USUAL._replace(local=local))
    assert decision.outcome is GRANT or (decision.outcome, decision.reason) == (DENY, Reason.OUTSIDE_HOURS)
    return decision.outcome is GRANT


BUSINESS = hours(WEEKDAYS, "08:00", "17:00")
FRIDAY_NIGHT = hours((FRI,), "22:00", "06:00")
ALL_DAY = hours(WEEK, "00:00", "24:00")


@pytest.mark.parametrize(
    ("window", "local", "opens"),
    [
        (BUSINESS, "2026-01-05T09:00", True),
        (BUSINESS, "2026-01-05T08:00", True),  # the start is inclusive
        (BUSINESS, "2026-01-05T07:59", False),
        (BUSINESS, "2026-01-05T16:59", True),
        (BUSINESS, "2026-01-05T17:00", False),  # the end is exclusive
        (BUSINESS, "2026-01-10T09:00", False),  # Saturday
        (BUSINESS, "2026-01-11T09:00", False),  # Sunday
        (BUSINESS, "2026-07-06T09:00", True),  # the same hour in summer time
        (FRIDAY_NIGHT, "2026-01-09T22:00", True),
        (FRIDAY_NIGHT, "2026-01-09T21:59", False),
        (FRIDAY_NIGHT, "2026-01-09T23:30", True),
        (FRIDAY_NIGHT, "2026-01-10T00:01", True),  # across midnight
        (FRIDAY_NIGHT, "2026-01-10T05:59", True),
        (FRIDAY_NIGHT, "2026-01-10T06:00", False),
        (FRIDAY_NIGHT, "2026-01-10T22:00", False),  # Saturday's night
        (FRIDAY_NIGHT, "2026-01-11T02:00", False),  # the morning after Saturday's
        (ALL_DAY, "2026-01-10T03:00", True),
        (ALL_DAY, "2026-01-05T23:59", True),
    ],
)
def test_stone_age_access_control_windows(window: Period, local: str, opens: bool) -> None:
    """stone-age-io/access-control, internal/policy/decide_test.go: TestWindowOpen."""
    assert granted(local, window) is opens


def test_stone_age_access_control_a_schedule_without_windows_is_closed() -> None:
    """The same. Ours cannot be written: the policy refuses an empty list of periods (decision 0039)."""
    decision = asked(doors(zone=NEW_YORK))
    assert (decision.outcome, decision.reason) == (DENY, Reason.GROUP_NOT_ALLOWED)


THEIR_HOLIDAYS = {"2026-01-05": "explicit", "12-25": "every year"}


@pytest.mark.parametrize(
    ("window", "holidays", "local", "opens"),
    [
        (BUSINESS, THEIR_HOLIDAYS, "2026-01-05T09:00", False),
        (BUSINESS, THEIR_HOLIDAYS, "2026-01-06T09:00", True),
        (BUSINESS, THEIR_HOLIDAYS, "2026-12-25T09:00", False),
        (BUSINESS, {"12-25": "every year"}, "2030-12-25T09:00", False),
        (replace(BUSINESS, ignore_holidays=True), THEIR_HOLIDAYS, "2026-01-05T09:00", True),
        (BUSINESS, {}, "2026-01-06T09:00", True),
    ],
)
def test_stone_age_access_control_holidays(
    window: Period, holidays: dict[str, str], local: str, opens: bool
) -> None:
    """stone-age-io/access-control, internal/policy/decide_test.go: TestWindowOpenHolidays."""
    assert granted(local, window, holidays=holidays) is opens


@pytest.mark.parametrize(
    ("local", "opens"),
    [
        ("2026-01-05T12:00", True),  # business hours: the first of two rules
        ("2026-01-09T22:30", True),  # Friday night: the second
        ("2026-01-05T23:00", False),  # Monday night: neither
    ],
)
def test_stone_age_access_control_rights_of_several_groups_add_up(local: str, opens: bool) -> None:
    """stone-age-io/access-control, internal/policy/decide_targets_test.go: unions across groups."""
    rules = (members(BUSINESS), members(hours((FRI,), "22:00", "23:59")))
    decision = asked(doors(*rules, zone=NEW_YORK), USUAL._replace(local=local))
    assert (decision.outcome is GRANT) is opens


@pytest.mark.parametrize(
    ("local", "start", "end", "days", "opens"),
    [
        ("2022-10-03T16:35", None, None, WEEK, True),
        ("2022-10-03T16:35", "2022-10-05", None, WEEK, False),  # before the start date
        ("2022-10-03T16:35", None, "2022-09-30", WEEK, False),  # after the end date
        ("2022-10-03T16:35", None, None, WEEK[1:], False),  # any day but Monday
        ("2022-10-03T16:35", None, None, (MON,), True),
    ],
)
def test_uhppote_simulator_dates_and_weekdays(
    local: str, start: str | None, end: str | None, days: tuple[Day, ...], opens: bool
) -> None:
    """uhppoted/uhppote-simulator, simulator/UT0311L04: TestCheckTimeProfile, rows 1 to 5."""
    subject = replace(HOLDER, valid_from=_date(start), valid_until=_date(end))
    policy = doors(members(hours(days, "00:00", "23:59")))
    assert (asked(policy, USUAL._replace(local=local, subject=subject)).outcome is GRANT) is opens


def _date(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


AFTERNOON = hours(WEEK, "16:45", "17:30")
MONDAYS = hours((MON,), "16:45", "17:30")
NOT_MONDAYS = hours(WEEK[1:], "16:30", "17:30")
MIDDAY = hours(WEEK, "11:30", "12:30")


@pytest.mark.parametrize(
    ("window", "local", "opens"),
    [
        (AFTERNOON, "2022-10-03T16:35", False),
        (AFTERNOON, "2022-10-03T16:55", True),
        (AFTERNOON, "2022-10-03T17:35", False),
        (MONDAYS, "2022-10-03T16:55", True),
        (MONDAYS, "2022-10-04T16:55", False),
        (MONDAYS, "2022-10-03T16:35", False),
        (MONDAYS, "2022-10-03T17:35", False),
        (NOT_MONDAYS, "2022-10-03T16:35", False),
        (MIDDAY, "2022-10-03T11:57:32", True),
        (MIDDAY, "2022-10-03T11:05:32", False),
        (MIDDAY, "2022-10-03T13:13:13", False),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles"])
def test_uhppote_simulator_segments(window: Period, local: str, opens: bool, zone: str) -> None:
    """uhppoted/uhppote-simulator: TestCheckTimeProfile rows 6 to 10, and the tests with a time offset."""
    assert granted(local, window, zone=zone) is opens


DOOR_A = (hours((MON,), "10:00", "14:59"), hours((MON,), "16:35", "23:59"))
DOOR_B = (hours((MON,), "15:00", "23:59"),)
BY_DEFAULT = hours((MON, SUN), "00:00", "23:59")
LEOSAC = doors(
    AccessRule("a", frozenset({"my-user"}), frozenset({"doorA"}), None, DOOR_A),
    AccessRule("b", frozenset({"my-user"}), frozenset({"doorB"}), None, DOOR_B),
    AccessRule("c", frozenset({"my-user"}), frozenset({"doorC"}), None, (BY_DEFAULT,)),
    AccessRule("toto", frozenset({"toto"}), frozenset(), None, (hours((SUN,), "00:00", "23:59"),)),
    names=("doorA", "doorB", "doorC"),
)


@pytest.mark.parametrize(
    ("user", "gate", "local", "opens"),
    [
        ("my-user", "doorA", "2014-11-03T12:00", True),
        ("my-user", "doorA", "2014-11-03T16:31", False),  # between the two frames of that day
        ("my-user", "doorB", "2014-11-03T12:00", False),
        ("my-user", "doorB", "2014-11-03T16:31", True),
        ("my-user", "doorA", "2014-11-02T18:50", False),  # a day without a frame
        ("my-user", "doorB", "2014-11-02T18:50", False),
        ("my-user", "doorC", "2014-11-02T18:50", True),  # by the user's default
        ("my-user", "doorC", "2014-11-03T16:31", True),
        ("toto", "doorA", "2014-11-02T18:50", True),
        ("toto", "doorB", "2014-11-02T18:50", True),
        ("toto", "doorC", "2014-11-02T18:50", True),
        ("toto", "doorC", "2014-11-03T16:31", False),
    ],
)
def test_leosac_time_frames(user: str, gate: str, local: str, opens: bool) -> None:
    """leosac/access-control, test/AuthFile.cpp with AuthFile-1.xml: TimeFrameMapping and 2."""
    subject = replace(HOLDER, groups=frozenset({user}))
    assert (asked(LEOSAC, USUAL._replace(gate=gate, local=local, subject=subject)).outcome is GRANT) is opens


@pytest.mark.parametrize(
    ("window", "local", "opens"),
    [
        (hours(WEEK, "09:00", "17:00"), "2026-02-01T10:00", True),
        (hours(WEEK, "09:00", "17:00"), "2026-02-01T20:00", False),
        (hours(WEEK, "22:00", "06:00"), "2026-02-01T23:00", True),
        (hours(WEEK, "22:00", "06:00"), "2026-02-01T02:00", True),
        (hours(WEEK, "22:00", "06:00"), "2026-02-01T12:00", False),
    ],
)
def test_capability_api_overnight_windows(window: Period, local: str, opens: bool) -> None:
    """mb46010/capability_API, bugs/004-policy-time-window-cross-midnight.md: its verification."""
    assert granted(local, window) is opens


NINE_TO_FIVE = hours(WEEK, "09:00", "17:00")
NUCORE = doors(
    AccessRule("in", frozenset({"member"}), frozenset(), IN, (NINE_TO_FIVE,)),
    AccessRule("approved", frozenset({"approved"}), frozenset(), IN),
    AccessRule("out", frozenset({"member", "approved"}), frozenset(), OUT),
    holidays={"07-04": "Independence Day"},
)


@pytest.mark.parametrize(
    ("local", "direction", "groups", "opens"),
    [
        ("2017-04-05T12:00", IN, {"member"}, True),  # inside the schedule
        ("2017-04-05T19:00", IN, {"member"}, False),
        ("2016-05-15T00:00", IN, {"member"}, False),
        ("2016-05-15T00:00", OUT, {"member"}, True),  # outside the schedule one may leave
        ("2016-05-15T12:00", IN, set(), False),  # not on the access list
        ("2016-05-15T12:00", OUT, set(), False),  # on the way out neither
        ("2017-07-04T12:00", IN, {"member"}, False),  # a holiday
        ("2017-07-04T12:00", OUT, {"member"}, True),
        ("2017-07-04T12:00", IN, {"approved"}, True),  # in a group that may on holidays
        ("2017-07-05T12:00", IN, {"member"}, True),
    ],
)
def test_nucore_schedule_holiday_and_egress(
    local: str, direction: Direction, groups: set[str], opens: bool
) -> None:
    """tablexi/nucore-open, secure_rooms: schedule, holiday and egress rules, and check_access_spec.rb."""
    way = USUAL._replace(
        local=local, direction=direction, subject=Subject("u1", groups=frozenset(groups), status=GREEN)
    )
    assert (asked(NUCORE, way).outcome is GRANT) is opens


def test_nucore_a_room_without_schedule_rules_denies() -> None:
    """The same suite, schedule_rule_spec.rb. Ours: a gate that no access rule covers."""
    north = doors(members(gates=frozenset({"elsewhere"})))
    assert asked(north).reason is Reason.GROUP_NOT_ALLOWED


@pytest.mark.parametrize("day", [TUE, FRI])
def test_a_day_is_that_of_the_site_not_of_utc(day: Day) -> None:
    """stone-age-io passes the zone in; at 23:00 in New York it is tomorrow in UTC."""
    local = {TUE: "2026-01-06T23:00", FRI: "2026-01-09T23:00"}[day]
    assert granted(local, hours((day,), "22:00", "24:00"))
