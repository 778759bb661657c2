"""What a refusal is: of a grant that cannot be written down, and of a pass for what it is."""

from __future__ import annotations

from edge.decision import Alarm, Decision, Outcome, Reason
from edge.encounter import Encounter


def not_recorded(decision: Decision) -> Decision:
    """What becomes of a grant that cannot be written down."""
    reason, rule = Reason.JOURNAL_UNAVAILABLE, "journal.when_full"
    return Decision(
        Outcome.DENY,
        reason,
        rule,
        subject_id=decision.subject_id,
        status=decision.status,
        alarms=(*decision.alarms, Alarm(reason, rule)),
    )


def is_for_the_pass(decision: Decision, encounter: Encounter) -> bool:
    """Whether it is the pass that was refused: for what it is, or because it is somebody else's."""
    face, code = encounter.face, encounter.code
    another = face is not None and code is not None and face.subject_id not in {None, code.subject_id}
    mismatch = decision.reason is Reason.FACE_CODE_MISMATCH and another
    return mismatch or decision.rule.startswith("pass.")
