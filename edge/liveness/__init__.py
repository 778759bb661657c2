"""Decides whether a face is alive: measures of frames fused, moves that the gate asks for. PURE."""

from edge.liveness.challenge import REACHED, Choose
from edge.liveness.eyes import Closing, Eyes
from edge.liveness.fusion import fused
from edge.liveness.pose import HeadPose, Landmarks, pose_of
from edge.liveness.reading import LivenessReading
from edge.liveness.watch import (
    LONGEST_MEASURED,
    MOST_MEASURED,
    ChallengeRequest,
    LivenessWatch,
    is_asking,
    is_over,
)

__all__ = [
    "LONGEST_MEASURED",
    "MOST_MEASURED",
    "REACHED",
    "ChallengeRequest",
    "Choose",
    "Closing",
    "Eyes",
    "HeadPose",
    "Landmarks",
    "LivenessReading",
    "LivenessWatch",
    "fused",
    "is_asking",
    "is_over",
    "pose_of",
]
