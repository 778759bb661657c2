"""A token bucket: the rate holds over any time, with a burst, and an overdraft is paid back by waiting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.support.bucket import Bucket


def test_a_burst_then_the_rate() -> None:
    bucket = Bucket(10, seconds_saved=2)
    for _ in range(20):
        assert bucket.wait(0.0) == 0.0
        bucket.take(1)
    assert 0.0 < bucket.wait(0.0) < 0.01
    assert bucket.wait(0.1) == 0.0


def test_an_overdraft_is_waited_for() -> None:
    bucket = Bucket(10, seconds_saved=2)
    assert bucket.wait(0.0) == 0.0
    bucket.take(50)
    assert bucket.wait(0.0) == pytest.approx(3.0, abs=0.01)
    assert bucket.wait(2.0) == pytest.approx(1.0, abs=0.01)
    assert bucket.wait(3.1) == 0.0


def test_no_more_is_saved_than_the_burst() -> None:
    bucket = Bucket(10, seconds_saved=2)
    bucket.wait(0.0)
    assert bucket.wait(1_000.0) == 0.0
    bucket.take(21)
    assert bucket.wait(1_000.0) > 0.0


def test_without_a_rate_nothing_waits() -> None:
    bucket = Bucket(0)
    bucket.take(1_000_000)
    assert bucket.wait(0.0) == 0.0


@given(st.lists(st.integers(1, 100), min_size=1, max_size=50))
def test_never_more_than_the_burst_and_the_rate_allow(sizes: list[int]) -> None:
    bucket, now, sent = Bucket(50, seconds_saved=2), 0.0, 0
    for size in sizes:
        now += bucket.wait(now)
        assert bucket.wait(now) == 0.0
        assert sent <= 100 + 50 * now + 1e-3, "before the last one, which may overdraw"
        bucket.take(size)
        sent += size
