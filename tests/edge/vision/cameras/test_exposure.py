"""A camera is asked for more light while the face before it is dark, slowly and within bounds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from edge.vision.cameras.exposure import MOST_STOPS, FaceExposure

DARK, WELL, BRIGHT, NOBODY = 30.0, 110.0, 200.0, None


def played(*seen: tuple[float, float | None]) -> list[tuple[float, float]]:
    """When the bias changed, and to what: for the light on a face at some seconds."""
    exposure = FaceExposure()
    return [(now, exposure.stops) for now, light in seen if exposure.follow(light, now)]


@pytest.mark.parametrize(
    ("seen", "changes"),
    [
        ([(0.0, WELL), (9.0, WELL)], []),
        ([(0.0, DARK), (0.5, DARK), (1.0, DARK)], [(0.0, 0.5), (1.0, 1.0)]),
        ([(float(now), DARK) for now in range(9)], [(0, 0.5), (1, 1.0), (2, 1.5), (3, 2.0)]),
        ([(0.0, DARK), (1.0, WELL), (9.0, WELL)], [(0.0, 0.5)]),
        ([(0.0, DARK), (1.0, BRIGHT), (2.0, BRIGHT)], [(0.0, 0.5), (1.0, 0.0)]),
        ([(0.0, DARK), (1.0, NOBODY), (4.9, NOBODY), (5.0, NOBODY)], [(0.0, 0.5), (5.0, 0.0)]),
        ([(0.0, NOBODY), (60.0, NOBODY)], []),
    ],
    ids=["enough", "dark", "dark for long", "enough at last", "too much", "gone", "nobody ever"],
)
def test_the_bias_follows_the_light_on_the_face(
    seen: list[tuple[float, float | None]], changes: list[tuple[float, float]]
) -> None:
    assert played(*seen) == changes


@given(some.lists(some.tuples(some.floats(0.0, 2.0), some.none() | some.floats(0.0, 255.0)), max_size=60))
def test_whatever_is_seen_the_bias_is_bounded_and_never_changes_twice_a_second(
    steps: list[tuple[float, float | None]],
) -> None:
    now, seen = 0.0, []
    for step, light in steps:
        now += step
        seen.append((now, light))
    changes = played(*seen)
    assert all(0.0 <= stops <= MOST_STOPS for _, stops in changes)
    assert all(later - earlier >= 1.0 for (earlier, _), (later, _) in pairwise(changes))


@given(some.floats(0.5, 4.0))
def test_a_camera_that_answers_is_left_in_peace(dark_by: float) -> None:
    """Against a scene that is so many stops too dark the bias comes to rest, and does not swing."""
    exposure, changes = FaceExposure(), []
    for tenth in range(300):
        light = min(255.0, 110.0 * 2.0 ** ((exposure.stops - dark_by) / 2.2))
        if exposure.follow(light, tenth / 10.0):
            changes.append(exposure.stops)
    assert changes == sorted(changes)
    assert len(changes) <= 4
