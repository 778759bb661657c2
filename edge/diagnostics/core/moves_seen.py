"""Which moves the frames of a face show that a gate might ask for, though nobody asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from statistics import median

from edge.decision import Move
from edge.liveness import REACHED, Closing, Eyes, HeadPose
from edge.vision.reports import FaceSighting

_NEUTRAL_OF = 3
"""The poses, the first ones of a face, that it is held against."""


@dataclass(frozen=True)
class MovesSeen:
    """The moves that were `seen` so far in one face."""

    seen: tuple[Move, ...] = ()
    eyes: Eyes = field(default_factory=Eyes)
    closing: Closing = field(default_factory=Closing)
    first: tuple[HeadPose, ...] = ()

    def after(self, face: FaceSighting) -> MovesSeen:
        """What was seen once this frame is taken into account too."""
        hidden = face.problem is not None or face.covered is not None
        ratio = None if hidden else face.eyes
        eyes = self.eyes.after(ratio)
        closing = self.closing.after(eyes.openness(ratio), hidden=hidden)
        shows = {Move.CLOSE_EYES} if closing.done else set()
        first = self.first
        if face.pose is not None and len(first) < _NEUTRAL_OF:
            first = (*first, face.pose)
        elif face.pose is not None:
            neutral = HeadPose(median(pose.yaw for pose in first))
            turns = (Move.TURN_LEFT, Move.TURN_RIGHT)
            shows |= {turn for turn in turns if face.pose.moved(turn, neutral) >= REACHED}
        seen = tuple(move for move in Move if move in shows or move in self.seen)
        return replace(self, seen=seen, eyes=eyes, closing=closing, first=first)
