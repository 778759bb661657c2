"""How far the eyes are open, by what they were just before: narrow eyes are not closed ones.

The eye aspect ratio (height over width, by the mesh) differs from person to person by a factor of three, and
falls when somebody looks down. So it is held against its own running median.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from statistics import median

SHUT = 0.5
"""The share of the running median below which eyes are shut."""
SHUT_FRAMES = 2
"""Frames for which eyes have to be shut: one may be a fault of the mesh."""
_FEWEST = 3
"""Frames before which nobody knows how open these eyes are usually."""
_MOST = 30
_SEEN_OPEN = 0.1
"""The median ratio below which eyes are not seen to be open at all: closed ones, or dark glasses."""


@dataclass(frozen=True)
class Eyes:
    """The newest eye aspect ratios of one track, at most 30, the last one last."""

    ratios: tuple[float, ...] = ()

    def after(self, ratio: float | None) -> Eyes:
        """The eyes after one more frame; None, or no number: they were not measured in it."""
        return self if ratio is None or not isfinite(ratio) else Eyes((*self.ratios, ratio)[-_MOST:])

    @property
    def usual(self) -> float | None:
        """How open they are usually; None where too little was seen, or they were not seen open."""
        if len(self.ratios) < _FEWEST:
            return None
        usual = median(self.ratios)
        return usual if usual >= _SEEN_OPEN else None

    def openness(self, ratio: float | None) -> float | None:
        """`ratio` as a share of what is usual; None where either is not known."""
        usual = self.usual
        return None if ratio is None or not isfinite(ratio) or usual is None else max(0.0, ratio) / usual


@dataclass(frozen=True)
class Closing:
    """Eyes that are open, then shut for two frames, then open: `shut` for so many by now; None until open."""

    shut: int | None = None
    done: bool = False

    def after(self, openness: float | None, *, hidden: bool) -> Closing:
        """The closing after one more frame.

        One in which the eyes are not measured says nothing: glasses glare. One in which they are covered or
        blurred (`hidden`) ends what was seen: so does a finger over a picture, before or after it seems to
        shut its eyes.
        """
        if self.done or (openness is None and not hidden):
            return self
        if hidden or openness is None:
            return Closing()
        if openness < SHUT:
            return self if self.shut is None else Closing(self.shut + 1)
        return Closing(0, done=self.shut is not None and self.shut >= SHUT_FRAMES)
