"""Who is on duty when, and when nobody is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.dispatch.core.roster import (
    DayChange,
    DutyShift,
    DutySpan,
    Roster,
    duty_at,
    duty_spans,
    holes,
)

HERE = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = frozenset(range(5))
TUESDAY = date(2026, 3, 3)
HOUR = 3_600_000_000


def at(text: str, day: date = TUESDAY, zone: ZoneInfo = HERE) -> int:
    moment = datetime.combine(day, datetime.strptime(text, "%H:%M").time(), zone)  # noqa: DTZ007
    return round(moment.timestamp() * 1_000_000)


EARLY = DutyShift(WEEKDAYS, 6 * 60, 14 * 60)
NIGHT = DutyShift(WEEKDAYS, 22 * 60, 6 * 60)
ROUND = DutyShift(frozenset({1}), 0, 0)


@pytest.mark.parametrize(
    ("roster", "when", "on_duty"),
    [
        (Roster((EARLY,)), "05:59", False),
        (Roster((EARLY,)), "06:00", True),
        (Roster((EARLY,)), "13:59", True),
        (Roster((EARLY,)), "14:00", False),
        (Roster((NIGHT,)), "23:00", True),
        (Roster((NIGHT,)), "05:00", True),  # since Monday
        (Roster((ROUND,)), "23:59", True),
        (Roster((EARLY,), (DayChange(TUESDAY),)), "08:00", False),
        (Roster((), (DayChange(TUESDAY, 8 * 60, 9 * 60),)), "08:30", True),
        (Roster((EARLY,), (DayChange(TUESDAY), DayChange(TUESDAY, 480, 540))), "08:30", True),
        (Roster((NIGHT,), (DayChange(TUESDAY - timedelta(days=1)),)), "05:00", False),
        (Roster(), "08:00", False),
    ],
)
def test_who_is_on_duty(roster: Roster, when: str, on_duty: bool) -> None:
    assert (duty_at(roster, at(when), HERE) is not None) is on_duty


def test_duty_ends_where_the_last_of_shifts_that_touch_ends() -> None:
    late = DutyShift(WEEKDAYS, 14 * 60, 22 * 60)
    assert duty_at(Roster((EARLY, late)), at("08:00"), HERE) == DutySpan(at("06:00"), at("22:00"))


def test_a_shift_over_the_hour_that_a_clock_leaves_out_or_has_twice_is_as_long_as_it_is() -> None:
    night = DutyShift(frozenset(range(7)), 22 * 60, 6 * 60)
    for sunday, hours in ((date(2026, 3, 29), 7), (date(2026, 10, 25), 9)):
        span = duty_at(Roster((night,)), at("05:00", sunday, BERLIN), BERLIN)
        assert span is not None
        assert span.end - span.begin == hours * HOUR


def test_the_holes_of_a_roster() -> None:
    covered = [
        DutySpan(at("06:00"), at("14:00")),
        DutySpan(at("13:00"), at("15:00")),
        DutySpan(at("18:00"), at("23:00")),
    ]
    assert holes(covered, at("08:00"), at("22:00")) == (DutySpan(at("15:00"), at("18:00")),)
    assert holes([], 5, 9) == (DutySpan(5, 9),)
    assert holes([DutySpan(0, 9)], 5, 9) == ()


_SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda it: DutySpan(it[0], it[0] + it[1]))
)


@given(_SPANS, st.integers(0, 70), st.integers(0, 70))
def test_each_moment_is_covered_or_in_a_hole(spans: list[DutySpan], since: int, until: int) -> None:
    found = holes(spans, since, until)
    for moment in range(since, until):
        covered = any(span.begin <= moment < span.end for span in spans)
        assert covered != any(span.begin <= moment < span.end for span in found)


_MINUTE = st.integers(0, 1439)
_ROSTER = st.builds(
    Roster,
    st.lists(st.builds(DutyShift, st.frozensets(st.integers(0, 6)), _MINUTE, _MINUTE), max_size=3).map(tuple),
    st.lists(
        st.one_of(
            st.builds(DayChange, st.just(TUESDAY)), st.builds(DayChange, st.just(TUESDAY), _MINUTE, _MINUTE)
        ),
        max_size=2,
    ).map(tuple),
)


@given(_ROSTER, st.integers(0, 47), st.sampled_from([HERE, BERLIN]))
def test_the_spans_of_a_time_agree_with_each_moment_of_it(roster: Roster, hour: int, zone: ZoneInfo) -> None:
    begin = at("00:00", zone=zone)
    moment = begin + hour * HOUR
    within = any(
        span.begin <= moment < span.end for span in duty_spans(roster, begin, begin + 48 * HOUR, zone)
    )
    assert within == (duty_at(roster, moment, zone) is not None)
