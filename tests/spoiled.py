"""Good photographs made bad in one way each: what quality has to say of them is known.

Light is taken away where a sensor would miss it: in linear light, with the noise of the photons that are left
and of the reading. Places are those of the face's landmarks, so that every face is spoiled alike.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.decision import FaceProblem
from edge.vision.faces.alignment import SIDE, towards_crop
from edge.vision.faces.engine import DetectedFace
from edge.vision.faces.light import light_on, square_of
from edge.vision.frame import Image

Spoil = Callable[[Image, DetectedFace, np.random.Generator], Image]

_FULL_WELL, _READ_NOISE = 6000.0, 5.0
"""Electrons of a small sensor: what is white, and the noise of reading one pixel."""
_GREYS = np.arange(256) / 255.0
_LINEAR = np.where(_GREYS <= 0.04045, _GREYS / 12.92, ((_GREYS + 0.055) / 1.055) ** 2.4)


def exposed(image: Image, stops: float, draw_from: np.random.Generator) -> Image:
    """`image` with 2 to the power of `stops` times the light (negative: less), as a sensor would read it."""
    electrons = _LINEAR[image] * _FULL_WELL * 2.0**stops
    noise = draw_from.normal(0.0, 1.0, image.shape) * np.sqrt(electrons + _READ_NOISE**2)
    return _encoded((electrons + (noise if stops < 0 else 0.0)) / _FULL_WELL)


def _encoded(light: NDArray[np.float64]) -> Image:
    held = np.clip(light, 0.0, 1.0)
    grey = np.where(held <= 0.0031308, 12.92 * held, 1.055 * held ** (1 / 2.4) - 0.055)
    return np.round(255.0 * grey).astype(np.uint8)


def darkened(stops: float) -> Spoil:
    return lambda image, _, draw_from: exposed(image, -stops, draw_from)


def overexposed(stops: float) -> Spoil:
    return lambda image, _, draw_from: exposed(image, stops, draw_from)


def with_light(light: float, more: float = 0.0) -> Spoil:
    """So exposed that there is `light` on the face, whatever skin it has, and `more` stops beyond."""

    def spoil(image: Image, face: DetectedFace, draw_from: np.random.Generator) -> Image:
        has, wanted = np.interp([light_on(square_of(image, face.box)), light], np.arange(256), _LINEAR)
        return exposed(image, float(np.log2(wanted / has)) + more, draw_from)

    return spoil


def against_the_light(stops: float) -> Spoil:
    """The head dark before a white wall: what is far from the face is white."""

    def spoil(image: Image, face: DetectedFace, draw_from: np.random.Generator) -> Image:
        box, (height, width) = face.box, image.shape[:2]
        head = np.zeros((height, width), np.float32)
        middle = (round(box.left + box.width / 2), round(box.top + 0.42 * box.height))
        cv2.ellipse(
            head, middle, (round(0.68 * box.width), round(0.78 * box.height)), 0, 0, 360, 1.0, -1, cv2.LINE_AA
        )
        below = round(box.top + 1.15 * box.height)
        cv2.rectangle(head, (round(box.left - 0.5 * box.width), below), (width, height), 1.0, -1)
        share = cv2.GaussianBlur(head, (0, 0), 2.0)[:, :, None]
        dark = exposed(image, -stops, draw_from).astype(np.float32)
        return np.asarray(np.round(dark * share + 248.0 * (1.0 - share)), np.uint8)

    return spoil


def before_a_white_wall(image: Image, face: DetectedFace, draw_from: np.random.Generator) -> Image:
    """A well-lit head before a white wall: nothing is wrong with it."""
    return against_the_light(0.0)(image, face, draw_from)


def hazed(share: float) -> Spoil:
    """A veil of grey: fog, a dirty lens, the sun on it."""
    return lambda image, *_: np.asarray(np.round(image * share + 150.0 * (1.0 - share)), np.uint8)


def blurred(share: float) -> Spoil:
    """Out of focus: by `share` of the face's width."""
    return lambda image, face, _: np.asarray(
        cv2.GaussianBlur(image, (0, 0), share * face.box.width), np.uint8
    )


def smeared(share: float) -> Spoil:
    """Moved while it was taken: by `share` of the face's width, to a side."""

    def spoil(image: Image, face: DetectedFace, _: np.random.Generator) -> Image:
        length = max(3, round(share * face.box.width))
        return np.asarray(cv2.filter2D(image, -1, np.full((1, length), 1.0 / length)), np.uint8)

    return spoil


def shrunk(eyes: float) -> Spoil:
    """So far away that `eyes` pixels are left between the eyes."""

    def spoil(image: Image, face: DetectedFace, _: np.random.Generator) -> Image:
        (right_x, right_y), (left_x, left_y) = face.landmarks[:2]
        scale = eyes / max(1.0, float(np.hypot(left_x - right_x, left_y - right_y)))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.copyMakeBorder(small, 60, 60, 80, 80, cv2.BORDER_REPLICATE), np.uint8)

    return spoil


def tilted(degrees: float) -> Spoil:
    def spoil(image: Image, face: DetectedFace, _: np.random.Generator) -> Image:
        box, (height, width) = face.box, image.shape[:2]
        middle = (box.left + box.width / 2.0, box.top + box.height / 2.0)
        around = cv2.getRotationMatrix2D(middle, degrees, 1.0)
        return np.asarray(
            cv2.warpAffine(image, around, (width, height), borderMode=cv2.BORDER_REFLECT_101), np.uint8
        )

    return spoil


def cut_off(side: str) -> Spoil:
    """The picture ends within the face: at the `left` or `right` eye, or at the mouth (`below`)."""

    def spoil(image: Image, face: DetectedFace, draw_from: np.random.Generator) -> Image:
        del draw_from
        (right_x, _), (left_x, _) = face.landmarks[:2]
        box, inset = face.box, 0.2 * abs(left_x - right_x)
        if side == "left":
            return np.ascontiguousarray(image[:, round(max(box.left + 2, right_x - inset)) :])
        if side == "right":
            return np.ascontiguousarray(image[:, : round(min(box.left + box.width - 2, left_x + inset))])
        return np.ascontiguousarray(image[: round(box.top + 0.9 * box.height)])

    return spoil


def too_near(image: Image, face: DetectedFace, _: np.random.Generator) -> Image:
    """The face fills the picture from top to bottom."""
    box, (height, width) = face.box, image.shape[:2]
    top, below = max(0, round(box.top)), min(height, round(box.top + box.height))
    middle, half = round(box.left + box.width / 2.0), round(0.75 * (below - top))
    near = image[top:below, max(0, middle - half) : min(width, middle + half)]
    return np.asarray(cv2.resize(near, None, fx=2.2, fy=2.2, interpolation=cv2.INTER_CUBIC), np.uint8)


MADE: dict[str, tuple[FaceProblem | None, Spoil]] = {
    "as it is": (None, lambda image, *_: image),
    "before a white wall": (None, before_a_white_wall),
    "three stops too dark": (None, darkened(3.0)),
    "hardly any light": (FaceProblem.TOO_DARK, with_light(8.0)),
    "too much light": (FaceProblem.TOO_BRIGHT, with_light(245.0, more=1.0)),
    "against the light": (FaceProblem.BACKLIT, against_the_light(7.0)),
    "hazy": (FaceProblem.LOW_CONTRAST, hazed(0.12)),
    "out of focus": (FaceProblem.BLURRED, blurred(0.065)),
    "moved": (FaceProblem.BLURRED, smeared(0.33)),
    "far away": (FaceProblem.TOO_SMALL, shrunk(13.0)),
    "tilted": (FaceProblem.TILTED, tilted(60.0)),
    "cut off at the left": (FaceProblem.CUT_OFF, cut_off("left")),
    "cut off at the right": (FaceProblem.CUT_OFF, cut_off("right")),
    "cut off below": (FaceProblem.CUT_OFF, cut_off("below")),
    "too near": (FaceProblem.TOO_CLOSE, too_near),
}
"""What was done to a photograph, and what has to be said of it."""


def _cast(image: Image, _: DetectedFace, draw_from: np.random.Generator) -> Image:
    """In the light of a lamp or of a blue evening: the colours are wrong."""
    warm = draw_from.uniform(-0.3, 0.3)
    return np.asarray(np.clip(image * np.array([1.0 - warm, 1.0, 1.0 + warm]), 0, 255), np.uint8)


def _from_above(image: Image, face: DetectedFace, draw_from: np.random.Generator) -> Image:
    """Light from above: deep-set eyes lie in their own shadow."""
    height, width = image.shape[:2]
    shadow = np.ones((SIDE, SIDE), np.float32)
    for eye in (38, 74):
        cv2.ellipse(shadow, (eye, 52), (15, 9), 0, 0, 360, float(draw_from.uniform(0.3, 0.6)), -1)
    shadow = np.asarray(cv2.GaussianBlur(shadow, (0, 0), 4.0), np.float32)
    back = cv2.invertAffineTransform(towards_crop(face))
    laid = cv2.warpAffine(shadow, back, (width, height), borderMode=cv2.BORDER_CONSTANT, borderValue=(1.0,))
    return np.asarray(image * laid[:, :, None], np.uint8)


def _from_one_side(image: Image, face: DetectedFace, draw_from: np.random.Generator) -> Image:
    """A window at one side: half of the face is dark."""
    (right, _), (left, _) = face.landmarks[:2]
    side = float(draw_from.choice([-1.0, 1.0]))
    along = side * (np.arange(image.shape[1]) - (right + left) / 2.0) / (0.35 * (abs(left - right) + 1.0))
    light = 0.3 + 0.9 / (1.0 + np.exp(along))
    return np.asarray(np.clip(image * light[None, :, None], 0, 255), np.uint8)


def _by_a_poor_camera(image: Image, _: DetectedFace, draw_from: np.random.Generator) -> Image:
    """Few pixels, hard compression, as a network camera sends it."""
    scale = float(draw_from.uniform(0.4, 0.7))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    sent = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 45])[1]
    return np.asarray(cv2.imdecode(sent, cv2.IMREAD_COLOR), np.uint8)


def _without_colour(image: Image, *_: object) -> Image:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


HARMLESS: dict[str, Spoil] = {
    "coloured light": _cast,
    "light from above": _from_above,
    "light from one side": _from_one_side,
    "two and a half stops too dark": darkened(2.5),
    "a poor camera": _by_a_poor_camera,
    "without colour": _without_colour,
}
"""What makes a photograph poorer and covers nothing."""
