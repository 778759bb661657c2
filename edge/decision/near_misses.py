"""Detects faces that were nearly recognised: repeated, it means that the template is outdated."""

from __future__ import annotations

from edge.decision.evidence import Evidence, FaceFinding, PassVerdict

MARGIN = 0.08
"""How far (cosine) below what was needed a face still counts as nearly enough."""

_COMPARED = {FaceFinding.MATCHED, FaceFinding.UNKNOWN, FaceFinding.AMBIGUOUS}


def near_miss(evidence: Evidence) -> str | None:
    """The id of the holder of a genuine code whose face was just below what the gate needed; else None.

    Only the code says who it is: without one, a face just below the threshold may be anybody's. A covered
    face says nothing of the template.
    """
    face, code = evidence.face, evidence.code
    if face is None or code is None or code.verdict is not PassVerdict.GENUINE:
        return None
    if face.finding not in _COMPARED or face.covered is not None or face.pass_score is None:
        return None
    alone = face.finding is FaceFinding.UNKNOWN
    return (
        code.subject_id
        if any(
            needed is not None and needed - MARGIN <= face.pass_score < needed
            for needed in (face.pass_threshold, face.threshold if alone else None)
        )
        else None
    )
