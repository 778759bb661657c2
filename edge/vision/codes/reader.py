"""The protocol of code readers, whichever library does the work, and the retries that all of them share."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.frame import Image
from edge.vision.reports import CodeSighting

Grey = NDArray[np.uint8]


class Variant(StrEnum):
    """What is done to a picture in which no code was found, before it is read again.

    In this order, which reads most codes soonest (tests/bench/bench_codes.py).
    """

    AS_IS = "as_is"
    STRAIGHTENED = "straightened"  # what is found and not decoded, drawn upright
    SMOOTHED = "smoothed"  # twice as large, for noise in poor light
    ENLARGED = "enlarged"  # and sharpened, for what is far away
    BLUR = "blur"
    HISTOGRAM = "histogram"
    TWICE = "twice"
    CONTRAST = "contrast"
    HALF = "half"
    SHARPEN = "sharpen"
    GAMMA = "gamma"
    OTHER_KINDS = "other_kinds"  # is it a code that is not a QR code?


_MOST_ENLARGED, _LONGEST_ENLARGED = 4.0, 1600

RETRIES: tuple[Variant, ...] = tuple(variant for variant in Variant if variant is not Variant.AS_IS)


class CodeReader(Protocol):
    """Reads QR codes in grey pictures; `name` is its library's."""

    @property
    def name(self) -> str: ...

    def read_codes(self, grey: Grey, variant: Variant) -> tuple[CodeSighting, ...]:
        """The QR codes of `grey` (height×width), read through `variant`; corners in its own pixels."""
        ...


def grey_of(image: Image) -> Grey:
    """`image` (BGR) in grey, height×width."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def altered(grey: Grey, variant: Variant) -> tuple[Grey, float]:
    """`grey` through `variant`, and the factor by which its size changed."""
    height, width = grey.shape
    match variant:
        case Variant.TWICE:
            size, scale = (2 * width, 2 * height), 2.0
            picture = cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC)
        case Variant.HALF:
            size, scale = (max(1, width // 2), max(1, height // 2)), 0.5
            picture = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        case Variant.CONTRAST:
            picture, scale = cv2.createCLAHE(3.0, (8, 8)).apply(grey), 1.0
        case Variant.SHARPEN:
            picture, scale = cv2.addWeighted(grey, 2.0, cv2.GaussianBlur(grey, (0, 0), 2.0), -1.0, 0), 1.0
        case Variant.BLUR:
            picture, scale = cv2.GaussianBlur(grey, (5, 5), 0), 1.0
        case Variant.GAMMA:
            picture, scale = cv2.LUT(grey, (255.0 * (np.arange(256) / 255.0) ** 0.5).astype(np.uint8)), 1.0
        case Variant.SMOOTHED:
            clear = cv2.createCLAHE(4.0, (8, 8)).apply(cv2.GaussianBlur(grey, (0, 0), 0.75))
            picture = cv2.resize(clear, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
            scale = 2.0
        case Variant.ENLARGED:
            scale = min(_MOST_ENLARGED, max(2.0, _LONGEST_ENLARGED / max(width, height)))
            size = (round(scale * width), round(scale * height))
            larger = cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC)
            blurred = cv2.GaussianBlur(larger, (0, 0), 1.5 * scale)
            picture = cv2.addWeighted(larger, 3.0, blurred, -2.0, 0)
        case _:
            return grey, 1.0
    return np.ascontiguousarray(picture, dtype=np.uint8), scale
