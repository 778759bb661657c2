"""The pose that five landmarks show: a turned head has one, a turned photograph none."""

from __future__ import annotations

from math import cos, pi, sin, tan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import Move
from edge.liveness import pose_of

NOSE_DEPTH = 0.44
HEAD = ((-0.5, 0.0, 0.0), (0.5, 0.0, 0.0), (0.0, 0.6, NOSE_DEPTH), (-0.4, 1.0, 0.0), (0.4, 1.0, 0.0))
FLAT = tuple((x, y, 0.0) for x, y, _ in HEAD)


def seen(points: tuple[tuple[float, float, float], ...], yaw: float, roll: float = 0.0, size: float = 60.0):  # type: ignore[no-untyped-def]
    """Five points as a far camera sees them: turned to their left by `yaw`, then held aslant by `roll`."""
    turn, slant = yaw * pi / 180, roll * pi / 180
    flat = [(x * cos(turn) + z * sin(turn), y) for x, y, z in points]
    return tuple(
        (
            320 + size * (x * cos(slant) - y * sin(slant)),
            240 + size * (x * sin(slant) + y * cos(slant)),
        )
        for x, y in flat
    )


@given(st.floats(-50, 50), st.floats(-60, 60), st.floats(5, 300))
def test_a_head_shows_its_turn_at_any_size_and_slant_and_a_photograph_shows_none(
    yaw: float, roll: float, size: float
) -> None:
    straight, turned = pose_of(seen(HEAD, 0, roll, size)), pose_of(seen(HEAD, yaw, roll, size))
    flat = pose_of(seen(FLAT, yaw, roll, size))
    assert straight is not None
    assert turned is not None
    assert flat is not None
    assert turned.moved(Move.TURN_LEFT, straight) == pytest.approx(NOSE_DEPTH * tan(yaw * pi / 180), abs=1e-6)
    assert turned.moved(Move.TURN_RIGHT, straight) == pytest.approx(-turned.moved(Move.TURN_LEFT, straight))
    assert flat.yaw == pytest.approx(0.0, abs=1e-6)


_numbers = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(st.tuples(_numbers, _numbers), max_size=6))
def test_any_points_make_a_pose_of_finite_numbers_or_none(points: list[tuple[float, float]]) -> None:
    pose = pose_of(tuple(points))
    assert pose is None or abs(pose.yaw) < float("inf")


@pytest.mark.parametrize(
    "points", [(), ((0.0, 0.0),) * 5, seen(HEAD, 0)[:4], tuple((x, -y) for x, y in seen(HEAD, 0))]
)
def test_what_is_no_face_has_no_pose(points: tuple[tuple[float, float], ...]) -> None:
    assert pose_of(points) is None
