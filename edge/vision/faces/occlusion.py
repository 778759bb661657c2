"""Whether a mask, sunglasses or a hand covers a face, by what is missing: lips, nostrils, skin, eyes.

Classical cues on the upright crop and three linear discriminants over them; no further model is needed.
Their weights were fitted on photographs and on covers drawn over them (tests/covers.py), by people with an
even number; tests/bench/bench_quality.py measures them on the others, and docs/enrolment.md says what they
miss.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.decision import Cover
from edge.vision.frame import Image

Lab = NDArray[np.float32]

_COLOURLESS = 5.0
"""Chroma of the skin below which a picture counts as grey: then colours say nothing of a cover."""

_BROW = ((50, 42, 62, 60), (40, 28, 72, 38))
_CHEEKS = ((26, 66, 40, 80), (72, 66, 86, 80))
_CHIN = ((40, 80, 72, 108),)
_EYES = ((26, 44, 50, 60), (62, 44, 86, 60))

_MASK = {
    "chroma": 0.244,
    "red": -0.245,
    "skin": -0.143,
    "lips": -0.596,
    "nostrils": -7.12,
    "lines": -9.13,
    "corners": 7.65,
    "bias": 3.7,
}
"""Another colour than the skin's, no lips, no nostrils."""
_HAND = {"lips": -0.58, "lines": -2.29, "corners": -34.7, "colours": -0.284, "bias": 4.78}
"""Skin where the mouth should be: no lips, no corners of a mouth, one colour."""
_SUNGLASSES = {"dark": 2.86, "strange": 0.194, "uneven": 20.0, "lids": -19.9, "pupils": -25.9, "bias": 0.3}
"""Dark or of a strange colour where the eyes should be, with neither lids nor pupils in it."""


def cues_of(crop: Image) -> dict[str, float]:
    """What is measured of an upright crop (BGR, 112×112), by name; lightness as a share of the skin's."""
    lab = np.asarray(cv2.cvtColor(crop.astype(np.float32) / 255.0, cv2.COLOR_BGR2LAB), np.float32)
    soft = np.asarray(cv2.GaussianBlur(lab, (0, 0), 1.5), np.float32)
    brow, cheeks, chin = _colour(lab, _BROW), _colour(lab, _CHEEKS), _colour(lab, _CHIN)
    skin = max(brow, cheeks, key=lambda colour: float(colour[0]))
    light = max(10.0, float(skin[0]))
    down = np.asarray(np.abs(cv2.Sobel(soft[:, :, 0], cv2.CV_32F, 0, 1)) / light, np.float32)
    across = np.asarray(np.abs(cv2.Sobel(soft[:, :, 0], cv2.CV_32F, 1, 0)) / light, np.float32)
    return _cues_below(soft, brow, chin, light, down, across) | _cues_of_eyes(lab, skin, light, down, across)


def _cues_below(soft: Lab, brow: Lab, chin: Lab, light: float, down: Lab, across: Lab) -> dict[str, float]:
    """Of nose, mouth and chin, against the skin between the eyes."""
    red, nose = soft[:, :, 1], soft[66:84, 44:68, 0]
    lips = float(np.percentile(red[82:102, 40:72], 95) - np.median(red[72:110, 30:82]))
    below = soft[78:108, 36:76]
    return {
        "chroma": min(float(np.hypot(*(chin - brow)[1:])), 40.0),
        "red": float(chin[1] - brow[1]),
        "yellow": float(chin[2] - brow[2]),
        "lighter": abs(float(chin[0] - brow[0])),
        "skin": min(float(np.hypot(*brow[1:])), 30.0),
        "lips": min(lips, 15.0),
        "nostrils": min(float(np.median(nose) - np.percentile(nose, 3)) / light, 0.6),
        "lines": float(down[84:104, 42:70].mean()),
        "corners": float(across[84:104, 42:70].mean()),
        "colours": min(float(np.sqrt(below[:, :, 1].var() + below[:, :, 2].var())), 15.0),
    }


def _cues_of_eyes(lab: Lab, skin: Lab, light: float, down: Lab, across: Lab) -> dict[str, float]:
    """Of the eyes, against the lightest skin near them: a lens is dark or strange, and shows no eye."""
    eyes = [lab[top:bottom, left:right, 0] for left, top, right, bottom in _EYES]
    lenses = [_colour(lab, ((left, 48, left + 16, 58),)) for left in (30, 66)]
    pupils = [(slice(48, 58), slice(left, left + 14)) for left in (32, 66)]
    return {
        "dark": min(float((eye < 0.55 * light).mean()) for eye in eyes),
        "strange": min(30.0, *(float(np.hypot(*(lens - skin)[1:])) for lens in lenses)),
        "uneven": min(0.5, max(float(eye.std()) for eye in eyes) / light),
        "lids": min(0.4, max(float(down[area].mean()) for area in pupils)),
        "pupils": min(0.4, max(float(across[area].mean()) for area in pupils)),
    }


def _colour(lab: Lab, boxes: tuple[tuple[int, int, int, int], ...]) -> Lab:
    """The median L, a, b of some boxes (left, top, right, bottom)."""
    parts = [lab[top:bottom, left:right].reshape(-1, 3) for left, top, right, bottom in boxes]
    return np.asarray(np.median(np.concatenate(parts), axis=0), np.float32)


def cover_of(crop: Image) -> Cover | None:
    """What covers the face in an upright crop (BGR, 112×112), None where nothing seems to.

    In a picture without colour (an infrared lamp at night) a mask or a hand is not looked for.
    """
    cues = cues_of(crop)
    coloured = cues["skin"] >= _COLOURLESS
    if coloured and _score(_MASK, cues) > 0.0:
        return Cover.MASK
    if coloured and _score(_HAND, cues) > 0.0:
        return Cover.HAND
    return Cover.SUNGLASSES if _score(_SUNGLASSES, cues) > 0.0 else None


def _score(weights: Mapping[str, float], cues: Mapping[str, float]) -> float:
    return sum(weight * cues.get(name, 1.0) for name, weight in weights.items())
