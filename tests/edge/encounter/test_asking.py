"""What is said can be read: it holds, is not repeated, and does not flip with every frame."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.encounter import Asking
from edge.encounter.asking import AGAIN, HOLDS, MOST, MOST_WITHIN
from tests.examples import tried

RATE = 10


def asked(
    *strip: tuple[str, float], began: float = 0.0, asking: Asking | None = None
) -> list[tuple[str, float]]:
    """What is said and when, where each finding holds for so many seconds, at ten frames a second."""
    asking, now, said = asking or Asking(), began, []
    for missing, seconds in strip:
        for _ in range(round(seconds * RATE)):
            if asking.asks(began, missing, now, at_once=False):
                said.append((missing, round(now - began, 1)))
            now += 1.0 / RATE
    return said


def soon(at: float) -> float:
    """That moment, or the frame after it."""
    return pytest.approx(at, abs=1.1 / RATE)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("strip", "said"),
    [
        ([("pass", 0.2)], []),  # the next frames mend it
        ([("pass", 7.0)], [("pass", 0.3)]),
        ([("dark", 1.0), ("close", 5.0)], [("dark", 0.3), ("close", 1.8)]),  # it holds for 1.5 s
        ([("dark", 4.0), ("close", 0.5), ("dark", 4.0)], [("dark", 0.3)]),  # half a second replaces nothing
        ([("dark", 3.0), ("close", 3.0), ("dark", 3.0)], [("dark", 0.3), ("close", 3.7), ("dark", 6.7)]),
        ([("dark", 0.1), ("close", 0.1)] * 20, [("dark", 0.4)]),  # at a limit: one of both
        ([("dark", 0.1), ("close", 0.1), ("blurred", 0.1)] * 20, [("dark", 0.3)]),
        (
            [("a", 2.0), ("b", 2.0), ("c", 2.0), ("d", 4.5), ("e", 3.0)],
            [("a", 0.3), ("b", 2.7), ("c", 4.7), ("d", 10.4), ("e", 12.7)],  # three in ten seconds
        ),
    ],
)
def test_what_is_said_when(strip: list[tuple[str, float]], said: list[tuple[str, float]]) -> None:
    assert asked(*strip) == [(what, soon(at)) for what, at in said]


def test_what_was_decided_stays_to_be_read() -> None:
    asking = Asking()
    asking.said("welcome", 100.0)
    assert asked(("pass", 3.0), began=100.0, asking=asking) == [("pass", soon(HOLDS))]


def test_the_next_encounter_is_asked_for_the_same_after_a_while() -> None:
    asking = Asking()
    assert asked(("pass", 2.0), asking=asking) == [("pass", 0.3)]
    assert asked(("pass", 6.0), began=2.0, asking=asking) == [("pass", soon(AGAIN - 1.7))]


def test_others_whom_nobody_can_tell_apart_are_asked_for_the_same_after_a_while() -> None:
    """In the dark, one after another: it is one encounter, and perhaps somebody else who stands there."""

    def heard(second: set[int]) -> list[float]:
        asking, said = Asking(), []
        for number in range(8 * RATE):
            faces = frozenset({1} if number < 2 * RATE else second)
            if asking.asks(0.0, "dark", number / RATE, at_once=False, faces=faces):
                said.append(number / RATE)
        return said

    assert heard({1}) == [soon(0.3)]
    assert heard({1, 2}) == [soon(0.3)]
    assert heard({2}) == [soon(0.3), soon(0.3 + AGAIN)]


def test_a_move_is_asked_for_at_once_and_as_often_as_it_is_drawn() -> None:
    asking = Asking()
    moves = ["left", "look", "left", "left", "look", "right"]
    said = [move for at, move in enumerate(moves) if asking.asks(0.0, move, at / RATE, at_once=True)]
    assert said == ["left", "look", "left", "look", "right"]
    assert asking.prompts(0.0) == 5
    assert asking.prompts(1.0) == 0, "another encounter's are its own"


def test_the_same_move_twice_is_asked_for_twice() -> None:
    """Somebody who has turned, and is to turn again, would else wait for the gate as it waits for them."""
    asking = Asking()
    drawn = [(0, True), (0, False), (1, True), (1, False), (2, True)]
    for frame, (done, asked_for) in enumerate(drawn):
        assert asking.asks(0.0, "turn_left", frame / RATE, at_once=True, done=done) is asked_for


_findings = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.floats(0.02, 1.2), st.sampled_from([False] * 9 + [True])),
    max_size=120,
)


@settings(derandomize=True, max_examples=tried(200), deadline=None)
@given(_findings)
def test_whatever_is_found_nobody_is_asked_too_often(findings: list[tuple[str, float, bool]]) -> None:
    """`findings`: what is missing, for how long, and whether a new encounter begins with it."""
    asking, now, began = Asking(), 0.0, 0.0
    said: list[tuple[float, str]] = []
    for missing, gap, anew in findings:
        now += gap
        began = now if anew else began
        if asking.asks(began, missing, now, at_once=False):
            said.append((now, missing))
    assert all(later - earlier >= HOLDS for (earlier, _), (later, _) in pairwise(said))
    for place, (at, what) in enumerate(said):
        assert all(other != what or at - before >= AGAIN for before, other in said[:place])
        assert sum(at - before < MOST_WITHIN for before, _ in said[: place + 1]) <= MOST


@settings(derandomize=True, max_examples=tried(100), deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=RATE, max_size=5 * RATE))
def test_whatever_is_found_somebody_of_whom_something_is_missing_is_asked(findings: list[str]) -> None:
    """Frames that never agree are no reason for silence."""
    asking = Asking()
    assert any(
        asking.asks(0.0, missing, number / RATE, at_once=False) for number, missing in enumerate(findings)
    )
