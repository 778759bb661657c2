"""The computer's clock as the gate reads it: the time of day with all that is known against it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from edge.decision import CentralTime, ClockTrust, WallTime
from edge.devices.clock import SystemClock, kernel_synchronised

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TRUSTED, HOLDOVER, UNTRUSTED = ClockTrust.TRUSTED, ClockTrust.HOLDOVER, ClockTrust.UNTRUSTED


@pytest.mark.parametrize(
    ("floor", "ceiling", "synchronised", "trust"),
    [
        (None, None, True, TRUSTED),
        (None, None, False, HOLDOVER),
        (NOON, NOON, True, TRUSTED),
        (NOON + DAY, None, True, UNTRUSTED),
        (None, NOON - DAY, True, UNTRUSTED),
    ],
)
def test_its_trust_is_by_floor_ceiling_and_time_server(
    floor: datetime | None, ceiling: datetime | None, synchronised: bool, trust: ClockTrust
) -> None:
    clock = SystemClock(lambda: floor, lambda: synchronised, ceiling=lambda: ceiling, now=lambda: NOON)
    assert clock.wall() == WallTime(NOON, trust)


@pytest.mark.parametrize(
    ("off", "synchronised", "trust"),
    [
        (timedelta(), True, TRUSTED),
        (timedelta(), False, HOLDOVER),
        (DAY, True, UNTRUSTED),
        (-DAY, True, UNTRUSTED),
    ],
)
def test_a_synchronised_clock_is_not_believed_against_central(
    off: timedelta, synchronised: bool, trust: ClockTrust
) -> None:
    heard = time.monotonic()
    word = CentralTime(NOON, heard - 1.0, heard)
    clock = SystemClock(lambda: None, lambda: synchronised, central=lambda: word, now=lambda: NOON + off)
    assert clock.wall().trust is trust


def test_without_a_hand_on_it_it_is_the_computers_clock() -> None:
    before = datetime.now(UTC)
    at = SystemClock(lambda: None).wall().at
    assert before <= at <= datetime.now(UTC)
    assert isinstance(kernel_synchronised(), bool)
