"""How many of an act are usual in an hour."""

from __future__ import annotations

import pytest

from edge.staff.core.limits import HOUR, is_unusual, within_the_hour


@pytest.mark.parametrize(
    ("times", "usual", "unusual"),
    [
        ((), 1, False),
        ((0.0,), 1, True),
        ((-HOUR,), 1, False),  # an hour ago to the second: no more
        ((-HOUR + 0.1,), 1, True),
        ((-10.0, -5.0), 3, False),
        ((-10.0, -5.0, -1.0), 3, True),
        ((), 0, True),
    ],
)
def test_one_more_than_usual_in_the_last_hour_is_unusual(
    times: tuple[float, ...], usual: int, unusual: bool
) -> None:
    assert is_unusual(times, 0.0, usual) is unusual


def test_what_is_older_is_forgotten() -> None:
    assert within_the_hour((-2 * HOUR, -HOUR, -1.0, 0.0), 0.0) == (-1.0, 0.0)
