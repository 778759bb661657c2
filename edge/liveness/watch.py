"""Collects what the frames of one track show of its being alive."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import fmean

from msgspec.structs import replace

from edge.decision import (
    ChallengeState,
    FaceEvidence,
    FaceFinding,
    LivenessMeans,
    LivenessMode,
    LivenessRule,
    Mode,
    PassEvidence,
    PassVerdict,
    looks_alive,
    needs_of,
)
from edge.liveness.challenge import Challenge, Choose, TrackFrame, step
from edge.liveness.eyes import Eyes
from edge.liveness.fusion import fused
from edge.liveness.pose import HeadPose, Landmarks
from edge.liveness.reading import LivenessReading

_JUDGED = frozenset({FaceFinding.MATCHED, FaceFinding.UNKNOWN, FaceFinding.AMBIGUOUS})
_GOING_ON = frozenset({ChallengeState.WAITING, ChallengeState.ASKED})
_OVER = frozenset({ChallengeState.PASSED, ChallengeState.FAILED})
MOST_MEASURED, LONGEST_MEASURED = 12, 1.0
"""Frames and seconds, from the first usable one on, in which a face that is not clearly alive is measured."""
_MOST_MEASURES = 30
"""The newest that count: a person who stands there for an hour fills no memory."""


@dataclass(frozen=True)
class ChallengeRequest:
    """What the liveness of a face is judged by, for a frame taken at `now` (monotonic seconds).

    At least `frames` frames must be measured. `choose` draws the moves; without it, or without a `mode`,
    nobody is asked to move. `means` is what the gate can do.
    """

    rule: LivenessRule
    frames: int
    now: float
    code: PassEvidence | None = None
    mode: Mode | None = None
    choose: Choose | None = None
    means: LivenessMeans = LivenessMeans.NETS


class LivenessWatch:
    """Watches one track. The tracker makes sure that a track is one person; this, that they are alive."""

    def __init__(self) -> None:
        self._readings: deque[LivenessReading] = deque(maxlen=_MOST_MEASURES)
        self._measured: Landmarks | None = None
        self._eyes = Eyes()
        self._openness: float | None = None
        self._hidden = False
        self._challenge = Challenge()

    @property
    def moves(self) -> tuple[int, int] | None:
        """How many moves are done, of how many, while a person is asked for them."""
        asked = self._challenge.asked is not None
        return (self._challenge.done, len(self._challenge.moves)) if asked else None

    def add_frame(
        self,
        landmarks: Landmarks,
        reading: LivenessReading | None,
        eyes: float | None,
        *,
        hidden: bool = False,
    ) -> None:
        """Add what one frame shows: the nets' reading, the eyes' aspect ratio, and whether they are `hidden`.

        A reading of exactly the landmarks of the one before does not count: no sensor gives the same twice.
        """
        if reading is not None and landmarks != self._measured:
            self._readings.append(reading)
            self._measured = landmarks
        self._hidden, ratio = hidden, None if hidden else eyes
        self._eyes = self._eyes.after(ratio)
        self._openness = self._eyes.openness(ratio)

    def judge(
        self, evidence: FaceEvidence, pose: HeadPose | None, asking: ChallengeRequest, *, known: bool
    ) -> FaceEvidence:
        """`evidence` with the liveness added; a face that looks like a picture of one becomes SPOOF.

        Where nothing but a move is missing, this frame goes on with the asking; `known` says that its face
        was embedded.
        """
        judged = self._judged(evidence, asking)
        if asking.choose is None or not _lacks_a_move(judged, asking):
            return judged
        measured = needs_of(asking.rule, asking.means).measured
        frame = TrackFrame(
            asking.now, pose, known, self._eyes.usual is not None, self._openness, self._hidden, measured
        )
        self._challenge = step(self._challenge, frame, asking.rule, asking.choose)
        return self._judged(evidence, asking)

    def _judged(self, evidence: FaceEvidence, asking: ChallengeRequest) -> FaceEvidence:
        count, rule = len(self._readings), asking.rule
        # A policy that asks for nothing has whatever was measured, for the journal.
        needed = 1 if rule.mode is LivenessMode.OFF else asking.frames
        vetoes = [reading.veto for reading in self._readings if reading.veto is not None]
        measures = [reading.measure for reading in self._readings]
        begun = needs_of(rule, asking.means).moves and self._challenge.began is not None
        evidence = replace(
            evidence,
            liveness=round(fused(measures), 4) if count >= needed else None,
            liveness_frames=count,
            veto=round(fmean(vetoes), 4) if len(vetoes) >= needed else None,
            challenge=self._challenge.state if begun else None,
            asked=self._challenge.asked if begun else None,
        )
        fake = rule.mode is not LivenessMode.OFF and looks_alive(evidence, rule) is False
        if fake and evidence.finding in _JUDGED:
            return replace(evidence, finding=FaceFinding.SPOOF, subject_id=None)
        return evidence


def _lacks_a_move(face: FaceEvidence, asking: ChallengeRequest) -> bool:
    """Whether only the requested move is missing."""
    code, mode, needs = asking.code, asking.mode, needs_of(asking.rule, asking.means)
    if not needs.moves or (needs.measured and looks_alive(face, asking.rule) is None):
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


def is_over(evidence: FaceEvidence, rule: LivenessRule, means: LivenessMeans) -> bool:
    """Whether the liveness of this face is settled: more frames would not change it."""
    needs = needs_of(rule, means)
    if needs.measured and looks_alive(evidence, rule) is None:
        return False
    return not needs.moves or evidence.challenge in _OVER
