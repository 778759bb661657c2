"""A day of counting ends once, however the wall clock behaves."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from edge.counting.core import DayWatch, check_day, day_of
from edge.decision import ClockTrust, WallTime, local_time
from tests.edge.counting.core.instants import D1, HOLDOVER, TRUSTED, UNTRUSTED

FOUR = time(4)


ZONE = "Asia/Shanghai"


HOUR = timedelta(hours=1)


class Watched:
    """A count under a clock that is moved by hand."""

    def __init__(self, at: datetime = D1, trust: ClockTrust = TRUSTED) -> None:
        self.at, self.trust, self.monotonic = at, trust, 50.0
        self.watch, self.day, self.resets = DayWatch(), day_of(local_time(at, ZONE), FOUR), 0

    def turn(self) -> None:
        shown = day_of(local_time(self.at, ZONE), FOUR)
        wall = WallTime(self.at, self.trust)
        self.watch, over = check_day(self.watch, self.day, shown, wall, self.monotonic)
        if over:
            self.day, self.resets = shown, self.resets + 1

    def live(self, time: timedelta) -> int:
        """Time passes, looked at every ten minutes; how many resets there were."""
        before, ends = self.resets, self.at + time
        self.turn()
        while self.at < ends:
            self.at += timedelta(minutes=10)
            self.monotonic += 600.0
            self.turn()
        return self.resets - before

    def step(self, by: timedelta, trust: ClockTrust | None = None) -> int:
        before = self.resets
        self.at, self.trust = self.at + by, trust or self.trust
        self.turn()
        return self.resets - before


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 3, 3, 59, 59, tzinfo=UTC), "2026-11-02"),
        (datetime(2026, 11, 3, 4, 0, 0, tzinfo=UTC), "2026-11-03"),
        (datetime(2026, 11, 3, 23, 59, tzinfo=UTC), "2026-11-03"),
        (datetime(2026, 11, 4, 0, 0, tzinfo=UTC), "2026-11-03"),
    ],
)
def test_a_day_begins_at_its_hour_on_the_site_s_wall(at: datetime, day: str) -> None:
    assert day_of(at, FOUR) == day


@pytest.mark.parametrize("trust", [TRUSTED, HOLDOVER])
def test_a_day_ends_once_a_day_also_without_a_time_source(trust: ClockTrust) -> None:
    assert Watched(trust=trust).live(timedelta(days=5)) == 5


def test_a_clock_that_was_never_set_ends_no_day_and_one_is_ended_when_it_is() -> None:
    clock = Watched()
    clock.step(-timedelta(days=20_000), UNTRUSTED)
    assert clock.live(timedelta(days=3)) == 0
    assert clock.step(timedelta(days=20_000), TRUSTED) == 1


@pytest.mark.parametrize("by", [timedelta(days=1), timedelta(days=400)])
def test_a_date_set_wrong_by_hand_and_put_right_resets_nothing_and_skips_nothing(by: timedelta) -> None:
    clock = Watched(trust=HOLDOVER)
    assert clock.live(HOUR) == 0
    assert clock.step(by) == 0
    assert clock.live(HOUR) == 0
    assert clock.step(-by) == 0
    assert clock.live(timedelta(days=1)) == 1


def test_a_date_set_by_hand_counts_from_the_next_time_its_hour_comes_round() -> None:
    clock = Watched(trust=HOLDOVER)
    clock.live(HOUR)
    assert clock.step(timedelta(days=3)) == 0
    assert clock.live(timedelta(days=1)) == 1


def test_a_date_set_by_hand_counts_at_once_when_a_time_source_agrees() -> None:
    clock = Watched(trust=HOLDOVER)
    clock.live(HOUR)
    assert clock.step(timedelta(days=1)) == 0
    clock.trust = TRUSTED
    assert clock.live(HOUR) == 1


@pytest.mark.parametrize("trust", list(ClockTrust))
def test_an_hour_that_comes_twice_resets_once(trust: ClockTrust) -> None:
    """The clock goes back over the reset hour just after it: as a time server or daylight saving may."""
    clock = Watched(at=D1 + 15 * HOUR)  # three at night
    assert clock.live(2 * HOUR) == 1
    assert clock.step(-2 * HOUR, trust) == 0
    assert clock.live(5 * HOUR) == 0


def test_a_night_without_power_is_made_up_for_at_the_start() -> None:
    clock = Watched()
    clock.at += timedelta(days=1)
    clock.monotonic = 3.0
    clock.watch = DayWatch()
    clock.turn()
    assert clock.resets == 1
