"""Turns of the head that the gate asks for: told as people, photographs and videos before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import ChallengeState, LivenessMode, LivenessRule, Move
from edge.liveness import HeadPose
from edge.liveness.challenge import REACHED, Challenge, step

RULE = LivenessRule(mode=LivenessMode.ACTIVE, moves=2, attempts=2, seconds=4.0)
STEP = 0.1
LEFT, RIGHT = Move.TURN_LEFT, Move.TURN_RIGHT

Act = Callable[[Move | None, float, float], float]
"""From the move asked for, for how long it has been (s) and the time (s) to how far the head is turned."""


def drawn(*moves: Move) -> Callable[[Sequence[Move]], Move]:
    """Draws `moves` in their order, over and over."""
    left: list[Move] = []

    def choose(_: Sequence[Move]) -> Move:
        left.extend(moves if not left else ())
        return left.pop(0)

    return choose


def after(
    act: Act, *moves: Move, rule: LivenessRule = RULE, known: bool = True, limit: float = 60.0
) -> Challenge:
    """Show `act` to the gate until it has made up its mind."""
    challenge, asked, since, now, choose = Challenge(), None, 0.0, 0.0, drawn(*moves)
    while not challenge.over and now < limit:
        pose = HeadPose(act(asked, now - since, now))
        challenge = step(challenge, pose, now, rule, choose, known=known)
        if challenge.asked is not asked:
            asked, since = challenge.asked, now
        now += STEP
    return challenge


def obedient(asked: Move | None, since: float, _: float) -> float:
    """Half a second to understand, then a turn by 35 degrees."""
    far = 0.3 * min(1.0, max(0.0, since - 0.5) / 0.3)
    return {LEFT: far, RIGHT: -far, None: 0.0}[asked]


@dataclass(frozen=True)
class Video:
    """Somebody who turned left and right in turn, once; whatever is asked."""

    first: int = 1
    pause: float = 1.0

    def __call__(self, asked: Move | None, since: float, now: float) -> float:
        del asked, since
        turn, into = divmod(now, 2.0 * self.pause)
        way = self.first * (1 if int(turn) % 2 == 0 else -1)
        return 0.3 * way if into > self.pause else 0.0


@pytest.mark.parametrize("moves", list(product(Move, repeat=2)))
def test_anyone_who_does_what_is_asked_passes(moves: tuple[Move, ...]) -> None:
    challenge = after(obedient, *moves)
    assert (challenge.state, challenge.attempts) == (ChallengeState.PASSED, 0)


NOT_THERE: dict[str, Act] = {
    "a photograph held still": lambda *_: 0.0,
    "one that looks aside from the start": lambda *_: 0.35,
    "a face that turns the other way": lambda *seen: -obedient(*seen),
    "one that turns as it is asked, before anybody could": lambda asked, *_: {
        LEFT: 0.3,
        RIGHT: -0.3,
        None: 0.0,
    }[asked],
    "one that only begins to turn": lambda *seen: 0.4 * obedient(*seen),
    "a head that never holds still": lambda _asked, _since, now: 0.19 if int(now * 10) % 2 else 0.0,
}


@pytest.mark.parametrize("what", NOT_THERE)
def test_what_does_not_do_it_fails_after_two_attempts(what: str) -> None:
    challenge = after(NOT_THERE[what], LEFT, RIGHT)
    assert (challenge.state, challenge.attempts) == (ChallengeState.FAILED, 2)


def test_a_second_attempt_may_succeed_and_draws_anew() -> None:
    def late(asked: Move | None, since: float, now: float) -> float:
        return obedient(asked, since, now) if now > 6.0 else 0.0

    challenge = after(late, LEFT, LEFT, RIGHT, LEFT)
    assert (challenge.state, challenge.attempts) == (ChallengeState.PASSED, 1)
    assert challenge.moves == (RIGHT, LEFT)


@pytest.mark.parametrize("video", [Video(1), Video(-1), Video(1, 0.7), Video(-1, 1.6)])
def test_a_video_passes_by_luck_only(video: Video) -> None:
    """Over all draws of three turns and two attempts: no more often than two guesses of one in eight."""
    rule = LivenessRule(mode=LivenessMode.ACTIVE)
    draws = list(product(Move, repeat=2 * rule.moves))
    passed = [after(video, *draw, rule=rule).state is ChallengeState.PASSED for draw in draws]
    assert sum(passed) <= len(draws) * (1 - (7 / 8) ** 2)


@pytest.mark.parametrize("turned", [False, True], ids=["while it is asked", "between two turns"])
def test_a_face_that_was_away_has_to_begin_again(turned: bool) -> None:
    choose = drawn(LEFT)
    challenge, now = Challenge(), 0.0
    for turn in (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, *((0.3, 0.0) if turned else ())):
        challenge = step(challenge, HeadPose(turn), now, RULE, choose, known=True)
        now += STEP
    assert (challenge.done, challenge.attempts) == (int(turned), 0)
    challenge = step(challenge, HeadPose(0.0), now + 0.7, RULE, choose, known=True)
    assert (challenge.state, challenge.attempts, challenge.done) == (ChallengeState.WAITING, 1, 0)


@pytest.mark.parametrize(("embedded_ago", "done"), [(None, 0), (0.0, 1), (0.4, 1), (0.6, 0)])
def test_a_turn_counts_only_soon_after_the_face_was_seen_to_be_the_same(
    embedded_ago: float | None, done: int
) -> None:
    challenge, choose = Challenge(), drawn(LEFT)
    for number in range(13):
        known = embedded_ago is not None and number == 12 - round(embedded_ago / STEP)
        pose = HeadPose(0.3 if number == 12 else 0.0)
        challenge = step(challenge, pose, number * STEP, RULE, choose, known=known)
    assert challenge.done == done


_poses = st.none() | st.builds(HeadPose, st.floats(-1, 1))
_small = st.builds(HeadPose, st.floats(-REACHED / 2.01, REACHED / 2.01))
_frames = st.tuples(st.floats(0.0, 1.5), st.booleans())


@given(st.lists(st.tuples(_poses, _frames), max_size=120), st.randoms(use_true_random=False))
def test_no_strip_of_frames_gets_more_attempts_or_unmakes_a_verdict(
    strip: list[tuple[HeadPose | None, tuple[float, bool]]], chance: object
) -> None:
    challenge, now = Challenge(), 0.0
    for pose, (passed, known) in strip:
        before, now = challenge, now + passed
        challenge = step(challenge, pose, now, RULE, chance.choice, known=known)  # type: ignore[attr-defined]
        assert challenge.attempts <= RULE.attempts
        assert not before.over or challenge == before
        assert challenge.state is not ChallengeState.PASSED or challenge.done == RULE.moves
        assert challenge.state is not ChallengeState.PASSED or challenge.known is not None


@given(st.lists(st.tuples(_small, _frames), max_size=120), st.randoms(use_true_random=False))
def test_no_head_that_hardly_moves_ever_passes(
    strip: list[tuple[HeadPose, tuple[float, bool]]], chance: object
) -> None:
    challenge, now = Challenge(), 0.0
    for pose, (passed, known) in strip:
        now += passed
        challenge = step(challenge, pose, now, RULE, chance.choice, known=known)  # type: ignore[attr-defined]
        assert challenge.done == 0


def test_asking_comes_to_an_end_in_bounded_time() -> None:
    def slow(asked: Move | None, since: float, now: float) -> float:
        """Answers everything at the last moment, and then fails the last move."""
        return obedient(asked, since - 3.0, now)

    rule = LivenessRule(mode=LivenessMode.ACTIVE, seconds=4.0)
    challenge = after(slow, LEFT, rule=rule, limit=rule.attempts * rule.moves * 2 * rule.seconds)
    assert challenge.over
