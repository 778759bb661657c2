"""How long a connection pauses before the next try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.transport.core import LONGEST_AFTER_TAKEOVER, Ending, Pauses, pause_before
from sync.transport.core.pacing import FIRST_PAUSE, pause_after_takeover


def test_a_takeover_is_answered_by_ever_longer_pauses_however_often_the_other_end_proves_itself() -> None:
    pauses, now = Pauses(longest=1.0), []
    for _ in range(9):
        pauses.note_answer()
        now.append(pauses.next_pause(Ending.TAKEN_OVER, 0.0))
    assert now == [2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 150.0, 150.0, 150.0]
    pauses.note_uptime(299.0)
    assert pauses.takeovers == 9, "anyone who shares the identity may still be pausing"
    pauses.note_uptime(301.0)
    assert pauses.next_pause(Ending.TAKEN_OVER, 0.99) < 5.0
    assert pauses.next_pause(Ending.LOST, 0.99) < 1.0, "the network's faults are none of it"


def test_who_was_not_answered_is_more_patient_with_the_next_handshake_up_to_a_bound() -> None:
    """What a broker did for a try that is given up is lost: thousands that come back at once would starve."""
    pauses, now = Pauses(60.0, nodes=2), []
    for _ in range(8):
        now.append(pauses.patience(10.0))
        pauses.next_pause(Ending.LATE, 0.5)
    assert now == [10.0, 10.0, 20.0, 20.0, 40.0, 40.0, 40.0, 40.0], "each node has a short first try"
    pauses.note_answer()
    assert pauses.patience(10.0) == 10.0


@given(st.integers(0, 10_000), st.floats(0.0, 1.0, exclude_max=True), st.floats(1.0, 3_600.0))
def test_a_pause_doubles_up_to_the_longest_and_nine_tenths_of_it_are_chance(
    attempt: int, chance: float, longest: float
) -> None:
    span = min(longest, FIRST_PAUSE * 2.0 ** min(attempt, 16))
    assert 0.1 * span <= pause_before(attempt, chance, longest=longest) <= span
    assert pause_before(attempt, 0.0, longest=longest) == pytest.approx(0.1 * span)


@given(st.integers(1, 10_000), st.floats(0.0, 1.0, exclude_max=True))
def test_after_a_takeover_at_least_half_of_the_span_is_waited(takeover: int, chance: float) -> None:
    span = min(LONGEST_AFTER_TAKEOVER, 5.0 * 2.0 ** min(takeover - 1, 16))
    assert span / 2 <= pause_after_takeover(takeover, chance) <= span


def test_an_answer_makes_the_next_pause_short_again() -> None:
    pauses = Pauses(longest=60.0)
    assert [pauses.next_pause(Ending.LOST, 0.0) for _ in range(4)] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    pauses.note_answer()
    assert pauses.attempts == 0
    assert pauses.next_pause(Ending.LOST, 0.0) == pytest.approx(0.1)
