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
    FaceRule,
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
OFF = LivenessRule()
PASSIVE = LivenessRule(mode=LivenessMode.PASSIVE)
ACTIVE = LivenessRule(mode=LivenessMode.ACTIVE)
LENIENT = LivenessRule(mode=LivenessMode.PASSIVE, failed=REFER, unmeasured=REFER)

MATCHED = FaceEvidence(FaceFinding.MATCHED, "li-na", score=0.7, runner_up=0.1)
ALIVE = replace(MATCHED, liveness=0.9, liveness_frames=3)
FLAT = replace(MATCHED, liveness=0.1, liveness_frames=3)
SPOOF = FaceEvidence(FaceFinding.SPOOF, score=0.7, liveness=0.1, liveness_frames=3)
TOO_FEW = replace(MATCHED, liveness_frames=2)
NOT_A_NUMBER = replace(MATCHED, liveness=float("nan"), liveness_frames=3)
ASKED = replace(ALIVE, challenge=ChallengeState.ASKED, asked=Move.TURN_LEFT)
PASSED = replace(ALIVE, challenge=ChallengeState.PASSED)
FAILED = replace(ALIVE, challenge=ChallengeState.FAILED)
PASSED_BUT_FLAT = replace(FLAT, challenge=ChallengeState.PASSED)
CODE = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="p1", subject_id="li-na")
BOUND = replace(CODE, face_bound=True)


def with_code(face: FaceEvidence) -> FaceEvidence:
    return replace(face, pass_score=0.7, pass_threshold=0.4)


@pytest.mark.parametrize(
    ("rule", "gate", "face", "code", "outcome", "reason"),
    [
        (OFF, "main", MATCHED, None, GRANT, Reason.FACE_MATCHED),
        (OFF, "main", SPOOF, None, DENY, Reason.FACE_NOT_LIVE),
        (PASSIVE, "main", ALIVE, None, GRANT, Reason.FACE_MATCHED),
        (PASSIVE, "main", SPOOF, None, DENY, Reason.FACE_NOT_LIVE),
        (PASSIVE, "main", FLAT, None, DENY, Reason.FACE_NOT_LIVE),
        (PASSIVE, "main", NOT_A_NUMBER, None, DENY, Reason.FACE_NOT_LIVE),
        (PASSIVE, "main", MATCHED, None, DENY, Reason.FACE_LIVENESS_UNMEASURED),
        (PASSIVE, "main", TOO_FEW, None, DENY, Reason.FACE_LIVENESS_UNMEASURED),
        (PASSIVE, "face", MATCHED, None, DENY, Reason.FACE_LIVENESS_UNMEASURED),
        # A code alone opens where it does without a face, whatever the camera thinks of the face beside it.
        (PASSIVE, "main", SPOOF, CODE, GRANT, Reason.CODE_ACCEPTED),
        (PASSIVE, "main", with_code(SPOOF), CODE, GRANT, Reason.CODE_ACCEPTED),
        (PASSIVE, "main", MATCHED, CODE, GRANT, Reason.CODE_ACCEPTED),
        (PASSIVE, "code", SPOOF, CODE, GRANT, Reason.CODE_ACCEPTED),
        (PASSIVE, "free", SPOOF, None, GRANT, Reason.GATE_FREE),
        (PASSIVE, "staffed", FLAT, None, REFER, Reason.STAFF_DECIDES),
        # Where face and code have to agree, the face has to be a living one.
        (PASSIVE, "both", with_code(ALIVE), CODE, GRANT, Reason.FACE_AND_CODE_AGREE),
        (PASSIVE, "both", with_code(FLAT), CODE, DENY, Reason.FACE_NOT_LIVE),
        (PASSIVE, "both", with_code(SPOOF), CODE, DENY, Reason.FACE_NOT_LIVE),
        (PASSIVE, "both", with_code(MATCHED), CODE, DENY, Reason.FACE_LIVENESS_UNMEASURED),
        (PASSIVE, "both", FLAT, None, DENY, Reason.CODE_REQUIRED),
        (PASSIVE, "main", with_code(FLAT), BOUND, DENY, Reason.FACE_NOT_LIVE),
        (PASSIVE, "face", with_code(SPOOF), CODE, DENY, Reason.FACE_NOT_LIVE),
        (LENIENT, "main", SPOOF, None, REFER, Reason.FACE_NOT_LIVE),
        (LENIENT, "main", MATCHED, None, REFER, Reason.FACE_LIVENESS_UNMEASURED),
        (ACTIVE, "main", ALIVE, None, REFER, Reason.FACE_REQUIRED),
        (ACTIVE, "main", ASKED, None, REFER, Reason.TURN_LEFT),
        (ACTIVE, "main", PASSED, None, GRANT, Reason.FACE_MATCHED),
        (ACTIVE, "main", FAILED, None, REFER, Reason.FACE_UNANSWERED),
        (ACTIVE, "main", PASSED_BUT_FLAT, None, DENY, Reason.FACE_NOT_LIVE),
        (ACTIVE, "main", MATCHED, None, DENY, Reason.FACE_LIVENESS_UNMEASURED),
        (ACTIVE, "main", ASKED, CODE, GRANT, Reason.CODE_ACCEPTED),
        (ACTIVE, "both", with_code(ASKED), CODE, REFER, Reason.TURN_LEFT),
        (ACTIVE, "both", with_code(PASSED), CODE, GRANT, Reason.FACE_AND_CODE_AGREE),
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
