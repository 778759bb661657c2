"""Moves of head and eyes that the gate asks for: told as people, photographs and videos before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import ChallengeState, LivenessMode, LivenessRule, Move
from edge.liveness import HeadPose
from edge.liveness.challenge import REACHED, Challenge, TrackFrame, step
from edge.liveness.challenge import drawn as moves_of
from edge.liveness.eyes import SHUT, Eyes

RULE = LivenessRule(mode=LivenessMode.ACTIVE, moves=2, attempts=2, seconds=4.0)
STEP = 0.1
LEFT, RIGHT, EYES = Move.TURN_LEFT, Move.TURN_RIGHT, Move.CLOSE_EYES
TURNS = (LEFT, RIGHT)
OPEN = 0.3
"""The eye aspect ratio of open eyes."""

Act = Callable[[Move | None, float, float], float]
"""From the move asked for, for how long it has been (s) and the time (s) to how far the head is turned."""
Eyelids = Callable[[Move | None, float, float], float | None]
"""The same, to the eye aspect ratio; None: it is not measured."""


def not_measured(*_: object) -> None:
    """A gate without the mesh."""


def drawn(*moves: Move) -> Callable[[Sequence[Move]], Move]:
    """Draws `moves` in their order, over and over; none that is not among those to draw from."""
    left: list[Move] = []

    def choose(among: Sequence[Move]) -> Move:
        if not any(move in among for move in left):
            left.extend(moves)
        return next(left.pop(index) for index, move in enumerate(left) if move in among)

    return choose


def after(
    act: Act,
    *moves: Move,
    eyelids: Eyelids = not_measured,
    rule: LivenessRule = RULE,
    known: bool = True,
    measured: bool = True,
    limit: float = 60.0,
) -> Challenge:
    """Show `act` to the gate until it has made up its mind."""
    challenge, asked, since, now, choose, eyes = Challenge(), None, 0.0, 0.0, drawn(*moves), Eyes()
    while not challenge.over and now < limit:
        ratio = eyelids(asked, now - since, now)
        eyes = eyes.after(ratio)
        pose = HeadPose(act(asked, now - since, now))
        frame = TrackFrame(now, pose, known, eyes.usual is not None, eyes.openness(ratio), measured=measured)
        challenge = step(challenge, frame, rule, choose)
        if challenge.asked is not asked:
            asked, since = challenge.asked, now
        now += STEP
    return challenge


def obedient(asked: Move | None, since: float, _: float) -> float:
    """Half a second to understand, then a turn by 35 degrees."""
    far = 0.3 * min(1.0, max(0.0, since - 0.5) / 0.3)
    return {LEFT: far, RIGHT: -far, EYES: 0.0, None: 0.0}[asked]


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


@pytest.mark.parametrize("moves", list(product(TURNS, repeat=2)))
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
    draws = list(product(TURNS, repeat=2 * rule.moves))
    passed = [after(video, *draw, rule=rule).state is ChallengeState.PASSED for draw in draws]
    assert sum(passed) <= len(draws) * (1 - (7 / 8) ** 2)


@pytest.mark.parametrize("turned", [False, True], ids=["while it is asked", "between two turns"])
def test_a_face_that_was_away_has_to_begin_again(turned: bool) -> None:
    choose = drawn(LEFT)
    challenge, now = Challenge(), 0.0
    for turn in (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, *((0.3, 0.0) if turned else ())):
        challenge = step(challenge, TrackFrame(now, HeadPose(turn), known=True), RULE, choose)
        now += STEP
    assert (challenge.done, challenge.attempts) == (int(turned), 0)
    challenge = step(challenge, TrackFrame(now + 0.7, HeadPose(0.0), known=True), RULE, choose)
    assert (challenge.state, challenge.attempts, challenge.done) == (ChallengeState.WAITING, 1, 0)


@pytest.mark.parametrize(("embedded_ago", "done"), [(None, 0), (0.0, 1), (0.4, 1), (0.6, 0)])
def test_a_turn_counts_only_soon_after_the_face_was_seen_to_be_the_same(
    embedded_ago: float | None, done: int
) -> None:
    challenge, choose = Challenge(), drawn(LEFT)
    for number in range(13):
        known = embedded_ago is not None and number == 12 - round(embedded_ago / STEP)
        pose = HeadPose(0.3 if number == 12 else 0.0)
        challenge = step(challenge, TrackFrame(number * STEP, pose, known), RULE, choose)
    assert challenge.done == done


_poses = st.none() | st.builds(HeadPose, st.floats(-1, 1))
_small = st.builds(HeadPose, st.floats(-REACHED / 2.01, REACHED / 2.01))
_openness = st.none() | st.floats(0.0, 2.0)
_open = st.none() | st.floats(SHUT, 2.0)
_frames = st.tuples(st.floats(0.0, 1.5), st.booleans())


@given(st.lists(st.tuples(_poses, _openness, _frames), max_size=120), st.randoms(use_true_random=False))
def test_no_strip_of_frames_gets_more_attempts_or_unmakes_a_verdict(
    strip: list[tuple[HeadPose | None, float | None, tuple[float, bool]]], chance: Random
) -> None:
    challenge, now = Challenge(), 0.0
    for pose, openness, (passed, known) in strip:
        before, now = challenge, now + passed
        challenge = step(
            challenge, TrackFrame(now, pose, known, openness is not None, openness), RULE, chance.choice
        )
        assert challenge.attempts <= RULE.attempts
        assert not before.over or challenge == before
        assert challenge.state is not ChallengeState.PASSED or challenge.done == len(challenge.moves)
        assert challenge.state is not ChallengeState.PASSED or challenge.known is not None


@given(st.lists(st.tuples(_small, _open, _frames), max_size=120), st.randoms(use_true_random=False))
def test_no_head_that_hardly_moves_and_keeps_its_eyes_open_ever_passes(
    strip: list[tuple[HeadPose, float | None, tuple[float, bool]]], chance: Random
) -> None:
    challenge, now = Challenge(), 0.0
    for pose, openness, (passed, known) in strip:
        now += passed
        challenge = step(
            challenge, TrackFrame(now, pose, known, openness is not None, openness), RULE, chance.choice
        )
        assert challenge.done == 0


def test_asking_comes_to_an_end_in_bounded_time() -> None:
    def slow(asked: Move | None, since: float, now: float) -> float:
        """Answers everything at the last moment, and then fails the last move."""
        return obedient(asked, since - 3.0, now)

    rule = LivenessRule(mode=LivenessMode.ACTIVE, seconds=4.0)
    challenge = after(slow, LEFT, rule=rule, limit=rule.attempts * rule.moves * 2 * rule.seconds)
    assert challenge.over


# --- eyes ----------------------------------------------------------------------------------------


def blinking(usual: float = OPEN, shut: float = 0.2, lasting: float = 0.5) -> Eyelids:
    """Somebody who closes their eyes when they are asked to, to a share of how open they are usually."""

    def eyelids(asked: Move | None, since: float, _: float) -> float:
        return usual * (shut if asked is EYES and 0.6 <= since < 0.6 + lasting else 1.0)

    return eyelids


def glaring(asked: Move | None, since: float, now: float) -> float | None:
    """The same behind glasses: in every third frame, later on, the mesh sees nothing of the eyes."""
    return None if now > 0.5 and round(now / STEP) % 3 == 0 else blinking()(asked, since, now)


@pytest.mark.parametrize(
    ("who", "eyelids"),
    [
        ("anyone", blinking()),
        ("narrow eyes", blinking(usual=0.12)),
        ("wide eyes", blinking(usual=0.5)),
        ("a short blink: two frames", blinking(lasting=0.2)),
        ("eyes shut for a second and a half", blinking(lasting=1.5)),
        ("eyelids that do not close quite", blinking(shut=0.45)),
        ("glasses that glare", glaring),
    ],
)
def test_anyone_who_closes_their_eyes_and_opens_them_passes(who: str, eyelids: Eyelids) -> None:
    challenge = after(obedient, EYES, LEFT, eyelids=eyelids)
    assert (challenge.state, challenge.moves) == (ChallengeState.PASSED, (EYES, LEFT)), who


NOT_CLOSED: dict[str, Eyelids] = {
    "a photograph held still": lambda *_: OPEN,
    "a photograph of shut eyes": lambda _asked, _since, now: 0.03 + 0.02 * (round(now / STEP) % 4 // 2),
    "a photograph that trembles": lambda _asked, _since, now: OPEN * (0.6 if round(now / STEP) % 3 else 1.0),
    "one frame in which the mesh errs": lambda asked, since, _: (
        OPEN * (0.1 if asked is EYES and 1.0 <= since < 1.05 else 1.0)
    ),
    "eyes that look down when asked": lambda asked, *_: OPEN * (0.6 if asked is EYES else 1.0),
    "eyes that nobody measures any more": lambda asked, *_: None if asked is EYES else OPEN,
    "a blink before anybody could answer": lambda asked, since, _: (
        OPEN * (0.1 if asked is EYES and since < 0.24 else 1.0)
    ),
}


@pytest.mark.parametrize("what", NOT_CLOSED)
def test_what_does_not_close_its_eyes_fails(what: str) -> None:
    still: Act = lambda *_: 0.0  # noqa: E731 - as the others
    challenge = after(still, EYES, LEFT, eyelids=NOT_CLOSED[what])
    assert (challenge.state, challenge.done) == (ChallengeState.FAILED, 0)


def test_a_turn_while_the_eyes_are_asked_for_ends_the_attempt() -> None:
    """A video that goes on turning, and blinks."""
    turning: Act = lambda _asked, _since, now: 0.3 if now > 1.0 else 0.0  # noqa: E731 - as the others
    challenge = after(turning, EYES, LEFT, eyelids=blinking())
    assert (challenge.state, challenge.done) == (ChallengeState.FAILED, 0)


def cannot_turn(*_: object) -> float:
    return 0.0


def cannot_close(*_: object) -> float:
    return OPEN


def test_who_cannot_turn_is_asked_to_close_their_eyes_twice() -> None:
    challenge = after(cannot_turn, LEFT, RIGHT, eyelids=blinking())
    assert (challenge.state, challenge.attempts) == (ChallengeState.PASSED, 1)
    assert challenge.moves == (EYES, EYES)


@pytest.mark.parametrize("every", [1.0, 2.0, 3.5])
@pytest.mark.parametrize("moves", [moves for moves in product(Move, repeat=3) if moves.count(EYES) == 1])
def test_without_nets_no_film_that_only_blinks_passes(moves: tuple[Move, ...], every: float) -> None:
    """Nothing else judges it there: it must not come to an attempt of closings by turning wrongly first."""
    rule = LivenessRule(mode=LivenessMode.PASSIVE)
    blinks: Eyelids = lambda _asked, _since, now: OPEN * (0.1 if now % every < 0.25 else 1.0)  # noqa: E731
    challenge = after(cannot_turn, *moves, *moves, eyelids=blinks, rule=rule, measured=False)
    assert (challenge.state, challenge.attempts) == (ChallengeState.FAILED, 2)


def test_who_turns_and_does_not_close_their_eyes_shows_a_pass() -> None:
    """So does a bent photograph that is turned. Who cannot close their eyes has the pass, or the staff."""
    challenge = after(obedient, EYES, LEFT, RIGHT, EYES, eyelids=cannot_close)
    assert (challenge.state, challenge.attempts) == (ChallengeState.FAILED, 2)


def test_who_can_do_neither_is_told_so_after_two_attempts_and_shows_a_pass() -> None:
    challenge = after(cannot_turn, LEFT, RIGHT, eyelids=cannot_close)
    assert (challenge.state, challenge.attempts) == (ChallengeState.FAILED, 2)


@given(
    st.integers(1, 5),
    st.sampled_from([None, *Move]),
    st.booleans(),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_what_is_drawn(count: int, missed: Move | None, eyes: bool, measured: bool, chance: Random) -> None:
    moves = moves_of(count, missed, chance.choice, eyes=eyes, measured=measured)
    closings = moves.count(EYES)
    assert 1 <= len(moves) <= count
    assert closings <= 2, "never a third time"
    assert eyes or closings == 0, "only what can be measured"
    if missed is None or not measured:
        assert len(moves) == count
        assert count == 1 or closings <= count // 2, "a video blinks by itself: turns are most of it"
    assert closings >= eyes, "no photograph does without"
    if eyes and measured and missed in TURNS:
        assert closings == len(moves), "another kind"


@given(st.integers(2, 5))
def test_every_order_of_what_may_be_asked_can_be_drawn(count: int) -> None:
    seen = set()
    for chosen in product(Move, repeat=count):
        with suppress(StopIteration):  # more closings than are asked for
            seen.add(moves_of(count, None, drawn(*chosen), eyes=True, measured=False))
    assert seen == {
        moves for moves in product(Move, repeat=count) if 1 <= moves.count(EYES) <= max(1, count // 2)
    }


_ratios = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(st.none() | _ratios, max_size=60))
def test_any_ratios_make_a_finite_openness_or_none(ratios: list[float | None]) -> None:
    eyes = Eyes()
    for ratio in ratios:
        eyes = eyes.after(ratio)
        openness = eyes.openness(ratio)
        assert openness is None or 0.0 <= openness < float("inf")


@given(st.floats(0.08, 0.6), st.lists(st.floats(0.72, 1.3), min_size=5, max_size=80))
def test_a_trembling_photograph_never_shuts_its_eyes(usual: float, trembling: list[float]) -> None:
    """By any jitter of the mesh that is not half of what it measures."""
    eyes = Eyes()
    for share in trembling:
        eyes = eyes.after(usual * share)
        openness = eyes.openness(usual * share)
        assert openness is None or openness >= SHUT


@given(st.floats(0.08, 0.6), st.floats(0.05, 3.0))
def test_eyes_are_held_against_themselves(usual: float, larger: float) -> None:
    """The same lids by a mesh that measures everything larger or smaller are as open."""
    lids = [1.0, 0.9, 1.1, 1.0, 1.0, 0.2, 0.2, 1.0]
    one, other = Eyes(), Eyes()
    for lid in lids:
        one, other = one.after(usual * lid), other.after(usual * larger * lid)
    if one.usual is not None and other.usual is not None:
        assert one.openness(usual * 0.2) == pytest.approx(other.openness(usual * larger * 0.2))


OPENED, SHUT_LIDS, HIDDEN, UNSEEN = "open", "shut", "hidden", "unseen"
_SHOWN = {OPENED: (1.0, False), SHUT_LIDS: (0.2, False), HIDDEN: (None, True), UNSEEN: (None, False)}


@pytest.mark.parametrize(
    ("strip", "closed"),
    [
        ((OPENED, SHUT_LIDS, SHUT_LIDS, OPENED), True),
        ((OPENED, SHUT_LIDS, UNSEEN, SHUT_LIDS, OPENED), True),  # glasses that glare
        ((OPENED, SHUT_LIDS, OPENED), False),
        ((OPENED, SHUT_LIDS, SHUT_LIDS), False),
        ((SHUT_LIDS, SHUT_LIDS, OPENED), False),  # never seen open
        # A finger that is drawn over the eyes of a picture: the mesh sees them shut at its edges.
        ((OPENED, SHUT_LIDS, SHUT_LIDS, HIDDEN, OPENED), False),
        ((OPENED, HIDDEN, SHUT_LIDS, SHUT_LIDS, OPENED), False),
        ((OPENED, SHUT_LIDS, HIDDEN, SHUT_LIDS, OPENED), False),
        ((OPENED, HIDDEN, OPENED, SHUT_LIDS, SHUT_LIDS, OPENED), True),  # anew, and for themselves
    ],
)
def test_what_a_closing_is(strip: tuple[str, ...], closed: bool) -> None:
    challenge, choose, now = Challenge(), drawn(EYES), 0.0
    only = LivenessRule(mode=LivenessMode.ACTIVE, moves=1)
    settling = (OPENED,) * 3 + (UNSEEN,) * 3  # until somebody could answer
    for shown in (*settling, *strip):
        openness, hidden = _SHOWN[shown]
        frame = TrackFrame(now, HeadPose(0.0), known=True, eyes=True, openness=openness, hidden=hidden)
        challenge, now = step(challenge, frame, only, choose), now + STEP
    assert (challenge.state is ChallengeState.PASSED) is closed
