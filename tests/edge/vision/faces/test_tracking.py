"""Tracks: a face keeps its number while it is in view, and nobody else gets it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.vision.faces.tracking import Tracker, overlap
from edge.vision.reports import Box


def test_a_face_keeps_its_number_while_it_moves_and_loses_it_when_it_was_away() -> None:
    tracker = Tracker(0.4)
    [first] = tracker.follow([Box(100, 100, 80, 80)], 0.0)
    assert tracker.follow([Box(110, 105, 80, 80)], 0.2) == (first,)
    assert tracker.follow([], 0.5) == ()
    assert tracker.follow([Box(115, 105, 80, 80)], 0.9) == (first,), "a short blink is no departure"
    assert tracker.follow([Box(115, 105, 80, 80)], 2.5) != (first,)


HERE, THERE = Box(100, 100, 80, 80), Box(400, 100, 80, 80)
ANN, BOB = np.eye(4, dtype=np.float32)[:2]


def test_a_person_who_steps_into_anothers_place_is_another() -> None:
    tracker = Tracker(0.4)
    [first] = tracker.follow([HERE], 0.0)
    assert tracker.identify(first, ANN, 0.0) == first
    assert tracker.follow([HERE], 0.2) == (first,)
    second = tracker.identify(first, BOB, 0.2)
    assert second != first
    assert tracker.follow([HERE], 0.4) == (second,)


def test_a_known_face_that_was_lost_from_sight_goes_on_where_it_turns_up() -> None:
    tracker = Tracker(0.4)
    [first] = tracker.follow([HERE], 0.0)
    tracker.identify(first, ANN, 0.0)
    [jumped] = tracker.follow([THERE], 0.3)
    assert jumped != first
    assert tracker.identify(jumped, ANN, 0.3) == first
    assert tracker.follow([THERE], 0.5) == (first,)


def test_a_face_in_view_is_not_taken_for_its_neighbour() -> None:
    """Two pictures of one person at once (a poster behind them) stay two tracks."""
    tracker = Tracker(0.4)
    one, other = tracker.follow([HERE, THERE], 0.0)
    assert tracker.identify(one, ANN, 0.0) == one
    assert tracker.identify(other, ANN, 0.0) == other


_boxes = st.builds(Box, st.floats(0, 500), st.floats(0, 400), st.floats(5, 200), st.floats(5, 200))


@given(st.lists(st.lists(_boxes, max_size=5), max_size=20))
def test_no_two_faces_of_a_frame_share_a_number(frames: list[list[Box]]) -> None:
    tracker = Tracker(0.4)
    for place, boxes in enumerate(frames):
        numbers = tracker.follow(boxes, place * 0.1)
        assert len(set(numbers)) == len(boxes) == len(numbers)


@given(_boxes, _boxes)
def test_overlap_is_a_share_and_the_same_both_ways(one: Box, other: Box) -> None:
    assert 0.0 <= overlap(one, other) <= 1.0
    assert overlap(one, other) == pytest.approx(overlap(other, one))
    assert overlap(one, one) == pytest.approx(1.0)
