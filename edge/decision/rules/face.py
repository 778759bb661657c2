"""Objections to the face, alone or beside a code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edge.decision.case import Case, Objection
from edge.decision.evidence import FaceEvidence, FaceFinding, PassVerdict
from edge.decision.faces import Cover
from edge.decision.liveness import LivenessMeans, looks_alive, needs_of
from edge.decision.moves import ChallengeState, Move
from edge.decision.policy import LivenessMode, MaskedFace, Mode, Outcome
from edge.decision.reasons import Reason

_FINDING_REASONS = {
    FaceFinding.UNKNOWN: Reason.FACE_UNKNOWN,
    FaceFinding.AMBIGUOUS: Reason.FACE_AMBIGUOUS,
    FaceFinding.SEVERAL: Reason.SEVERAL_FACES,
    FaceFinding.SPOOF: Reason.FACE_NOT_LIVE,
}


_COVER_REASONS = {
    Cover.MASK: Reason.FACE_MASKED,
    Cover.SUNGLASSES: Reason.FACE_SUNGLASSES,
    Cover.HAND: Reason.FACE_COVERED,
}

_COMPARED = {FaceFinding.MATCHED, FaceFinding.UNKNOWN, FaceFinding.AMBIGUOUS}
_LOOKED_AT = {*_COMPARED, FaceFinding.SPOOF}


def covered(case: Case) -> Iterator[Objection]:
    """A covered face, where one is needed: by default it confirms the holder of a code, and opens nothing.

    A cover asks, and never refuses alone: it is in the evidence only where the face is less like anybody than
    an uncovered one has to be. Then it is asked to be uncovered: that helps more than "unknown".
    """
    face, rule = case.evidence.face, case.policy.face
    if face is None or face.covered is None or face.finding not in _COMPARED:
        return
    with_code = case.genuine and (case.needs_face_with_code or case.mode is Mode.FACE)
    alone = not case.genuine and case.mode in {Mode.FACE, Mode.FACE_OR_CODE}
    if rule.masked is MaskedFace.REFUSE:
        suffices, key = False, "face.masked"
    elif with_code:
        # Too few frames, and nobody enrolled to compare with, are handled by the rule below, covered or not.
        undecided = face.pass_score is None or not face.enough
        suffices, key = face.confirms or undecided, "face.false_confirms"
    elif rule.masked is MaskedFace.CODE:
        suffices, key = False, "face.masked"
    else:
        suffices, key = face.finding is FaceFinding.MATCHED, "face.false_matches"
    if (with_code or alone) and not suffices:
        # A gate that asks for faces calls the staff for a code: a face is never the only way.
        outcome = Outcome.REFER if with_code and case.mode is Mode.FACE else Outcome.DENY
        yield Objection(outcome, _COVER_REASONS[face.covered], key)


def refused(case: Case) -> Iterator[Objection]:
    """A face that alone should have opened, and cannot."""
    face = case.evidence.face
    alone = case.mode in {Mode.FACE, Mode.FACE_OR_CODE} and case.evidence.code is None
    if face is not None and alone and face.finding is not FaceFinding.MATCHED:
        yield _finding_objection(case, face)


def _finding_objection(case: Case, face: FaceEvidence) -> Objection:
    finding, problem = face.finding, face.problem
    if problem is not None:
        return Objection(Outcome.DENY, Reason(f"face_{problem}"), f"face.{problem}")
    outcome = case.policy.face.liveness.failed if finding is FaceFinding.SPOOF else Outcome.DENY
    return Objection(outcome, _FINDING_REASONS[finding], f"face.{finding}")


def against_code(case: Case) -> Iterator[Objection]:
    """The pass names the person: the face must not be another's, and is theirs where both are needed."""
    face, code = case.evidence.face, case.evidence.code
    if code is None or code.verdict is not PassVerdict.GENUINE:
        return
    if face is not None and face.finding is FaceFinding.MATCHED and face.subject_id != code.subject_id:
        yield Objection(Outcome.DENY, Reason.FACE_CODE_MISMATCH, "face.false_matches")
    if face is None:
        if case.needs_face_with_code:
            yield Objection(Outcome.DENY, Reason.FACE_REQUIRED, case.mode_rule)
    elif face.finding in _COMPARED and face.confirms:
        return
    elif case.needs_face_with_code:
        yield _unconfirmed(case, face)
    elif case.mode is Mode.FACE and face.finding is not FaceFinding.MATCHED:
        # A gate that asks for faces calls the staff for a code: a face is never the only way.
        yield replace(_unconfirmed(case, face), outcome=Outcome.REFER)


def _unconfirmed(case: Case, face: FaceEvidence) -> Objection:
    """Why this face does not confirm the holder of a genuine pass: first that there is none to compare with,
    which nothing that they do before the camera can change.
    """
    if face.finding in _LOOKED_AT and face.pass_score is None:
        return Objection(Outcome.REFER, Reason.FACE_NOT_ENROLLED, case.mode_rule)
    if face.finding not in _COMPARED:
        return _finding_objection(case, face)
    if not face.enough:
        return Objection(Outcome.DENY, Reason.FACE_REQUIRED, "face.frames")
    return Objection(Outcome.DENY, Reason.FACE_CODE_MISMATCH, "face.false_confirms")


_ASKED = {
    Move.TURN_LEFT: Reason.TURN_LEFT,
    Move.TURN_RIGHT: Reason.TURN_RIGHT,
    Move.CLOSE_EYES: Reason.CLOSE_EYES,
}


def _relies_on_face(case: Case) -> bool:
    """Whether the passage would rest on the face: alone, or beside the code.

    A face that does not confirm the code opens nothing, and has a reason of its own to be told first.
    """
    face = case.evidence.face
    matched = face is not None and face.finding is FaceFinding.MATCHED
    if case.genuine:
        return (matched or case.face_confirms) and (case.mode is Mode.FACE or case.needs_face_with_code)
    return matched and case.mode in {Mode.FACE, Mode.FACE_OR_CODE}


def alive(case: Case) -> Iterator[Objection]:
    """Whose face it is counts only if it is a living one, where the policy asks for that."""
    face, rule, means = case.evidence.face, case.policy.face.liveness, case.situation.liveness
    if rule.mode is LivenessMode.OFF or face is None or not _relies_on_face(case):
        return
    seen, needs = looks_alive(face, rule), needs_of(rule, means)
    if seen is False:
        yield Objection(rule.failed, Reason.FACE_NOT_LIVE, "face.liveness.threshold")
    elif means is LivenessMeans.PASS or (needs.measured and seen is None):
        yield Objection(rule.unmeasured, Reason.FACE_LIVENESS_UNMEASURED, "face.liveness.frames")
    elif needs.moves and face.challenge is not ChallengeState.PASSED:
        reason = Reason.FACE_REQUIRED if face.asked is None else _ASKED[face.asked]
        if face.challenge is ChallengeState.FAILED:
            reason = Reason.FACE_UNANSWERED
        yield Objection(rule.unanswered, reason, "face.liveness.moves")
