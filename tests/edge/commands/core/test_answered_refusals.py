"""How many refusals of genuine commands are answered: one a command, and a limited number a minute."""

from __future__ import annotations

import pytest

from edge.commands.core import Refusals
from edge.commands.core.answered_refusals import MOST_A_MINUTE


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def refusals(clock: Clock) -> Refusals:
    return Refusals(clock)


def nonce(number: int) -> bytes:
    return number.to_bytes(16, "big")


def test_a_replayed_command_is_answered_once_within_a_minute(refusals: Refusals, clock: Clock) -> None:
    assert refusals.is_first(nonce(1))
    clock.now += 59.9
    assert not refusals.is_first(nonce(1))
    clock.now += 0.1
    assert refusals.is_first(nonce(1)), "the minute counts from the answer, not from the replay"


def test_many_different_commands_are_limited_and_the_limit_passes(refusals: Refusals, clock: Clock) -> None:
    answered = sum(refusals.is_first(nonce(number)) for number in range(10 * MOST_A_MINUTE))
    assert answered == MOST_A_MINUTE
    clock.now += 60.0
    assert refusals.is_first(nonce(10_000))


def test_a_flood_never_keeps_more_than_the_limit_answered_in_any_minute(
    refusals: Refusals, clock: Clock
) -> None:
    answers = []
    for number in range(3_000):
        clock.now += 0.1
        if refusals.is_first(nonce(number)):
            answers.append(clock.now)
    assert max(sum(0 <= last - at < 59.99 for at in answers) for last in answers) == MOST_A_MINUTE
