"""Wrong PINs lock an account, twice as long each time; a restart frees nobody, and locks nobody for years."""

from __future__ import annotations

import pytest

from edge.staff.core.lockout import FIRST, FREE, LONGEST, Lockout, after_wrong, kept, seconds_after


@pytest.mark.parametrize(
    ("wrong", "seconds"),
    [
        (0, 0.0),
        (FREE - 1, 0.0),
        (FREE, FIRST),
        (FREE + 1, 2 * FIRST),
        (FREE + 5, 32 * FIRST),
        (FREE + 6, LONGEST),
        (10_000, LONGEST),
    ],
)
def test_so_long_do_wrong_attempts_lock(wrong: int, seconds: float) -> None:
    assert seconds_after(wrong) == seconds


def test_attempts_in_a_row_lock_from_the_moment_of_the_last() -> None:
    lockout = Lockout()
    for now in range(FREE):
        assert lockout.wait(now) == 0.0
        lockout = after_wrong(lockout, now)
    assert lockout.wait(FREE - 1) == FIRST
    assert lockout.wait(FREE - 1 + FIRST) == 0.0
    assert after_wrong(lockout, 1000.0).wait(1000.0) == 2 * FIRST


@pytest.mark.parametrize(
    ("left", "waits"),
    [
        (0.0, 0.0),
        (-5.0, 0.0),
        (30.0, 30.0),
        (1e12, LONGEST),
        (float("inf"), LONGEST),
        (float("nan"), LONGEST),
    ],
)
def test_a_restart_goes_on_with_what_was_left(left: float, waits: float) -> None:
    assert kept(7, left, 100.0).wait(100.0) == waits


def test_no_file_makes_a_count_that_frees() -> None:
    assert kept(-100, 0.0, 0.0).wrong == 0
