"""The same face from frame to frame, by where it is: enough in a lane one person wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.vision.sighting import Box

_OVERLAP = 0.3
_GONE_AFTER = 1.0
"""Seconds unseen after which a track ends: whoever comes then is looked at anew."""


@dataclass(frozen=True)
class Track:
    number: int
    box: Box
    seen: float


class Tracker:
    """Gives faces numbers that stay theirs while they are in view. Time comes with the frames."""

    def __init__(self) -> None:
        self._tracks: tuple[Track, ...] = ()
        self._next = 1

    def follow(self, boxes: Sequence[Box], now: float) -> tuple[int, ...]:
        """The track numbers of `boxes`, in their order; `now` is the frame's time (s)."""
        alive = [track for track in self._tracks if now - track.seen <= _GONE_AFTER]
        pairs = sorted(
            ((overlap(track.box, box), place, track) for place, box in enumerate(boxes) for track in alive),
            key=lambda pair: pair[0],
            reverse=True,
        )
        numbers: dict[int, int] = {}
        taken: set[int] = set()
        for share, place, track in pairs:
            if share >= _OVERLAP and place not in numbers and track.number not in taken:
                numbers[place] = track.number
                taken.add(track.number)
        for place in range(len(boxes)):
            if place not in numbers:
                numbers[place] = self._next
                self._next += 1
        current = tuple(Track(numbers[place], box, now) for place, box in enumerate(boxes))
        unseen = tuple(track for track in alive if track.number not in taken)
        self._tracks = current + unseen
        return tuple(numbers[place] for place in range(len(boxes)))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two rectangles, in [0, 1]."""
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    if width <= 0.0 or height <= 0.0:
        return 0.0
    shared = width * height
    return min(1.0, shared / (one.width * one.height + other.width * other.height - shared))
