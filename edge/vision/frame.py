"""One picture from a camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    """A picture (height×width×3, BGR) with its number from 1, its time (monotonic s) and its source.

    `still` says that it stands alone: no frame before or after it shows the same scene.
    """

    image: Image
    number: int
    captured: float
    input: str
    still: bool = False
