"""Whether a face counts that may be a picture: what the policy asks, what was seen, what comes of it."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from edge.decision import (
    ChallengeState,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    FaceProblem,
    FaceRule,
    LivenessMeans,
    LivenessMode,
    LivenessRule,
    Move,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Policy,
    Reason,
    Situation,
    Subject,
    decide,
)

GRANT, DENY, REFER = Outcome.GRANT, Outcome.DENY, Outcome.REFER
OFF = LivenessRule(mode=LivenessMode.OFF)
PASSIVE = LivenessRule()
ACTIVE = LivenessRule(mode=LivenessMode.ACTIVE)
STRICT = LivenessRule(failed=DENY, unmeasured=DENY)
VETO = LivenessRule(veto=True)

MATCHED = FaceEvidence(FaceFinding.MATCHED, "li-na", score=0.7, runner_up=0.1)
ALIVE = replace(MATCHED, liveness=0.9, liveness_frames=3)
FLAT = replace(MATCHED, liveness=0.1, liveness_frames=3)
SPOOF = FaceEvidence(FaceFinding.SPOOF, score=0.7, liveness=0.1, liveness_frames=3)
TOO_FEW = replace(MATCHED, liveness_frames=2)
NOT_A_NUMBER = replace(MATCHED, liveness=float("nan"), liveness_frames=3)
ASKED = replace(ALIVE, challenge=ChallengeState.ASKED, asked=Move.TURN_LEFT)
ASKED_EYES = replace(ASKED, asked=Move.CLOSE_EYES)
PASSED = replace(ALIVE, challenge=ChallengeState.PASSED)
FAILED = replace(ALIVE, challenge=ChallengeState.FAILED)
PASSED_BUT_FLAT = replace(FLAT, challenge=ChallengeState.PASSED)
CODE = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="p1", subject_id="li-na")
BOUND = replace(CODE, face_bound=True)


def with_code(face: FaceEvidence) -> FaceEvidence:
    return replace(face, pass_score=0.7, pass_threshold=0.4)


def vetoed(veto: float | None) -> FaceEvidence:
    return replace(ALIVE, veto=veto)


@pytest.mark.parametrize(
    ("rule", "gate", "face", "code", "outcome", "reason"),
    [
        (OFF, "main", MATCHED, None, GRANT, Reason.FACE_MATCHED),
        (OFF, "main", SPOOF, None, REFER, Reason.FACE_NOT_LIVE),
        (PASSIVE, "main", ALIVE, None, GRANT, Reason.FACE_MATCHED),
        (PASSIVE, "main", SPOOF, None, REFER, Reason.FACE_NOT_LIVE),
        (PASSIVE, "main", FLAT, None, REFER, Reason.FACE_NOT_LIVE),
        (PASSIVE, "main", NOT_A_NUMBER, None, REFER, Reason.FACE_NOT_LIVE),
        (PASSIVE, "main", MATCHED, None, REFER, Reason.FACE_LIVENESS_UNMEASURED),
        (PASSIVE, "main", TOO_FEW, None, REFER, Reason.FACE_LIVENESS_UNMEASURED),
        (PASSIVE, "face", MATCHED, None, REFER, Reason.FACE_LIVENESS_UNMEASURED),
        # A code alone opens where it does without a face, whatever the camera thinks of the face beside it.
        (PASSIVE, "main", SPOOF, CODE, GRANT, Reason.CODE_ACCEPTED),
        (PASSIVE, "main", with_code(SPOOF), CODE, GRANT, Reason.CODE_ACCEPTED),
        (PASSIVE, "main", MATCHED, CODE, GRANT, Reason.CODE_ACCEPTED),
        (PASSIVE, "code", SPOOF, CODE, GRANT, Reason.CODE_ACCEPTED),
        (PASSIVE, "free", SPOOF, None, GRANT, Reason.GATE_FREE),
        (PASSIVE, "staffed", FLAT, None, REFER, Reason.STAFF_DECIDES),
        # Where face and code have to agree, the face has to be a living one.
        (PASSIVE, "both", with_code(ALIVE), CODE, GRANT, Reason.FACE_AND_CODE_AGREE),
        (PASSIVE, "both", with_code(FLAT), CODE, REFER, Reason.FACE_NOT_LIVE),
        (PASSIVE, "both", with_code(SPOOF), CODE, REFER, Reason.FACE_NOT_LIVE),
        (PASSIVE, "both", with_code(MATCHED), CODE, REFER, Reason.FACE_LIVENESS_UNMEASURED),
        (PASSIVE, "both", FLAT, None, DENY, Reason.CODE_REQUIRED),
        (PASSIVE, "main", with_code(FLAT), BOUND, REFER, Reason.FACE_NOT_LIVE),
        (PASSIVE, "face", with_code(SPOOF), CODE, REFER, Reason.FACE_NOT_LIVE),
        # A site may want no staff for it.
        (STRICT, "main", SPOOF, None, DENY, Reason.FACE_NOT_LIVE),
        (STRICT, "main", MATCHED, None, DENY, Reason.FACE_LIVENESS_UNMEASURED),
        (STRICT, "both", with_code(FLAT), CODE, DENY, Reason.FACE_NOT_LIVE),
        (ACTIVE, "main", ALIVE, None, REFER, Reason.FACE_REQUIRED),
        (ACTIVE, "main", ASKED, None, REFER, Reason.TURN_LEFT),
        (ACTIVE, "main", ASKED_EYES, None, REFER, Reason.CLOSE_EYES),
        (ACTIVE, "main", PASSED, None, GRANT, Reason.FACE_MATCHED),
        (ACTIVE, "main", FAILED, None, REFER, Reason.FACE_UNANSWERED),
        (ACTIVE, "main", PASSED_BUT_FLAT, None, REFER, Reason.FACE_NOT_LIVE),
        (ACTIVE, "main", MATCHED, None, REFER, Reason.FACE_LIVENESS_UNMEASURED),
        (ACTIVE, "main", ASKED, CODE, GRANT, Reason.CODE_ACCEPTED),
        (ACTIVE, "both", with_code(ASKED), CODE, REFER, Reason.TURN_LEFT),
        (ACTIVE, "both", with_code(PASSED), CODE, GRANT, Reason.FACE_AND_CODE_AGREE),
        # The veto net fails what it is sure of, where the policy asks it, and has to be there then.
        (VETO, "main", vetoed(-4.9), None, GRANT, Reason.FACE_MATCHED),
        (VETO, "main", vetoed(-5.0), None, GRANT, Reason.FACE_MATCHED),
        (VETO, "main", vetoed(-5.1), None, REFER, Reason.FACE_NOT_LIVE),
        (VETO, "main", vetoed(float("nan")), None, REFER, Reason.FACE_NOT_LIVE),
        (VETO, "main", vetoed(None), None, REFER, Reason.FACE_LIVENESS_UNMEASURED),
        (VETO, "main", replace(FLAT, veto=9.0), None, REFER, Reason.FACE_NOT_LIVE),
        (PASSIVE, "main", vetoed(-9.0), None, GRANT, Reason.FACE_MATCHED),
    ],
)
def test_what_liveness_decides(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    rule: LivenessRule,
    gate: str,
    face: FaceEvidence,
    code: PassEvidence | None,
    outcome: Outcome,
    reason: Reason,
) -> None:
    strict = replace(policy, face=FaceRule(liveness=rule))
    evidence = Evidence(Direction.ENTRY, face=face, code=code)
    decision = decide(strict, resident, evidence, replace(situation, gate=gate))
    assert (decision.outcome, decision.reason) == (outcome, reason)


NETS, MOVES, PASS = LivenessMeans
MOVED = replace(MATCHED, challenge=ChallengeState.PASSED)
MOVED_NOT = replace(MATCHED, challenge=ChallengeState.FAILED)
UNKNOWN_AND_MOVED = replace(MOVED, finding=FaceFinding.UNKNOWN, subject_id=None)


@pytest.mark.parametrize(
    ("rule", "means", "face", "outcome", "reason"),
    [
        (PASSIVE, NETS, ALIVE, GRANT, Reason.FACE_MATCHED),
        (PASSIVE, NETS, MOVED, REFER, Reason.FACE_LIVENESS_UNMEASURED),
        # Where nothing is measured, the moves stand for the measure, whichever the policy asks for.
        (PASSIVE, MOVES, MATCHED, REFER, Reason.FACE_REQUIRED),
        (PASSIVE, MOVES, MOVED, GRANT, Reason.FACE_MATCHED),
        (ACTIVE, MOVES, MOVED, GRANT, Reason.FACE_MATCHED),
        (VETO, MOVES, MOVED, GRANT, Reason.FACE_MATCHED),
        (PASSIVE, MOVES, MOVED_NOT, REFER, Reason.FACE_UNANSWERED),
        (PASSIVE, MOVES, UNKNOWN_AND_MOVED, DENY, Reason.FACE_UNKNOWN),
        # What was measured all the same counts.
        (PASSIVE, MOVES, PASSED_BUT_FLAT, REFER, Reason.FACE_NOT_LIVE),
        # Where nobody can be asked either, no face opens, and never is liveness off.
        (PASSIVE, PASS, MATCHED, REFER, Reason.FACE_LIVENESS_UNMEASURED),
        (PASSIVE, PASS, PASSED, REFER, Reason.FACE_LIVENESS_UNMEASURED),
        (ACTIVE, PASS, MOVED, REFER, Reason.FACE_LIVENESS_UNMEASURED),
        (STRICT, PASS, MATCHED, DENY, Reason.FACE_LIVENESS_UNMEASURED),
        (OFF, PASS, MATCHED, GRANT, Reason.FACE_MATCHED),
        (OFF, MOVES, MATCHED, GRANT, Reason.FACE_MATCHED),
    ],
)
def test_what_a_gate_asks_that_cannot_do_everything(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    rule: LivenessRule,
    means: LivenessMeans,
    face: FaceEvidence,
    outcome: Outcome,
    reason: Reason,
) -> None:
    asking = replace(policy, face=FaceRule(liveness=rule))
    decision = decide(
        asking, resident, Evidence(Direction.ENTRY, face=face), replace(situation, liveness=means)
    )
    assert (decision.outcome, decision.reason) == (outcome, reason)


@pytest.mark.parametrize("key", ["failed", "unmeasured", "unanswered"])
def test_a_policy_cannot_grant_what_it_asked_to_refuse(key: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="may be deny or refer"):
        msgspec.convert({"mode": "passive", key: "grant"}, LivenessRule)


@pytest.mark.parametrize(
    ("key", "value"), [("threshold", 0), ("threshold", 1), ("frames", 0), ("moves", 0), ("attempts", 9)]
)
def test_a_rule_that_means_nothing_is_refused(key: str, value: float) -> None:
    with pytest.raises(msgspec.ValidationError, match=key):
        msgspec.convert({key: value}, LivenessRule)


UNKNOWN = FaceEvidence(FaceFinding.UNKNOWN, score=0.2)
SMALL = FaceEvidence(FaceFinding.UNUSABLE, problem=FaceProblem.TOO_SMALL, frames=0)
SEVERAL = FaceEvidence(FaceFinding.SEVERAL)


def unlike(face: FaceEvidence) -> FaceEvidence:
    """The same beside a pass whose holder is enrolled, and looks otherwise."""
    return replace(face, pass_score=0.1, pass_threshold=0.4)


@pytest.mark.parametrize("rule", [PASSIVE, STRICT, ACTIVE, OFF])
@pytest.mark.parametrize(
    ("face", "reason"),
    [
        # Without a template nothing before the camera helps: that is said first.
        (UNKNOWN, Reason.FACE_NOT_ENROLLED),
        (SPOOF, Reason.FACE_NOT_ENROLLED),
        (replace(UNKNOWN, liveness=0.1), Reason.FACE_NOT_ENROLLED),
        (unlike(UNKNOWN), Reason.FACE_CODE_MISMATCH),
        (unlike(replace(UNKNOWN, liveness=0.9)), Reason.FACE_CODE_MISMATCH),
        (unlike(replace(UNKNOWN, enough=False)), Reason.FACE_REQUIRED),
        (unlike(SPOOF), Reason.FACE_NOT_LIVE),
        (SMALL, Reason.FACE_TOO_SMALL),
        (SEVERAL, Reason.SEVERAL_FACES),
    ],
)
def test_what_is_said_first_of_a_face_that_does_not_confirm_a_genuine_pass(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    rule: LivenessRule,
    face: FaceEvidence,
    reason: Reason,
) -> None:
    asking = replace(policy, face=FaceRule(liveness=rule))
    for gate in ("both", "face"):
        evidence = Evidence(Direction.ENTRY, face=face, code=CODE)
        decision = decide(asking, resident, evidence, replace(situation, gate=gate))
        assert decision.reason is reason, gate
        assert decision.outcome is REFER or gate == "both", "a gate for faces calls the staff to a code"
