"""Which moves the frames of a face show that a gate might ask for, though nobody asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from statistics import median

from edge.decision import Move
from edge.liveness import REACHED, SHUT, SHUT_FRAMES, Eyes, HeadPose
from edge.vision.reports import FaceSighting

_NEUTRAL_OF = 3
"""The poses, the first ones of a face, that it is held against."""


@dataclass(frozen=True)
class MovesSeen:
    """The moves that were `seen` so far in one face."""

    seen: tuple[Move, ...] = ()
    eyes: Eyes = field(default_factory=Eyes)
    shut: int = 0
    first: tuple[HeadPose, ...] = ()

    def after(self, face: FaceSighting) -> MovesSeen:
        """What was seen once this frame is taken into account too."""
        eyes = self.eyes.after(face.eyes)
        openness = eyes.openness(face.eyes)
        closed = openness is not None and openness < SHUT
        opened = openness is not None and not closed and self.shut >= SHUT_FRAMES
        shut = self.shut if openness is None else self.shut + 1 if closed else 0
        shows = {Move.CLOSE_EYES} if opened else set()
        first = self.first
        if face.pose is not None and len(first) < _NEUTRAL_OF:
            first = (*first, face.pose)
        elif face.pose is not None:
            neutral = HeadPose(median(pose.yaw for pose in first))
            turns = (Move.TURN_LEFT, Move.TURN_RIGHT)
            shows |= {turn for turn in turns if face.pose.moved(turn, neutral) >= REACHED}
        seen = tuple(move for move in Move if move in shows or move in self.seen)
        return replace(self, seen=seen, eyes=eyes, shut=shut, first=first)
