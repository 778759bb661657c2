"""Challenges: asked for by many, out for five minutes, echoed once."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edge.commands.core import Challenges
from edge.commands.core.challenges import LIFETIME
from tests.examples import tried


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def challenges(clock: Clock) -> Challenges:
    numbers = count()
    return Challenges(clock, lambda: next(numbers).to_bytes(16, "big"))


def test_a_challenge_is_echoed_once(challenges: Challenges) -> None:
    out = challenges.ask()
    assert [challenges.use(out), challenges.use(out)] == [True, False]
    assert challenges.ask() != out


@pytest.mark.parametrize(("after", "counts"), [(0.0, True), (LIFETIME - 0.1, True), (LIFETIME, False)])
def test_a_challenge_may_be_echoed_for_five_minutes(
    challenges: Challenges, clock: Clock, after: float, *, counts: bool
) -> None:
    out = challenges.ask()
    clock.now += after
    assert challenges.use(out) is counts


@pytest.mark.parametrize(("after", "same"), [(0.0, True), (LIFETIME / 2, True), (LIFETIME / 2 + 0.1, False)])
def test_who_asks_gets_the_one_that_is_out_while_half_of_its_time_is_left(
    challenges: Challenges, clock: Clock, after: float, *, same: bool
) -> None:
    out = challenges.ask()
    clock.now += after
    assert (challenges.ask() == out) is same
    assert challenges.use(out), "the earlier one counts until it lapses"


def test_one_that_was_never_given_out_does_not_count(challenges: Challenges) -> None:
    challenges.ask()
    assert not challenges.use(b"\xff" * 16)


class Asking(RuleBasedStateMachine):
    """However many ask, and however long it goes on: few are made, and few are out."""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.made, self.used = Clock(), 0, 0
        self.began = self.clock.now
        self.challenges = Challenges(self.clock, self.make)

    def make(self) -> bytes:
        self.made += 1
        return self.made.to_bytes(16, "big")

    @rule()
    def asked(self) -> None:
        self.challenges.ask()

    @rule()
    def echoed(self) -> None:
        self.used += self.challenges.use(self.challenges.ask())

    @rule(seconds=st.floats(0.0, 400.0))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def few(self) -> None:
        assert len(self.challenges._made) <= 2
        assert self.made <= self.used + 1 + (self.clock.now - self.began) / (LIFETIME / 2)


Asking.TestCase.settings = settings(max_examples=tried(30), stateful_step_count=30, deadline=None)
TestAsking = Asking.TestCase
