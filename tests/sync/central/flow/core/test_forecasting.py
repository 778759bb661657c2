"""When a limit will be reached: the rate is robust, the band holds four in five, the error is measured."""

from __future__ import annotations

from random import Random

import pytest

from sync.central.flow.core.forecasting import HORIZON, WINDOW, Error, error_of, forecast, robust_rate


@pytest.mark.parametrize(
    ("nets", "rate"),
    [
        ([], 0.0),
        ([5], 5.0),
        ([4] * 20, 4.0),
        ([4] * 9 + [90] + [4] * 10, 4.0),  # a coach
        ([4] * 15 + [0, 8, 4, 0, 8], 4.0),  # what came a minute late
        ([-3] * 20, -3.0),
    ],
)
def test_the_rate_is_that_of_most_minutes(nets: list[int], rate: float) -> None:
    assert robust_rate(nets) == pytest.approx(rate, abs=0.3)


@pytest.mark.parametrize(
    ("inside", "nets", "expected"),
    [
        (4_900, [10] * WINDOW, 10),
        (4_999, [1] * WINDOW, 1),
        (5_000, [1] * WINDOW, 0),
        (4_900, [0] * WINDOW, None),
        (4_900, [-5] * WINDOW, None),
        (100, [10] * WINDOW, None),  # later than anybody can tell
        (4_900, [], None),
    ],
)
def test_the_limit_is_expected_at_the_present_rate(
    inside: int, nets: list[int], expected: int | None
) -> None:
    found = forecast(inside, nets, (), 5_000)
    assert found.expected == expected
    assert len(found.line) == len(found.low) == len(found.high) == HORIZON
    assert all(low <= line <= high for low, line, high in zip(found.low, found.line, found.high, strict=True))


def test_what_the_same_weekday_did_bends_the_line() -> None:
    fills = forecast(4_000, [10] * WINDOW, [10.0] * (WINDOW + HORIZON), 5_000)
    closes = forecast(4_000, [10] * WINDOW, [10.0] * WINDOW + [10.0] * 30 + [-20.0] * 90, 5_000)
    busier = forecast(4_000, [20] * WINDOW, [10.0] * (WINDOW + HORIZON), 5_000)
    assert fills.expected == 100
    assert closes.expected is None, "at this hour people begin to leave"
    assert busier.expected is not None
    assert 50 < busier.expected < 100, "twice as many as usual come, but that fades"


def test_four_in_five_come_within_the_band() -> None:
    random, within, asked = Random(20), 0, 0
    for _ in range(300):
        rate = random.uniform(3, 15)
        arrivals = [round(random.gauss(rate, 1.3 * rate**0.5)) for _ in range(WINDOW + HORIZON)]
        inside = 1_000
        found = forecast(inside, arrivals[:WINDOW], (), inside + round(30 * rate))
        people, reached = inside, None
        for minute, net in enumerate(arrivals[WINDOW:], 1):
            people += net
            if people >= found.limit:
                reached = minute
                break
        assert found.earliest is not None
        assert reached is not None
        asked += 1
        within += found.earliest <= reached <= (found.latest or HORIZON)
    assert 0.7 <= within / asked <= 0.95


def test_the_error_is_what_came_against_what_was_expected() -> None:
    assert error_of([]) is None
    assert error_of([(10, None)]) is None
    said = [(10, 10 + off) for off in (0, 1, 2, 3, 4, -4, 5, 6, -11, 30)]
    assert error_of([*said, (10, None)]) == Error(10, 4, 11, 1)
