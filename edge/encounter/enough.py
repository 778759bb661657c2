"""What several frames come to together, and whether it is enough to decide on."""

from __future__ import annotations

from edge.decision import (
    Cover,
    FaceEvidence,
    FaceFinding,
    FaceRule,
    LivenessMeans,
    MaskedFace,
    Mode,
    PassVerdict,
)
from edge.encounter.choosing import INCONCLUSIVE
from edge.encounter.configuration import Patience
from edge.encounter.values import Encounter
from edge.liveness import is_asking, is_over


def mostly(covers: list[Cover | None]) -> Cover | None:
    """What lay over a face in at least half of these looks: a hand that passes counts for nothing."""
    seen = [cover for cover in covers if cover is not None]
    return max(set(seen), key=seen.count) if 2 * len(seen) >= max(1, len(covers)) else None


def enough(
    encounter: Encounter,
    mode: Mode,
    rule: FaceRule,
    means: LivenessMeans = LivenessMeans.NETS,
    *,
    settled: bool,
) -> bool:
    """Whether more frames could not change the decision, or not for the better.

    `means` is what the gate can do to see a living face; `settled` says that the face has had its time: what
    it has not shown by now it will not.
    """
    face, code = encounter.face, encounter.code
    conclusive = code is not None and code.verdict not in INCONCLUSIVE
    if code is not None and conclusive and code.verdict is not PassVerdict.GENUINE:
        # One of several passes may yet be put away.
        return code.verdict is not PassVerdict.SEVERAL or mode is Mode.FREE
    # One that looks like a picture may look alive in more frames.
    doubtful = face is not None and face.finding is FaceFinding.SPOOF and not settled
    seen = face is None or (is_over(face, rule.liveness, means) and not doubtful)
    # A covered face that may not open alone is asked to be uncovered, not refused at once.
    counts = face is not None and (face.covered is None or rule.masked is MaskedFace.THRESHOLD)
    matched = face is not None and face.finding is FaceFinding.MATCHED and counts and seen
    if mode is Mode.FREE:
        return matched or conclusive or face is not None
    if mode is Mode.FACE_AND_CODE or (code is not None and conclusive and code.face_bound):
        return conclusive and face is not None and _confirmed(face, seen=seen, settled=settled)
    if mode is Mode.CODE:
        return conclusive
    if mode is Mode.FACE:
        return matched or (conclusive and settled and not is_asking(face))
    return matched or conclusive


def _confirmed(face: FaceEvidence, *, seen: bool, settled: bool) -> bool:
    """Whether the comparison with the face that the pass names is over, either way."""
    if face.frames == 0 or face.finding is FaceFinding.SEVERAL:
        return False
    return seen if face.confirms else settled and face.enough


def waits_for(encounter: Encounter, scanned: frozenset[str], patience: Patience) -> float:
    """Seconds until what is missing is a denial. Who held before a scanner what is no pass (its text is in
    `scanned`), and shows no face, meant it: no poster gets there.
    """
    code = encounter.code
    no_pass = code is not None and code.verdict in {PassVerdict.NOT_A_PASS, PassVerdict.TOO_LONG}
    soon = no_pass and encounter.face is None and encounter.shown.texts <= scanned
    return patience.evidence_within if soon else patience.give_up_after
