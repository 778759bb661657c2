"""Asks for random moves of head and eyes: a state machine over what single frames show.

A photograph cannot do them. A video does turns by luck only: the moves are drawn after it was made, each
wrong turn ends the attempt, and there are few attempts. A video of somebody who blinks closes its eyes too:
so a closing stands beside turns, and alone only where the nets took the face for a living one, for a person
who was asked to turn and did not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from edge.decision import ChallengeState, LivenessRule, Move
from edge.liveness.eyes import Closing
from edge.liveness.pose import HeadPose

Choose = Callable[[Sequence[Move]], Move]
"""Draws one of several; the gate passes an unpredictable draw."""

REACHED = 0.15
"""How far a turn has to go, and how far the wrong way ends the attempt: about 19 degrees."""
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
_TURNS = (Move.TURN_LEFT, Move.TURN_RIGHT)


@dataclass(frozen=True)
class TrackFrame:
    """What one frame of the track shows, at monotonic `now` (s).

    `pose` is the head's, None where it has none. `openness` is how open the eyes are, as a share of what is
    usual of them, None where that was not measured in this frame; `eyes` says that they are seen on the
    whole, `hidden` that they are covered or blurred in this frame, and `known` that the face of this very
    frame was embedded and is still the same person's: a move ends only soon after such a frame. `measured`
    says that nets took the face for a living one before anything was asked.
    """

    now: float
    pose: HeadPose | None
    known: bool
    eyes: bool = False
    openness: float | None = None
    hidden: bool = False
    measured: bool = False


@dataclass(frozen=True)
class Challenge:
    """The state of a challenge: `moves` of this attempt, the first `done` of them done; times in monotonic
    seconds. `missed` is the move that ended the attempt before, `closing` what the eyes did since asking.
    """

    state: ChallengeState = ChallengeState.WAITING
    moves: tuple[Move, ...] = ()
    done: int = 0
    attempts: int = 0
    missed: Move | None = None
    neutral: HeadPose | None = None
    asked_at: float = 0.0
    closing: Closing = field(default_factory=Closing)
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


def step(challenge: Challenge, frame: TrackFrame, rule: LivenessRule, choose: Choose) -> Challenge:
    """The challenge after one more frame of the same track."""
    if challenge.over:
        return challenge
    now = frame.now
    gap = challenge.last is not None and now - challenge.last > _LONGEST_GAP
    challenge = replace(
        challenge,
        last=now,
        began=now if challenge.began is None else challenge.began,
        known=now if frame.known else challenge.known,
    )
    if gap and challenge.moves:
        return _failed(challenge, now, rule)
    if challenge.state is ChallengeState.WAITING:
        return _wait(replace(challenge, recent=()) if gap else challenge, frame, rule, choose)
    if now - challenge.asked_at > rule.seconds:
        return _failed(challenge, now, rule)
    return _judge(challenge, frame, rule)


def drawn(count: int, missed: Move | None, choose: Choose, *, eyes: bool, measured: bool) -> tuple[Move, ...]:
    """The moves of one attempt, `count` of them, drawn anew.

    With `eyes` they are closed at least once, which no photograph does however it is bent and turned, and at
    most once in two moves. Where a turn was `missed` in the attempt before, turns are left out, if the face
    was `measured`: else nothing would stop a video that blinks.
    """
    if eyes and measured and missed in _TURNS:
        return (Move.CLOSE_EYES,) * min(count, 2)
    most = max(1, count // 2) if eyes else 0
    moves: tuple[Move, ...] = ()
    for left in range(count, 0, -1):
        closings = moves.count(Move.CLOSE_EYES)
        if left == 1 and closings == 0 < most:
            moves += (Move.CLOSE_EYES,)
        else:
            moves += (choose((*_TURNS, Move.CLOSE_EYES) if closings < most else _TURNS),)
    return moves


def _wait(challenge: Challenge, frame: TrackFrame, rule: LivenessRule, choose: Choose) -> Challenge:
    """Wait until the head is straight and still; then ask."""
    now, pose = frame.now, frame.pose
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
        moves=challenge.moves
        or drawn(rule.moves, challenge.missed, choose, eyes=frame.eyes, measured=frame.measured),
        neutral=neutral,
        asked_at=now,
        closing=Closing(),
        recent=(),
    )


def _near(challenge: Challenge, pose: HeadPose) -> bool:
    """Between two moves the head has to come back to where it began."""
    neutral = challenge.neutral
    return neutral is None or abs(pose.yaw - neutral.yaw) <= _BACK


def _unrest(poses: Sequence[HeadPose]) -> float:
    yaws = [pose.yaw for pose in poses]
    return max(yaws) - min(yaws)


def _judge(challenge: Challenge, frame: TrackFrame, rule: LivenessRule) -> Challenge:
    """Whether what was asked for is done now, or what ends the attempt."""
    wanted = challenge.moves[challenge.done]
    if wanted is Move.CLOSE_EYES:
        return _judge_eyes(challenge, frame, rule)
    if frame.pose is None:
        return challenge
    gone = frame.pose.moved(wanted, _neutral(challenge))
    if gone <= -REACHED:
        return _failed(challenge, frame.now, rule)
    if gone < REACHED:
        return challenge
    if frame.now - challenge.asked_at < _REACTION:
        return _failed(challenge, frame.now, rule)
    return _done(challenge, frame.now)


def _judge_eyes(challenge: Challenge, frame: TrackFrame, rule: LivenessRule) -> Challenge:
    """Whether the eyes were closed and opened again; a blink sooner than anybody could answer is none."""
    pose = frame.pose
    if pose is not None and abs(pose.yaw - _neutral(challenge).yaw) >= REACHED:
        return _failed(challenge, frame.now, rule)
    soon = frame.now - challenge.asked_at < _REACTION
    closing = Closing() if soon else challenge.closing.after(frame.openness, hidden=frame.hidden)
    challenge = replace(challenge, closing=closing)
    return _done(challenge, frame.now) if closing.done else challenge


def _neutral(challenge: Challenge) -> HeadPose:
    if challenge.neutral is None:
        raise ValueError("a move was asked for before a straight head was seen")
    return challenge.neutral


def _done(challenge: Challenge, now: float) -> Challenge:
    """The move is done, where the face was known to be the same a moment ago; else it is yet to be."""
    if challenge.known is None or now - challenge.known > _KNOWN_FOR:
        return challenge
    done = challenge.done + 1
    state = ChallengeState.PASSED if done == len(challenge.moves) else ChallengeState.WAITING
    return replace(challenge, state=state, done=done, began=now, recent=())


def _failed(challenge: Challenge, now: float, rule: LivenessRule) -> Challenge:
    """End an attempt; the next one draws again, another kind of move, and takes a new neutral pose."""
    attempts = challenge.attempts + 1
    state = ChallengeState.FAILED if attempts >= rule.attempts else ChallengeState.WAITING
    return Challenge(
        state=state, attempts=attempts, missed=challenge.asked, began=now, last=now, known=challenge.known
    )
