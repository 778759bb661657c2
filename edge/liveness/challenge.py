"""Asks for a random head move: a state machine over poses.

A photograph cannot do it. A video does it by luck only: the moves are drawn after it was made, each wrong
move ends the attempt, and there are few attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from edge.decision import ChallengeState, LivenessRule, Move
from edge.liveness.pose import HeadPose

Choose = Callable[[Sequence[Move]], Move]
"""Draws one of several; the gate passes an unpredictable draw."""

REACHED = 0.15
"""How far a move has to go, and how far the wrong way ends the attempt: a turn by about 19 degrees."""
_BACK = 0.09
"""How near the neutral pose counts as straight again."""
_STRAIGHT = 0.3
"""How far from straight a head may be when it is asked for a move."""
_SETTLED_FRAMES = 3
_UNREST = 0.05
"""How much the poses may differ that the neutral one is taken from."""
_REACTION = 0.25
"""Seconds that a person needs to react: a faster move was not an answer."""
_LONGEST_GAP = 0.6
"""Seconds without the face after which it may have been swapped for another."""
_KNOWN_FOR = 0.5
"""Seconds for which an embedded face counts as the same: a head may turn too far to be embedded."""


@dataclass(frozen=True)
class Challenge:
    """The state of a challenge: `moves` of this attempt, the first `done` of them done; times in monotonic
    seconds.
    """

    state: ChallengeState = ChallengeState.WAITING
    moves: tuple[Move, ...] = ()
    done: int = 0
    attempts: int = 0
    neutral: HeadPose | None = None
    asked_at: float = 0.0
    began: float | None = None
    last: float | None = None
    known: float | None = None
    recent: tuple[HeadPose, ...] = field(default=())

    @property
    def asked(self) -> Move | None:
        """The move that the person is asked for now; None: none."""
        return self.moves[self.done] if self.state is ChallengeState.ASKED else None

    @property
    def over(self) -> bool:
        return self.state in {ChallengeState.PASSED, ChallengeState.FAILED}


def step(
    challenge: Challenge,
    pose: HeadPose | None,
    now: float,
    rule: LivenessRule,
    choose: Choose,
    *,
    known: bool,
) -> Challenge:
    """The challenge after one more frame of the same track.

    `pose` is the head's in this frame, None where it has none; `known` says that the face of this very
    frame was embedded and is still the same person's: a move ends only soon after such a frame.
    """
    if challenge.over:
        return challenge
    gap = challenge.last is not None and now - challenge.last > _LONGEST_GAP
    challenge = replace(
        challenge,
        last=now,
        began=now if challenge.began is None else challenge.began,
        known=now if known else challenge.known,
    )
    if gap and challenge.moves:
        return _failed(challenge, now, rule)
    if challenge.state is ChallengeState.WAITING:
        return _wait(replace(challenge, recent=()) if gap else challenge, pose, now, rule, choose)
    if now - challenge.asked_at > rule.seconds:
        return _failed(challenge, now, rule)
    return challenge if pose is None else _judge(challenge, pose, now, rule)


def _wait(
    challenge: Challenge, pose: HeadPose | None, now: float, rule: LivenessRule, choose: Choose
) -> Challenge:
    """Wait until the head is straight and still; then ask."""
    if challenge.began is not None and now - challenge.began > rule.seconds:
        return _failed(challenge, now, rule)
    straight = pose is not None and abs(pose.yaw) <= _STRAIGHT and _near(challenge, pose)
    if pose is None or not straight:
        return replace(challenge, recent=())
    recent = (*challenge.recent, pose)[-_SETTLED_FRAMES:]
    if len(recent) < _SETTLED_FRAMES or _unrest(recent) > _UNREST:
        return replace(challenge, recent=recent)
    neutral = challenge.neutral or HeadPose(median(each.yaw for each in recent))
    return replace(
        challenge,
        state=ChallengeState.ASKED,
        moves=challenge.moves or tuple(choose(tuple(Move)) for _ in range(rule.moves)),
        neutral=neutral,
        asked_at=now,
        recent=(),
    )


def _near(challenge: Challenge, pose: HeadPose) -> bool:
    """Between two moves the head has to come back to where it began."""
    neutral = challenge.neutral
    return neutral is None or abs(pose.yaw - neutral.yaw) <= _BACK


def _unrest(poses: Sequence[HeadPose]) -> float:
    yaws = [pose.yaw for pose in poses]
    return max(yaws) - min(yaws)


def _judge(challenge: Challenge, pose: HeadPose, now: float, rule: LivenessRule) -> Challenge:
    neutral, wanted = challenge.neutral, challenge.moves[challenge.done]
    if neutral is None:
        raise ValueError("a move was asked for before a straight head was seen")
    gone = pose.moved(wanted, neutral)
    if gone <= -REACHED:
        return _failed(challenge, now, rule)
    if gone < REACHED:
        return challenge
    if now - challenge.asked_at < _REACTION:
        return _failed(challenge, now, rule)
    if challenge.known is None or now - challenge.known > _KNOWN_FOR:
        return challenge
    done = challenge.done + 1
    state = ChallengeState.PASSED if done == len(challenge.moves) else ChallengeState.WAITING
    return replace(challenge, state=state, done=done, began=now, recent=())


def _failed(challenge: Challenge, now: float, rule: LivenessRule) -> Challenge:
    """End an attempt; the next one draws again and takes a new neutral pose."""
    attempts = challenge.attempts + 1
    state = ChallengeState.FAILED if attempts >= rule.attempts else ChallengeState.WAITING
    return Challenge(state=state, attempts=attempts, began=now, last=now, known=challenge.known)
