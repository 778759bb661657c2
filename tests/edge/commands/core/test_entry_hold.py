"""A hold of entries: what its argument says, and when it ends: by its time, by running, after restarts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.commands.core import Command, CommandKind, EntryHold, hold_again, hold_of
from edge.commands.core.entry_hold import CHARGED_AHEAD, hold_argument, hold_objection, parse_hold
from edge.decision import ClockTrust, WallTime
from edge.signing.cose import microseconds

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HALF = timedelta(minutes=30)
UNSET = WallTime(datetime(2000, 1, 1, tzinfo=UTC), ClockTrust.UNTRUSTED)


def believed(at: datetime) -> WallTime:
    return WallTime(at, ClockTrust.TRUSTED)


def command(argument: str = "2026-03-03T12:30:00Z the market is full") -> Command:
    start = microseconds(NOON)
    return Command(bytes(16), CommandKind.HOLD_ENTRIES, "Wang Fang", start, start + 60_000_000, 7, argument)


def hold(wall: WallTime, monotonic: float = 100.0) -> EntryHold:
    return hold_of(command(), wall, monotonic)


@pytest.mark.parametrize(
    ("argument", "wrong"),
    [
        ("2026-03-03T12:30:00Z full", ""),
        ("2026-03-04T12:00:00Z full", ""),
        ("2026-03-04T12:00:01Z full", "it would hold for 24.0 h, expected more than 0 and at most 24 h"),
        ("2026-03-03T12:00:00Z full", "it would hold for 0.0 h, expected more than 0 and at most 24 h"),
        ("2026-03-03T11:00:00Z full", "it would hold for -1.0 h, expected more than 0 and at most 24 h"),
        ("2026-02-31T12:00:00Z full", "2026-02-31T12:00:00Z is no time"),
        ("2026-03-03T12:30:00+08:00 full", "expected a time and why"),
        ("2026-03-03T12:30:00Z", "expected a time and why"),
        ("2026-03-03T12:30:00Z  ", "expected a time and why"),
        ("", "got '', expected a time and why"),
        ("٢٠٢٦-03-03T12:30:00Z full", "expected a time and why"),
    ],
)
def test_what_the_argument_may_say(argument: str, wrong: str) -> None:
    said = str(hold_objection(argument, microseconds(NOON)) or "")
    assert said.startswith(wrong) or wrong in said
    assert bool(said) is bool(wrong)


def test_an_argument_says_what_it_was_made_of() -> None:
    in_china = datetime.fromisoformat("2026-03-03T20:30:00.4+08:00")
    assert parse_hold(hold_argument(in_china, "full")) == (NOON + HALF, "full")


@pytest.mark.parametrize(
    ("taken", "ends"),
    [
        (believed(NOON), 1900.0),
        (believed(NOON + timedelta(minutes=10)), 1300.0),  # it came late, and ends when it was to
        (believed(NOON - timedelta(seconds=20)), 1900.0),  # a clock that is behind adds nothing
        (believed(NOON + HALF), 100.0),
        (UNSET, 1900.0),
    ],
)
def test_it_ends_at_its_time_and_never_after_its_length(taken: WallTime, ends: float) -> None:
    found = hold(taken)
    assert found.ends == ends
    assert not found.is_over(UNSET, ends - 0.1)
    assert found.is_over(UNSET, ends)


@pytest.mark.parametrize(
    ("wall", "over"),
    [
        (believed(NOON + HALF), True),
        (WallTime(NOON + HALF, ClockTrust.HOLDOVER), True),
        (believed(NOON + HALF - timedelta(seconds=1)), False),
        (believed(NOON - timedelta(days=3)), False),
        (WallTime(NOON + timedelta(days=900), ClockTrust.UNTRUSTED), False),
    ],
)
def test_a_clock_that_is_believed_ends_it_sooner(wall: WallTime, over: bool) -> None:
    assert hold(believed(NOON)).is_over(wall, 101.0) is over


def test_a_restart_with_a_set_clock_loses_nothing_of_it() -> None:
    kept = hold(believed(NOON)).kept
    again = hold_again(kept, believed(NOON + timedelta(minutes=1)), 5.0)
    assert (again.until, again.by, again.why) == (NOON + HALF, "Wang Fang", "the market is full")
    assert again.ends == 5.0 + 29 * 60


@given(st.lists(st.floats(0.0, 2000.0), max_size=12), st.floats(0.0, 3000.0))
def test_a_clock_that_is_never_set_lengthens_it_by_no_number_of_restarts(
    lives: list[float], away: float
) -> None:
    """It runs for some seconds in each life, and is kept for the next a minute ahead, as the handler does."""
    found, held = hold(UNSET), 0.0
    started = 100.0
    for life in lives:
        now, ends = started, min(started + life, found.ends)
        while found.charged < ends:
            now = found.charged
            found = found.charged_on(now)
        held += max(0.0, ends - started)
        started = ends + away
        found = hold_again(found.kept, UNSET, started)
    assert held + max(0.0, found.ends - started) <= HALF.total_seconds() + 1e-6


def test_what_is_kept_is_a_minute_ahead() -> None:
    found = hold(UNSET)
    assert found.kept.left == HALF.total_seconds() - CHARGED_AHEAD
    assert found.charged_on(1880.0).kept.left == 0.0
