"""The same face from frame to frame: by where it is, and by whose it is once it was embedded.

Position alone takes a person who steps into another's place for them; templates alone cost an embedding
a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from edge.vision.faces.engine import Template
from edge.vision.reports import Box

_OVERLAP = 0.3
_GONE_AFTER = 1.0
"""Seconds out of sight after which a track ends; a face that comes then starts a new one."""


@dataclass(frozen=True)
class Track:
    """One person's way through the picture; `template` is the first that was made of them."""

    number: int
    box: Box
    last_seen: float
    template: Template | None = None


class Tracker:
    """Gives faces numbers that stay theirs while they are in view. Time comes with the frames.

    `same_person` is the cosine from which on two of the engine's templates are taken for one person's.
    """

    def __init__(self, same_person: float) -> None:
        self._same_person = same_person
        self._tracks: dict[int, Track] = {}
        self._next = 1

    def follow(self, boxes: Sequence[Box], now: float) -> tuple[int, ...]:
        """The track numbers of `boxes`, in their order; `now` is the frame's time (s)."""
        alive = {
            number: track for number, track in self._tracks.items() if now - track.last_seen <= _GONE_AFTER
        }
        pairs = sorted(
            (
                (overlap(track.box, box), index, track)
                for index, box in enumerate(boxes)
                for track in alive.values()
            ),
            key=lambda pair: pair[0],
            reverse=True,
        )
        numbers: dict[int, int] = {}
        taken: set[int] = set()
        for share, index, track in pairs:
            if share >= _OVERLAP and index not in numbers and track.number not in taken:
                numbers[index] = track.number
                taken.add(track.number)
                alive[track.number] = replace(track, box=boxes[index], last_seen=now)
        self._tracks = alive
        return tuple(
            numbers[index] if index in numbers else self._begin(box, now) for index, box in enumerate(boxes)
        )

    def end(self, number: int) -> None:
        """Forget a track: the face in its place, and wherever else it goes, is a new one."""
        self._tracks.pop(number, None)

    def identify(self, number: int, template: Template, now: float) -> int:
        """The number under which the face of track `number` goes on, now that it was embedded.

        Another face in a known place is a new track; a known face that was lost from sight a moment ago, and
        stands elsewhere now, goes on under its old number.
        """
        track = self._tracks[number]
        if track.template is not None:
            if self._alike(track.template, template):
                return number
            del self._tracks[number]
            number = self._begin(track.box, now)
            track = self._tracks[number]
        for lost in self._tracks.values():
            if lost.template is not None and lost.last_seen < now and self._alike(lost.template, template):
                del self._tracks[number]
                self._tracks[lost.number] = replace(lost, box=track.box, last_seen=now)
                return lost.number
        self._tracks[number] = replace(track, template=template)
        return number

    def _begin(self, box: Box, now: float) -> int:
        number = self._next
        self._next += 1
        self._tracks[number] = Track(number, box, now)
        return number

    def _alike(self, one: Template, other: Template) -> bool:
        return float(np.dot(one, other)) >= self._same_person


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two rectangles, in [0, 1]."""
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    if width <= 0.0 or height <= 0.0:
        return 0.0
    shared = width * height
    return min(1.0, shared / (one.width * one.height + other.width * other.height - shared))
