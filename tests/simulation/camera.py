"""What a gate's camera sees of whoever stands before it, as the vision worker would report it."""

from __future__ import annotations

from random import Random

from edge.liveness import LivenessReading
from edge.vision.configuration import VisionConfiguration
from edge.vision.reports import Box, CodeSighting, FaceSighting, Sighting
from tests.simulation.faces import Faces
from tests.simulation.passes import ShownPass
from tests.simulation.site import ENGINE

EMPTY_FRAMES = 3
"""Frames of an empty lane that are reported after somebody left; the others would say the same."""

EMPTY_EVERY = 1.9
"""Seconds between those: a gate that hears nothing for longer takes its camera to have paused."""

_RAISES_AFTER = (0.0, 0.2)
"""Seconds until a pass is held up: before a face is known, or with it."""

_ALIVE = LivenessReading(0.9)
"""What the nets say of a frame of anybody: people are alive here."""

_EMBEDS = VisionConfiguration()
_FRAME = (640, 480)


class InView:
    """Somebody in view from monotonic `since` on, in one track: a face, if they show it, and a pass, if they
    hold one up: at once, or a moment after their face was seen.
    """

    def __init__(
        self,
        since: float,
        track: int,
        faces: Faces,
        face: str,
        shown: ShownPass | None,
        random: Random,
    ) -> None:
        self._raises_at = since + random.choice(_RAISES_AFTER)
        self._track = track
        self._faces = faces
        self._face = face
        self._random = random
        self._codes = () if shown is None else (_code(shown),)
        self._box = Box(240.0 + random.uniform(-40, 40), 90.0, 130.0, 160.0)
        self._embedded, self._last = 0, 0.0

    def hold_up(self, shown: ShownPass) -> None:
        """From the next frame on they show this pass."""
        self._codes = (_code(shown),)
        self._raises_at = float("-inf")

    def sighting(self, frame: int, at: float) -> Sighting:
        """One frame of them, taken at monotonic `at`."""
        faces = (self._seen(at),) if self._face else ()
        return _sighting(frame, at, faces, self._codes if at >= self._raises_at else ())

    def _seen(self, at: float) -> FaceSighting:
        """The first frames of a track are embedded, then one now and again."""
        template = b""
        due = at - self._last >= _EMBEDS.embed_again_after
        if self._embedded < _EMBEDS.embeddings_per_track or due:
            template = self._faces.look(self._face, self._random).astype("<f4").tobytes()
            self._embedded, self._last = self._embedded + 1, at
        return FaceSighting(
            track=self._track,
            box=self._box,
            confidence=0.9,
            landmarks=((self._box.left + at % 1000.0, self._box.top),),  # no two frames are alike
            quality=self._random.uniform(0.6, 0.95),
            engine=ENGINE,
            template=template,
            liveness=_ALIVE if template else None,
        )


def _code(shown: ShownPass) -> CodeSighting:
    return CodeSighting(shown.text, len(shown.text))


def empty(frame: int, at: float) -> Sighting:
    """A frame of an empty lane."""
    return _sighting(frame, at, (), ())


def _sighting(
    frame: int, at: float, faces: tuple[FaceSighting, ...], codes: tuple[CodeSighting, ...]
) -> Sighting:
    return Sighting(frame, at, "camera", *_FRAME, faces, codes)
