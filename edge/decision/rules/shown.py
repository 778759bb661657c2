"""Objections for what the gate asks for and was not shown."""

from __future__ import annotations

from collections.abc import Iterator

from edge.decision.case import Case, Objection
from edge.decision.evidence import FaceFinding
from edge.decision.policy import Mode, Outcome
from edge.decision.reasons import Reason


def not_shown(case: Case) -> Iterator[Objection]:
    face, code = case.evidence.face, case.evidence.code
    needs_code = case.mode in {Mode.CODE, Mode.FACE_AND_CODE}
    if needs_code and code is None:
        reason = Reason.NOBODY_SEEN if face is None else Reason.CODE_REQUIRED
        yield Objection(Outcome.DENY, reason, case.mode_rule)
    elif case.mode is Mode.FACE_OR_CODE and code is None and face is None:
        yield Objection(Outcome.DENY, Reason.NOBODY_SEEN, case.mode_rule)
    elif case.mode is Mode.FACE:
        yield from _face_not_shown(case)


def _face_not_shown(case: Case) -> Iterator[Objection]:
    """A gate that asks for faces still takes a code: it calls the staff (a face is never the only way)."""
    face, code = case.evidence.face, case.evidence.code
    if face is None and code is None:
        yield Objection(Outcome.DENY, Reason.NOBODY_SEEN, case.mode_rule)
    elif face is None or (face.finding is not FaceFinding.MATCHED and not case.genuine):
        yield Objection(Outcome.REFER, Reason.FACE_REQUIRED, case.mode_rule)


def second_factor(case: Case) -> Iterator[Objection]:
    """Object to the face alone of a person who looks like somebody else here, or was mistaken here."""
    if case.genuine:
        return
    if case.needs_both:
        yield Objection(Outcome.DENY, Reason.SECOND_FACTOR_REQUIRED, "subject.second_factor")
    elif case.face_in_doubt:
        yield Objection(Outcome.DENY, Reason.SECOND_FACTOR_REQUIRED, "gate.face_doubted")
