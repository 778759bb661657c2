"""Collects what the frames of one track show of its being alive."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from msgspec.structs import replace

from edge.decision import (
    ChallengeState,
    FaceEvidence,
    FaceFinding,
    LivenessMode,
    LivenessRule,
    Mode,
    PassEvidence,
    PassVerdict,
)
from edge.liveness.challenge import Challenge, Choose, step
from edge.liveness.fusion import fused
from edge.liveness.pose import HeadPose, Landmarks
from edge.liveness.reading import LivenessReading

_JUDGED = frozenset({FaceFinding.MATCHED, FaceFinding.UNKNOWN, FaceFinding.AMBIGUOUS})
_GOING_ON = frozenset({ChallengeState.WAITING, ChallengeState.ASKED})
_OVER = frozenset({ChallengeState.PASSED, ChallengeState.FAILED})
_MOST_MEASURES = 30
"""The newest that count: a person who stands there for an hour fills no memory."""


@dataclass(frozen=True)
class ChallengeRequest:
    """What the liveness of a face is judged by, for a frame taken at `now` (monotonic seconds).

    At least `frames` frames must be measured. `choose` draws the moves; without it, or without a `mode`,
    nobody is asked to move.
    """

    rule: LivenessRule
    frames: int
    now: float
    code: PassEvidence | None = None
    mode: Mode | None = None
    choose: Choose | None = None


class LivenessWatch:
    """Watches one track. The tracker makes sure that a track is one person; this, that they are alive."""

    def __init__(self) -> None:
        self._measures: deque[float] = deque(maxlen=_MOST_MEASURES)
        self._measured: Landmarks | None = None
        self._challenge = Challenge()

    def add_frame(self, landmarks: Landmarks, reading: LivenessReading | None) -> None:
        """Add what the nets said of one frame.

        A frame with exactly the landmarks of the one before does not count: no sensor gives the same twice.
        """
        if reading is not None and landmarks != self._measured:
            self._measures.append(reading.measure)
            self._measured = landmarks

    def judge(
        self, evidence: FaceEvidence, pose: HeadPose | None, asking: ChallengeRequest, *, known: bool
    ) -> FaceEvidence:
        """`evidence` with the liveness added; a face that looks like a picture of one becomes SPOOF.

        Where nothing but a move of the head is missing, this frame goes on with the asking; `known` says
        that its face was embedded.
        """
        judged = self._judged(evidence, asking)
        if asking.choose is None or not _lacks_a_move(judged, asking):
            return judged
        self._challenge = step(self._challenge, pose, asking.now, asking.rule, asking.choose, known=known)
        return self._judged(evidence, asking)

    def _judged(self, evidence: FaceEvidence, asking: ChallengeRequest) -> FaceEvidence:
        count, rule = len(self._measures), asking.rule
        # A policy that asks for nothing has whatever was measured, for the journal.
        needed = 1 if rule.mode is LivenessMode.OFF else asking.frames
        measure = round(fused(self._measures), 4) if count >= needed else None
        begun = rule.mode is LivenessMode.ACTIVE and self._challenge.began is not None
        evidence = replace(
            evidence,
            liveness=measure,
            liveness_frames=count,
            challenge=self._challenge.state if begun else None,
            asked=self._challenge.asked if begun else None,
        )
        fake = measure is not None and rule.mode is not LivenessMode.OFF and measure < rule.threshold
        if fake and evidence.finding in _JUDGED:
            return replace(evidence, finding=FaceFinding.SPOOF, subject_id=None)
        return evidence


def _lacks_a_move(face: FaceEvidence, asking: ChallengeRequest) -> bool:
    """Whether only the requested head move is missing."""
    code, mode = asking.code, asking.mode
    if asking.rule.mode is not LivenessMode.ACTIVE or face.liveness is None:
        return False
    if code is not None and code.verdict is PassVerdict.GENUINE:
        confirmed = face.confirms and face.finding is not FaceFinding.SPOOF
        return confirmed and (
            mode in {Mode.FACE, Mode.FACE_AND_CODE} or (mode is not None and code.face_bound)
        )
    return face.finding is FaceFinding.MATCHED and mode in {Mode.FACE, Mode.FACE_OR_CODE}


def is_asking(evidence: FaceEvidence | None) -> bool:
    """Whether a known person is in the middle of a challenge."""
    if evidence is None or evidence.challenge not in _GOING_ON or evidence.finding is FaceFinding.SPOOF:
        return False
    return evidence.finding is FaceFinding.MATCHED or evidence.confirms


def is_over(evidence: FaceEvidence, rule: LivenessRule) -> bool:
    """Whether the liveness of this face is settled: more frames would not change it."""
    if rule.mode is LivenessMode.OFF:
        return True
    if evidence.liveness is None:
        return False
    return rule.mode is LivenessMode.PASSIVE or evidence.challenge in _OVER
