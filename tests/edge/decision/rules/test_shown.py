"""What each mode asks for, and what is said of it when it was not shown."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.decision import (
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    Mode,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Policy,
    Reason,
    Situation,
    Subject,
)
from edge.decision.rules.shown import not_shown, second_factor
from tests.edge.decision.rules.asking import Said, objections

DENY, REFER = Outcome.DENY, Outcome.REFER
GENUINE = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="p", subject_id="li-na")
FORGED = PassEvidence(PassVerdict.FORGED)
MATCHED = FaceEvidence(FaceFinding.MATCHED, "li-na")
UNKNOWN = FaceEvidence(FaceFinding.UNKNOWN)
CONFIRMED = FaceEvidence(FaceFinding.UNKNOWN, pass_score=0.5, pass_threshold=0.4)
NOBODY, CODE, FACE = Reason.NOBODY_SEEN, Reason.CODE_REQUIRED, Reason.FACE_REQUIRED


@pytest.mark.parametrize(
    ("mode", "face", "code", "outcome", "reason"),
    [
        (Mode.CODE, None, None, DENY, NOBODY),
        (Mode.CODE, MATCHED, None, DENY, CODE),
        (Mode.CODE, None, GENUINE, None, None),
        (Mode.CODE, None, FORGED, None, None),  # shown; what is wrong with it is another rule's
        (Mode.FACE_AND_CODE, None, None, DENY, NOBODY),
        (Mode.FACE_AND_CODE, MATCHED, None, DENY, CODE),
        (Mode.FACE_AND_CODE, None, GENUINE, None, None),
        (Mode.FACE_OR_CODE, None, None, DENY, NOBODY),
        (Mode.FACE_OR_CODE, UNKNOWN, None, None, None),
        (Mode.FACE_OR_CODE, None, GENUINE, None, None),
        (Mode.FACE, None, None, DENY, NOBODY),
        (Mode.FACE, MATCHED, None, None, None),
        (Mode.FACE, UNKNOWN, None, REFER, FACE),
        (Mode.FACE, None, GENUINE, REFER, FACE),  # a code calls the staff: a face is never the only way
        (Mode.FACE, UNKNOWN, FORGED, REFER, FACE),
        # What is the matter with a face beside a genuine code is told by the rules of the face.
        (Mode.FACE, UNKNOWN, GENUINE, None, None),
        (Mode.FACE, CONFIRMED, GENUINE, None, None),
        (Mode.STAFFED, None, None, None, None),
        (Mode.FREE, None, None, None, None),
        (Mode.LOCKED, None, None, None, None),
    ],
)
def test_what_is_asked_for(
    policy: Policy,
    situation: Situation,
    mode: Mode,
    face: FaceEvidence | None,
    code: PassEvidence | None,
    outcome: Outcome | None,
    reason: Reason | None,
) -> None:
    shown = Evidence(Direction.ENTRY, face=face, code=code)
    found = objections(not_shown, policy, None, shown, replace(situation, ordered_mode=mode))
    expected: Said = [] if outcome is None or reason is None else [(outcome, reason, "command.set_mode")]
    assert found == expected


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("flagged", [True, False])
@pytest.mark.parametrize(("code", "enough"), [(None, False), (FORGED, False), (GENUINE, True)])
def test_the_face_alone_of_a_look_alike_opens_nothing(
    policy: Policy,
    situation: Situation,
    mode: Mode,
    flagged: bool,
    code: PassEvidence | None,
    enough: bool,
) -> None:
    subject = Subject("li-na", second_factor=flagged)
    shown = Evidence(Direction.ENTRY, face=MATCHED, code=code)
    found = objections(second_factor, policy, subject, shown, replace(situation, ordered_mode=mode))
    asks = flagged and mode in {Mode.FACE, Mode.FACE_OR_CODE} and not enough
    assert found == ([(DENY, Reason.SECOND_FACTOR_REQUIRED, "subject.second_factor")] if asks else [])


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("limit", "score", "doubted"),
    [
        (None, 0.6, False),  # nobody was mistaken for them here
        (0.6, 0.55, True),
        (0.6, 0.6, True),
        (0.6, 0.61, False),  # more alike than whoever was mistaken for them
        (0.6, None, True),
        (0.6, float("nan"), True),
    ],
)
@pytest.mark.parametrize(("code", "enough"), [(None, False), (FORGED, False), (GENUINE, True)])
def test_a_face_no_more_alike_than_one_that_was_mistaken_opens_nothing_alone(
    policy: Policy,
    situation: Situation,
    mode: Mode,
    limit: float | None,
    score: float | None,
    doubted: bool,
    code: PassEvidence | None,
    enough: bool,
) -> None:
    shown = Evidence(Direction.ENTRY, face=replace(MATCHED, score=score), code=code)
    known = replace(situation, ordered_mode=mode, face_doubted=limit)
    found = objections(second_factor, policy, Subject("li-na"), shown, known)
    asks = doubted and mode in {Mode.FACE, Mode.FACE_OR_CODE} and not enough
    assert found == ([(DENY, Reason.SECOND_FACTOR_REQUIRED, "gate.face_doubted")] if asks else [])


def test_a_face_that_was_not_matched_is_in_no_doubt(policy: Policy, situation: Situation) -> None:
    known = replace(situation, ordered_mode=Mode.FACE_OR_CODE, face_doubted=1.0)
    shown = Evidence(Direction.ENTRY, face=CONFIRMED, code=GENUINE)
    assert objections(second_factor, policy, Subject("li-na"), shown, known) == []
