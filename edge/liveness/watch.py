"""What the frames of one track have shown of its being alive."""

from __future__ import annotations

from msgspec.structs import replace

from edge.decision.evidence import FaceEvidence, FaceFinding
from edge.decision.moves import ChallengeState
from edge.decision.policy import LivenessMode, LivenessRule
from edge.liveness.challenge import Challenge, Choose, step
from edge.liveness.fusion import fused
from edge.liveness.pose import Landmarks, pose_of

_JUDGED = frozenset({FaceFinding.MATCHED, FaceFinding.UNKNOWN, FaceFinding.AMBIGUOUS})


class LivenessWatch:
    """Watches one track. The tracker sees to it that a track is one person's; this, that they are there."""

    def __init__(self) -> None:
        self._measures: list[float] = []
        self._measured: Landmarks | None = None
        self._challenge = Challenge()

    def see(self, landmarks: Landmarks, measure: float | None) -> None:
        """Take the liveness of one frame into account.

        A frame whose landmarks are to the last bit those of the one before it counts for nothing: no
        sensor sees the same thing twice.
        """
        if measure is not None and landmarks != self._measured:
            self._measures.append(measure)
            self._measured = landmarks

    def ask(
        self, landmarks: Landmarks, now: float, rule: LivenessRule, choose: Choose, *, known: bool
    ) -> None:
        """One more frame of somebody who is to move their head as the gate says."""
        self._challenge = step(self._challenge, pose_of(landmarks), now, rule, choose, known=known)

    def judged(self, evidence: FaceEvidence, rule: LivenessRule, frames: int) -> FaceEvidence:
        """`evidence` with what was seen; a face that looks like a picture of one is SPOOF.

        The measure stays None until `frames` frames have one.
        """
        count = len(self._measures)
        measure = round(fused(self._measures), 4) if count >= frames else None
        active = rule.mode is LivenessMode.ACTIVE and self._challenge.began is not None
        evidence = replace(
            evidence,
            liveness=measure,
            liveness_frames=count,
            challenge=self._challenge.state if active else None,
            asked=self._challenge.asked if active else None,
        )
        fake = measure is not None and rule.mode is not LivenessMode.OFF and measure < rule.threshold
        if fake and evidence.finding in _JUDGED:
            return replace(evidence, finding=FaceFinding.SPOOF, subject_id=None)
        return evidence


def is_asking(evidence: FaceEvidence | None) -> bool:
    """Whether somebody is in the middle of doing what the gate asked for."""
    going_on = evidence is not None and evidence.challenge in {ChallengeState.WAITING, ChallengeState.ASKED}
    return (
        going_on and evidence is not None and (evidence.finding is FaceFinding.MATCHED or evidence.confirms)
    )


def is_over(evidence: FaceEvidence, rule: LivenessRule) -> bool:
    """Whether more frames would not change what is known of this face being alive."""
    if rule.mode is LivenessMode.OFF:
        return True
    if evidence.liveness is None:
        return False
    over = {ChallengeState.PASSED, ChallengeState.FAILED}
    return rule.mode is LivenessMode.PASSIVE or evidence.challenge in over
