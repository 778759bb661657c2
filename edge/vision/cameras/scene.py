"""Judges whether pictures show a scene: a gate is blind where they are black, of one colour, or frozen.

Each picture is averaged down to some hundred cells, in which a sensor's noise all but vanishes and a scene
does not. NumPy and OpenCV on values only; time comes with the pictures.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.frame import Image

_SMALL, _FINE, _COARSE = (160, 120), (40, 30), (20, 15)
_JUDGE_EVERY = 0.2
"""Seconds between two judgements: more often shows nothing more."""
_EDGE = 4.0
"""Grey values between neighbouring cells that the sharpest hundredth of them has in any scene."""
_BLACK = 24.0
_FLAT_FOR, _BACK_AFTER = 2.0, 1.0
"""Seconds without an edge after which a picture shows nothing, and with one after which it does again."""
_FROZEN_FOR = 10.0
"""Seconds without a change after which a picture with a face in it is frozen: people never stand still."""
_CHANGE, _BEYOND_NOISE = 0.5, 6.0
"""What is a change: so many grey values, and so many deviations of what the noise itself comes to."""

Cells = NDArray[np.float32]


class SceneWatch:
    """Judges each picture of a live camera.

    `quiet_for`: seconds after which a scene in which nothing at all has changed is taken for a frozen picture
    (0: never). `faces_in_view` says whether faces are in view; the caller keeps it up to date.
    """

    def __init__(self, quiet_for: float) -> None:
        self._quiet_for = quiet_for
        self.faces_in_view = False
        self._judged_at = float("-inf")
        self._fault = ""
        self._flat_since: float | None = None
        self._edges_since: float | None = None
        self._flat = ""
        self._before: Cells | None = None
        self._reference: Cells | None = None
        self._changed = 0.0
        self._noise: float | None = None

    def fault_of(self, image: Image, now: float) -> str:
        """Why `image`, taken at `now` (s), shows no scene; empty where it shows one."""
        if not 0.0 <= now - self._judged_at < _JUDGE_EVERY:
            self._judged_at = now
            fine = _cells(image)
            coarse = np.asarray(cv2.resize(fine, _COARSE, interpolation=cv2.INTER_AREA), np.float32)
            flat, frozen = self._judge_edges(coarse, now), self._judge_change(fine, now)
            self._fault = flat or frozen
        return self._fault

    def _judge_edges(self, cells: Cells, now: float) -> str:
        if _sharpest(cells) >= _EDGE:
            self._flat_since = None
            self._edges_since = now if self._edges_since is None else self._edges_since
            if now - self._edges_since >= _BACK_AFTER:
                self._flat = ""
            return self._flat
        self._edges_since = None
        self._flat_since = now if self._flat_since is None else self._flat_since
        if now - self._flat_since >= _FLAT_FOR:
            self._flat = (
                "the picture is black: is there light, and is the lens free?"
                if float(cells.mean()) < _BLACK
                else "the picture shows one colour: is the lens free, and are camera and cable whole?"
            )
        return self._flat

    def _judge_change(self, cells: Cells, now: float) -> str:
        before, self._before = self._before, cells
        if before is None or self._reference is None or self._has_changed(cells, before, self._reference):
            self._reference, self._changed = cells, now
        still = now - self._changed
        if self.faces_in_view and still >= _FROZEN_FOR:
            return f"the picture has a face in it that has not moved for {_FROZEN_FOR:g} s: is it frozen?"
        if self._quiet_for and still >= self._quiet_for:
            return f"nothing but noise has changed for {self._quiet_for:g} s: is the picture frozen?"
        return ""

    def _has_changed(self, cells: Cells, before: Cells, reference: Cells) -> bool:
        """Whether some patch differs from the reference by more than noise can make it differ.

        Noise is what changes from one picture to the next in a cell and not in its neighbours: light that
        flickers, and things that move, change both.
        """
        step = cells - before
        rough = float(np.median(np.abs(step - cv2.blur(step, (3, 3)))))
        self._noise = rough if self._noise is None else self._noise + 0.2 * (rough - self._noise)
        patches = cv2.blur(cells - reference, (3, 3))[1:-1, 1:-1]
        limit = max(_CHANGE, _BEYOND_NOISE * self._noise / 2.0)
        return float(np.abs(patches).max()) > limit


def _cells(image: Image) -> Cells:
    """The mean grey of each fine cell, with fractions: what is averaged must not be rounded."""
    small = cv2.resize(image, _SMALL, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return np.asarray(cv2.resize(grey, _FINE, interpolation=cv2.INTER_AREA), np.float32)


def _sharpest(cells: Cells) -> float:
    across, down = np.abs(np.diff(cells, axis=1)), np.abs(np.diff(cells, axis=0))
    return float(np.percentile(np.concatenate((across.ravel(), down.ravel())), 99))
