"""Masks, sunglasses and hands drawn over photographs by the landmarks, in the light of the photograph.

Drawn covers are no worn ones: they have no fabric, reflections or shadows of their own beyond what is put
here. They tell what a detector surely misses, and what it falsely sees on the uncovered photograph.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.faces.alignment import towards_crop, upright
from edge.vision.faces.engine import DetectedFace
from edge.vision.frame import Image

Colours = NDArray[np.float64]
Shape = list[tuple[float, float]]
Cover = Callable[[Image, DetectedFace, np.random.Generator], Image]

_SURGICAL, _WHITE, _BLACK, _GREY, _BEIGE = (
    (200, 170, 120),
    (235, 235, 235),
    (25, 25, 28),
    (110, 110, 112),
    (140, 170, 205),
)


def mask(colour: tuple[int, int, int], *, pattern: str = "", below_the_nose: bool = False) -> Cover:
    """A cloth over nose, mouth and chin (BGR); `pattern` is stripes, dots or checks."""
    top = 80.0 if below_the_nose else 60.0
    outline: Shape = [
        (56, top),
        (34, top + 5),
        (19, top + 11),
        (23, 98),
        (36, 112),
        (56, 118),
        (76, 112),
        (89, 98),
    ]
    outline += [(93, top + 11), (78, top + 5)]

    def draw(image: Image, face: DetectedFace, draw_from: np.random.Generator) -> Image:
        cloth = _cloth(colour, pattern, draw_from)
        return _laid(image, face, cloth, _filled([outline]), light=0.8)

    return draw


def sunglasses(colour: tuple[int, int, int], *, gradient: bool = False, mirrored: bool = False) -> Cover:
    """Two dark lenses, a bridge and temples; `gradient` is lighter below, `mirrored` shows a bright sky."""

    def draw(image: Image, face: DetectedFace, draw_from: np.random.Generator) -> Image:
        glass = np.full((160, 160, 3), colour, np.float64)
        rows = np.arange(160.0)[:, None, None]
        if gradient:
            glass += np.clip((rows - 68.0) * 3.0, 0.0, 90.0)
        if mirrored:
            glass += np.clip((80.0 - rows) * 4.0, 0.0, 120.0) + draw_from.normal(0, 4, glass.shape)
        lenses = [_ellipse(36.0, 54.0, 17.0, 13.0), _ellipse(76.0, 54.0, 17.0, 13.0)]
        frame: list[Shape] = [
            [(50, 48), (62, 48), (62, 51), (50, 51)],
            [(8, 47), (20, 49), (20, 53), (8, 50)],
        ]
        frame += [[(104, 47), (92, 49), (92, 53), (104, 50)]]
        return _laid(image, face, glass, _filled(lenses + frame), light=0.1)

    return draw


def clear_glasses(image: Image, face: DetectedFace, draw_from: np.random.Generator) -> Image:
    """Spectacles through which the eyes are seen: nothing is covered."""
    dark = float(draw_from.uniform(15, 80))
    rims = np.zeros((160, 160), np.uint8)
    for x in (36, 76):
        cv2.ellipse(rims, (x + 24, 54 + 24), (17, 13), 0, 0, 360, 255, 2)
    cv2.line(rims, (53 + 24, 52 + 24), (59 + 24, 52 + 24), 255, 2)
    return _laid(image, face, np.full((160, 160, 3), dark), rims, light=0.2)


def hand(image: Image, face: DetectedFace, draw_from: np.random.Generator) -> Image:
    """Fingers over the mouth, of the colour of the person's own cheeks or a little off it."""
    crop = upright(image, face)
    cheek = np.median(crop[62:76, 24:40].reshape(-1, 3), axis=0)
    skin = np.clip(cheek * draw_from.uniform(0.85, 1.15), 0, 255)
    flesh = np.full((160, 160, 3), skin) + draw_from.normal(0, 3, (160, 160, 1))
    fingers: list[Shape] = []
    for number in range(4):
        y = 78.0 + 10.5 * number
        fingers.append([(14, y + 4), (90, y - 2), (97, y + 3), (90, y + 8), (14, y + 14)])
    for finger in fingers:
        line = np.array(finger[-2:], np.int32) + 24
        cv2.line(flesh, tuple(map(int, line[0])), tuple(map(int, line[1])), (skin * 0.75).tolist(), 2)
    return _laid(image, face, flesh, _filled(fingers), light=0.35)


MASKS: dict[str, Cover] = {
    "surgical": mask(_SURGICAL),
    "white": mask(_WHITE),
    "black": mask(_BLACK),
    "grey": mask(_GREY),
    "skin-coloured": mask(_BEIGE),
    "striped": mask(_SURGICAL, pattern="stripes"),
    "dotted": mask(_BLACK, pattern="dots"),
    "checked": mask(_BEIGE, pattern="checks"),
    "below the nose": mask(_SURGICAL, below_the_nose=True),
}
SUNGLASSES: dict[str, Cover] = {
    "black": sunglasses((18, 18, 18)),
    "brown": sunglasses((25, 40, 65)),
    "gradient": sunglasses((25, 25, 28), gradient=True),
    "mirrored": sunglasses((90, 60, 40), mirrored=True),
}


def _cloth(colour: tuple[int, int, int], pattern: str, draw_from: np.random.Generator) -> Colours:
    cloth = np.full((160, 160, 3), colour, np.float64)
    other = 255.0 - np.array(colour) * draw_from.uniform(0.2, 0.8)
    rows, columns = np.mgrid[0:160, 0:160]
    if pattern == "stripes":
        cloth[(rows // 5) % 2 == 0] = other
    elif pattern == "dots":
        cloth[((rows % 10 - 5) ** 2 + (columns % 10 - 5) ** 2) < 8] = other
    elif pattern == "checks":
        cloth[((rows // 6) + (columns // 6)) % 2 == 0] = other
    # Folds: soft dark lines across, as a surgical mask has.
    for row in draw_from.uniform(92, 130, 3):
        cloth -= 22.0 * np.exp(-(((np.arange(160.0) - row) / 1.6) ** 2))[:, None, None]
    return cloth + draw_from.normal(0, 3, (160, 160, 1))


def _ellipse(x: float, y: float, wide: float, high: float) -> Shape:
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    return [(x + wide * float(np.cos(angle)), y + high * float(np.sin(angle))) for angle in angles]


def _filled(shapes: list[Shape]) -> NDArray[np.uint8]:
    """A mask of the shapes, which are in crop pixels, on a canvas with 24 pixels around the crop."""
    canvas = np.zeros((160, 160), np.uint8)
    for shape in shapes:
        cv2.fillPoly(canvas, [np.round((np.array(shape) + 24) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return canvas


def _laid(
    image: Image, face: DetectedFace, cloth: Colours, shape: NDArray[np.uint8], *, light: float
) -> Image:
    """`cloth` over `image` where `shape` is, turned as the face is and lit like it to the share `light`."""
    height, width = image.shape[:2]
    forth = towards_crop(face)
    forth[:, 2] += 24.0
    back = cv2.invertAffineTransform(forth)
    scale = float(np.hypot(back[0, 0], back[1, 0]))
    cover = cv2.warpAffine(cloth, back, (width, height), borderMode=cv2.BORDER_REPLICATE)
    edges = cv2.warpAffine(shape, back, (width, height)).astype(np.float64) / 255.0
    share = cv2.GaussianBlur(edges, (0, 0), max(0.5, 0.6 * scale))[:, :, None]
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float64)
    lit = cv2.GaussianBlur(grey, (0, 0), max(1.0, 8.0 * scale))
    level = max(30.0, float(np.median(lit[edges > 0.5]))) if (edges > 0.5).any() else 128.0
    shading = np.clip(lit / level, 0.5, 1.6) * min(1.0, level / 120.0 + 0.2)
    worn = cover * (1.0 - light + light * shading)[:, :, None]
    return np.asarray(np.clip(image * (1.0 - share) + worn * share, 0, 255), np.uint8)
