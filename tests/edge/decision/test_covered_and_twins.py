"""Covered faces and people who look like somebody else: what each policy makes of them, row by row."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.decision import (
    Cover,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    FaceProblem,
    FaceRule,
    MaskedFace,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Policy,
    Reason,
    Situation,
    Subject,
    decide,
    identified_by,
)

GRANT, DENY, REFER = Outcome.GRANT, Outcome.DENY, Outcome.REFER
CODE, THRESHOLD, REFUSE = MaskedFace.CODE, MaskedFace.THRESHOLD, MaskedFace.REFUSE

GENUINE = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="p1", subject_id="li-na")
BOUND = replace(GENUINE, face_bound=True, face_commitment=bytes(32))
POSTER = PassEvidence(PassVerdict.NOT_A_PASS)
FORGED = PassEvidence(PassVerdict.FORGED)
MATCHED = FaceEvidence(
    FaceFinding.MATCHED, "li-na", score=0.6, runner_up=0.1, covered=Cover.MASK, liveness=0.9
)
UNKNOWN = FaceEvidence(FaceFinding.UNKNOWN, score=0.3, covered=Cover.MASK, liveness=0.9)
SMALL = FaceEvidence(FaceFinding.UNUSABLE, problem=FaceProblem.TOO_SMALL, covered=Cover.MASK)


def confirming(score: float, threshold: float = 0.4, face: FaceEvidence = UNKNOWN) -> FaceEvidence:
    return replace(face, pass_score=score, pass_threshold=threshold)


@pytest.mark.parametrize(
    ("masked", "gate", "face", "code", "outcome", "reason"),
    [
        # Alone, by default never.
        (CODE, "main", MATCHED, None, DENY, Reason.FACE_MASKED),
        (CODE, "face", MATCHED, None, DENY, Reason.FACE_MASKED),
        (CODE, "main", UNKNOWN, None, DENY, Reason.FACE_MASKED),
        (CODE, "main", MATCHED, POSTER, DENY, Reason.FACE_MASKED),
        # A code that is no good is told first; a face too small to be compared is asked to come closer.
        (CODE, "main", MATCHED, FORGED, DENY, Reason.PASS_FORGED),
        (CODE, "main", SMALL, None, DENY, Reason.FACE_TOO_SMALL),
        # What covers it decides the words.
        (CODE, "main", replace(MATCHED, covered=Cover.SUNGLASSES), None, DENY, Reason.FACE_SUNGLASSES),
        (CODE, "main", replace(MATCHED, covered=Cover.HAND), None, DENY, Reason.FACE_COVERED),
        # Where a code is enough, nobody cares for the face.
        (CODE, "main", UNKNOWN, GENUINE, GRANT, Reason.CODE_ACCEPTED),
        (CODE, "code", UNKNOWN, GENUINE, GRANT, Reason.CODE_ACCEPTED),
        (REFUSE, "main", UNKNOWN, GENUINE, GRANT, Reason.CODE_ACCEPTED),
        # With a code that needs the face: the comparison with its holder.
        (CODE, "both", confirming(0.5), GENUINE, GRANT, Reason.FACE_AND_CODE_AGREE),
        (CODE, "both", confirming(0.3), GENUINE, DENY, Reason.FACE_MASKED),
        (CODE, "main", confirming(0.5), BOUND, GRANT, Reason.FACE_AND_CODE_AGREE),
        (CODE, "main", confirming(0.3), BOUND, DENY, Reason.FACE_MASKED),
        (CODE, "both", UNKNOWN, GENUINE, REFER, Reason.FACE_NOT_ENROLLED),
        (REFUSE, "both", confirming(0.9), GENUINE, DENY, Reason.FACE_MASKED),
        # A gate for faces calls the staff to a code, or lets the confirmed face pass.
        (CODE, "face", confirming(0.5), GENUINE, GRANT, Reason.FACE_AND_CODE_AGREE),
        (CODE, "face", confirming(0.3), GENUINE, REFER, Reason.FACE_MASKED),
        (REFUSE, "face", confirming(0.9), GENUINE, REFER, Reason.FACE_MASKED),
        # By a similarity of its own, alone too.
        (THRESHOLD, "main", MATCHED, None, GRANT, Reason.FACE_MATCHED),
        (THRESHOLD, "main", UNKNOWN, None, DENY, Reason.FACE_MASKED),
        (REFUSE, "main", MATCHED, None, DENY, Reason.FACE_MASKED),
        # Where nothing is asked, a mask is nobody's business.
        (CODE, "free", MATCHED, None, GRANT, Reason.FACE_MATCHED),
        (REFUSE, "staffed", MATCHED, None, REFER, Reason.STAFF_DECIDES),
    ],
)
def test_what_a_covered_face_may_do(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    masked: MaskedFace,
    gate: str,
    face: FaceEvidence,
    code: PassEvidence | None,
    outcome: Outcome,
    reason: Reason,
) -> None:
    rule = replace(policy, face=FaceRule(masked=masked))
    evidence = Evidence(Direction.ENTRY, face=face, code=code)
    subject = resident if identified_by(evidence) else None
    decision = decide(rule, subject, evidence, replace(situation, gate=gate))
    assert (decision.outcome, decision.reason) == (outcome, reason)


TWIN = FaceEvidence(FaceFinding.MATCHED, "li-na", score=0.8, runner_up=0.1, liveness=0.9)


@pytest.mark.parametrize(
    ("gate", "face", "code", "outcome", "reason"),
    [
        ("main", TWIN, None, DENY, Reason.SECOND_FACTOR_REQUIRED),
        ("face", TWIN, None, DENY, Reason.SECOND_FACTOR_REQUIRED),
        ("main", TWIN, POSTER, DENY, Reason.SECOND_FACTOR_REQUIRED),
        ("main", None, GENUINE, DENY, Reason.FACE_REQUIRED),
        ("main", confirming(0.6, face=TWIN), GENUINE, GRANT, Reason.FACE_AND_CODE_AGREE),
        ("face", confirming(0.6, face=TWIN), GENUINE, GRANT, Reason.FACE_AND_CODE_AGREE),
        ("main", confirming(0.2, face=TWIN), GENUINE, DENY, Reason.FACE_CODE_MISMATCH),
        # Clearly more like the other twin: the pass is borrowed, however like its holder the face is too.
        (
            "main",
            replace(confirming(0.6, face=TWIN), subject_id="li-mei"),
            GENUINE,
            DENY,
            Reason.FACE_CODE_MISMATCH,
        ),
        # As like the one as the other: the code tells them apart.
        (
            "main",
            FaceEvidence(FaceFinding.AMBIGUOUS, score=0.7, pass_score=0.7, pass_threshold=0.4, liveness=0.9),
            GENUINE,
            GRANT,
            Reason.FACE_AND_CODE_AGREE,
        ),
        # Where the site asks for a code only, it has chosen so.
        ("code", None, GENUINE, GRANT, Reason.CODE_ACCEPTED),
        ("both", confirming(0.6, face=TWIN), GENUINE, GRANT, Reason.FACE_AND_CODE_AGREE),
        ("staffed", TWIN, None, REFER, Reason.STAFF_DECIDES),
    ],
)
def test_who_looks_like_somebody_else_needs_face_and_code(
    policy: Policy,
    resident: Subject,
    situation: Situation,
    gate: str,
    face: FaceEvidence | None,
    code: PassEvidence | None,
    outcome: Outcome,
    reason: Reason,
) -> None:
    flagged = replace(resident, second_factor=True)
    evidence = Evidence(Direction.ENTRY, face=face and replace(face, covered=None), code=code)
    decision = decide(policy, flagged, evidence, replace(situation, gate=gate))
    assert (decision.outcome, decision.reason) == (outcome, reason)
