"""What the frames of one track show of its being alive: measured often enough, alive, and moved as asked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edge.decision import (
    ChallengeState,
    FaceEvidence,
    FaceFinding,
    LivenessMeans,
    LivenessMode,
    LivenessRule,
    Mode,
    Move,
)
from edge.liveness import ChallengeRequest, HeadPose, LivenessReading, LivenessWatch, is_asking, is_over

MATCHED = FaceEvidence(FaceFinding.MATCHED, "ann")
UNKNOWN = FaceEvidence(FaceFinding.UNKNOWN)
SEVERAL = FaceEvidence(FaceFinding.SEVERAL)
OFF = LivenessRule(mode=LivenessMode.OFF)
PASSIVE = LivenessRule(mode=LivenessMode.PASSIVE)
ACTIVE = LivenessRule(mode=LivenessMode.ACTIVE, moves=1)
VETO = LivenessRule(veto=True)
NETS, MOVES, PASS = LivenessMeans


def first(moves: Sequence[Move]) -> Move:
    return moves[0]


def last(moves: Sequence[Move]) -> Move:
    return moves[-1]


def request(
    rule: LivenessRule, now: float = 0.0, mode: Mode | None = Mode.FACE, means: LivenessMeans = NETS
) -> ChallengeRequest:
    return ChallengeRequest(rule, frames=3, now=now, mode=mode, choose=first, means=means)


def watched(*measures: float, vetoes: Sequence[float | None] = ()) -> LivenessWatch:
    """A watch that has seen a frame a measure, each with landmarks of its own."""
    watch = LivenessWatch()
    for number, measure in enumerate(measures):
        veto = vetoes[number] if vetoes else None
        watch.add_frame(((float(number), 0.0),), LivenessReading(measure, veto=veto), None)
    return watch


@pytest.mark.parametrize(
    ("rule", "measures", "seen", "finding", "is_measured"),
    [
        (PASSIVE, (), MATCHED, FaceFinding.MATCHED, False),
        (PASSIVE, (0.9, 0.9), MATCHED, FaceFinding.MATCHED, False),  # not in enough frames yet
        (PASSIVE, (0.9, 0.9, 0.9), MATCHED, FaceFinding.MATCHED, True),
        (PASSIVE, (0.1, 0.1), MATCHED, FaceFinding.MATCHED, False),  # nor is it called fake before
        (PASSIVE, (0.1, 0.1, 0.1), MATCHED, FaceFinding.SPOOF, True),
        (PASSIVE, (0.1, 0.1, 0.1), UNKNOWN, FaceFinding.SPOOF, True),
        (PASSIVE, (0.1, 0.1, 0.1), SEVERAL, FaceFinding.SEVERAL, True),  # no one face was judged
        (OFF, (0.1,), MATCHED, FaceFinding.MATCHED, True),  # measured for the journal, without consequence
    ],
)
def test_a_face_is_fake_only_once_it_was_measured_often_enough(
    rule: LivenessRule,
    measures: tuple[float, ...],
    seen: FaceEvidence,
    finding: FaceFinding,
    is_measured: bool,
) -> None:
    judged = watched(*measures).judge(seen, None, request(rule), known=True)
    assert judged.finding is finding
    assert (judged.liveness is not None) is is_measured
    assert judged.liveness_frames == len(measures)
    assert judged.subject_id == (seen.subject_id if finding is seen.finding else None), "a fake is nobody"


def test_a_frame_that_is_exactly_the_one_before_does_not_count() -> None:
    watch = LivenessWatch()
    for _ in range(5):
        watch.add_frame(((1.0, 2.0),), LivenessReading(0.9), None)
    watch.add_frame(((1.0, 2.1),), LivenessReading(0.9), None)
    watch.add_frame(((1.0, 2.2),), None, None)  # not measured
    assert watch.judge(MATCHED, None, request(PASSIVE), known=True).liveness_frames == 2


@pytest.mark.parametrize(
    ("rule", "vetoes", "finding", "veto"),
    [
        (VETO, (2.0, 2.0, 2.0), FaceFinding.MATCHED, 2.0),
        (VETO, (-9.0, -9.0, 6.0), FaceFinding.MATCHED, -4.0),
        (VETO, (-9.0, -9.0, 0.0), FaceFinding.SPOOF, -6.0),  # though the others find it alive
        (VETO, (-9.0, -9.0, None), FaceFinding.MATCHED, None),  # not in enough frames, nor passed by that
        (PASSIVE, (-9.0, -9.0, -9.0), FaceFinding.MATCHED, -9.0),  # for the journal
    ],
)
def test_the_veto_is_the_mean_of_its_frames_and_fails_by_itself(
    rule: LivenessRule, vetoes: tuple[float | None, ...], finding: FaceFinding, veto: float | None
) -> None:
    judged = watched(0.9, 0.9, 0.9, vetoes=vetoes).judge(MATCHED, None, request(rule), known=True)
    assert (judged.finding, judged.veto) == (finding, veto)
    assert is_over(judged, rule, NETS) is (rule is PASSIVE or veto is not None)


def after_turning(  # type: ignore[no-untyped-def]
    watch: LivenessWatch,
    yaw: float,
    seen: FaceEvidence = MATCHED,
    mode: Mode = Mode.FACE,
    rule: LivenessRule = ACTIVE,
    means: LivenessMeans = NETS,
):
    """Half a second of looking straight ahead, then a second of looking to the side."""
    judged = seen
    for number in range(15):
        pose = HeadPose(0.0 if number < 5 else yaw)
        judged = watch.judge(seen, pose, request(rule, 0.1 * number, mode, means), known=True)
        if number == 4:
            assert judged.challenge in {ChallengeState.ASKED, None}
    return judged


def test_only_a_known_living_face_is_asked_to_move_and_passes_by_moving() -> None:
    judged = after_turning(watched(0.9, 0.9, 0.9), 0.3)
    assert judged.challenge is ChallengeState.PASSED
    assert is_over(judged, ACTIVE, NETS)
    assert not is_asking(judged)


def test_a_face_that_does_not_move_goes_on_being_asked() -> None:
    judged = after_turning(watched(0.9, 0.9, 0.9), 0.0)
    assert (judged.challenge, judged.asked) == (ChallengeState.ASKED, Move.TURN_LEFT)
    assert is_asking(judged)
    assert not is_over(judged, ACTIVE, NETS)


@pytest.mark.parametrize(
    ("watch", "seen", "mode"),
    [
        (watched(0.9), MATCHED, Mode.FACE),  # not measured often enough
        (watched(0.1, 0.1, 0.1), MATCHED, Mode.FACE),  # fake
        (watched(0.9, 0.9, 0.9), UNKNOWN, Mode.FACE),  # nobody whom it would open for
        (watched(0.9, 0.9, 0.9), MATCHED, Mode.CODE),  # a face does not open here
    ],
)
def test_nobody_else_is_asked(watch: LivenessWatch, seen: FaceEvidence, mode: Mode) -> None:
    judged = after_turning(watch, 0.3, seen, mode)
    assert (judged.challenge, judged.asked) == (None, None)
    assert not is_asking(judged)


@pytest.mark.parametrize(
    ("rule", "measures", "over"),
    [(OFF, (), True), (PASSIVE, (0.9,), False), (PASSIVE, (0.9,) * 3, True), (ACTIVE, (0.9,) * 3, False)],
)
def test_more_frames_are_wanted_until_nothing_can_change(
    rule: LivenessRule, measures: tuple[float, ...], over: bool
) -> None:
    judged = watched(*measures).judge(MATCHED, None, request(rule), known=True)
    assert is_over(judged, rule, NETS) is over


@pytest.mark.parametrize("rule", [PASSIVE, LivenessRule(veto=True), ACTIVE])
def test_where_nothing_is_measured_anyone_known_is_asked_to_move(rule: LivenessRule) -> None:
    one_move = LivenessRule(mode=rule.mode, veto=rule.veto, moves=1)
    judged = after_turning(LivenessWatch(), 0.3, rule=one_move, means=MOVES)
    assert (judged.liveness, judged.challenge) == (None, ChallengeState.PASSED)
    assert is_over(judged, one_move, MOVES)
    still = after_turning(LivenessWatch(), 0.0, rule=one_move, means=MOVES)
    assert is_asking(still)
    assert not is_over(still, one_move, MOVES)


def test_where_nobody_can_be_asked_either_nobody_is_and_nothing_is_ever_shown() -> None:
    judged = after_turning(LivenessWatch(), 0.3, means=PASS)
    assert (judged.challenge, judged.asked) == (None, None)
    assert not is_over(judged, ACTIVE, PASS)


@pytest.mark.parametrize(
    ("means", "measures", "comes_to"),
    [(NETS, (0.9, 0.9, 0.9), ChallengeState.PASSED), (MOVES, (), ChallengeState.FAILED)],
)
def test_who_only_blinks_is_alive_only_to_the_nets(
    means: LivenessMeans, measures: tuple[float, ...], comes_to: ChallengeState
) -> None:
    """A film that blinks every two seconds, and never turns."""
    watch, judged, rule = watched(*measures), MATCHED, LivenessRule(mode=LivenessMode.ACTIVE)
    for number in range(600):
        now = number / 15
        watch.add_frame(((float(number), 1.0),), None, 0.05 if now % 2.0 < 0.3 else 0.3)
        asking = ChallengeRequest(rule, 3, now, mode=Mode.FACE, choose=first, means=means)
        judged = watch.judge(MATCHED, HeadPose(0.0), asking, known=True)
    assert judged.challenge is comes_to


def test_eyes_are_asked_for_where_they_are_measured_and_what_they_do_counts() -> None:
    watch, judged, shut = watched(0.9, 0.9, 0.9), MATCHED, 0.0
    for number in range(60):
        now = number / 15
        shut = now if judged.asked is Move.CLOSE_EYES and not shut else shut
        closed = bool(shut) and 0.5 <= now - shut < 0.8
        watch.add_frame(((float(number), 1.0),), None, 0.05 if closed else 0.3)
        asking = ChallengeRequest(ACTIVE, 3, now, mode=Mode.FACE, choose=last)
        judged = watch.judge(MATCHED, HeadPose(0.0), asking, known=True)
    assert shut, "they were asked to close their eyes"
    assert judged.challenge is ChallengeState.PASSED
