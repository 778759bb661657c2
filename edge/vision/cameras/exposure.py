"""How much more light a camera is asked for, by the light on the foremost face.

A camera exposes for the whole picture: a face before a bright street is dark in it. Where the camera can be
asked for more than it would choose (a bias on its own auto-exposure, which goes on deciding), a face that
stays dark asks for half a stop more each second, up to two; when it is light enough, or nobody is there, the
bias goes back as slowly. Values and times come as arguments.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

MOST_STOPS = 2.0
_STEP = 0.5
_DARK, _LIGHT = 60.0, 150.0
"""The light on a face (edge.vision.faces.light) below which more is asked for, and above which less."""
_SETTLES = 1.0
"""Seconds between two steps: the camera's own regulation has to have answered the one before."""
_NOBODY = 5.0
"""Seconds without a face after which the bias goes back."""


@runtime_checkable
class AdjustableCamera(Protocol):
    """A camera whose auto-exposure can be biased."""

    def expose(self, stops: float) -> None:
        """Ask for `stops` (0 to MOST_STOPS) more light than the camera would choose; it may ignore that."""
        ...


class FaceExposure:
    """Says by how many stops a camera's exposure should be raised for the faces before it."""

    def __init__(self) -> None:
        self.stops = 0.0
        self._changed = float("-inf")
        self._face_at = float("-inf")

    def follow(self, light: float | None, now: float) -> bool:
        """Note the `light` on the foremost face (None: no face) at `now`; whether `stops` changed."""
        if light is not None:
            self._face_at = now
        if now - self._changed < _SETTLES:
            return False
        wanted = min(MOST_STOPS, max(0.0, self.stops + self._step(light, now)))
        if wanted == self.stops:
            return False
        self.stops, self._changed = wanted, now
        return True

    def _step(self, light: float | None, now: float) -> float:
        if light is None:
            return -_STEP if now - self._face_at >= _NOBODY else 0.0
        if light < _DARK:
            return _STEP
        return -_STEP if light > _LIGHT else 0.0
