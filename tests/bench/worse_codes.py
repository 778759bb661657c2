"""Photographed codes made worse, each in one way, with a fixed seed: what a gate's camera does to them.

The photographs come from the shared data; nothing is fitted to a single one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Worsen = Callable[[Grey, np.random.Generator], NDArray[np.floating] | NDArray[np.uint8]]


def _slanted(grey: Grey, rng: np.random.Generator) -> Grey:
    height, width = grey.shape
    near = rng.uniform(0.25, 0.42)
    source = np.asarray([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    target = np.asarray(
        [
            [width * near, height * rng.uniform(0, 0.3)],
            [width * (1 - near), height * rng.uniform(0, 0.3)],
            [width, height],
            [0, height],
        ],
        np.float32,
    )
    slant = cv2.getPerspectiveTransform(source, target)
    rotation = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(0, 360), 0.8)
    seen = cv2.warpPerspective(grey, slant, (width, height), borderValue=128)
    return np.asarray(cv2.warpAffine(seen, rotation, (width, height), borderValue=128), np.uint8)


def _bent(grey: Grey, rng: np.random.Generator) -> Grey:
    """As on a bottle."""
    height, width = grey.shape
    angle, across = rng.uniform(0.9, 1.35), np.linspace(-1, 1, width)
    around = np.arcsin(np.clip(across * np.sin(angle), -1, 1)) / angle
    bend = rng.uniform(0.05, 0.15) * height * (1 - np.cos(around * angle))
    columns = np.tile(((around + 1) / 2 * (width - 1)).astype(np.float32), (height, 1))
    rows = (np.arange(height)[:, None] + bend[None, :]).astype(np.float32)
    return np.asarray(cv2.remap(grey, columns, rows, cv2.INTER_LINEAR, borderValue=128), np.uint8)


def _moved(grey: Grey, rng: np.random.Generator) -> Grey:
    length = int(rng.integers(5, 12))
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1.0
    centre = (length / 2 - 0.5, length / 2 - 0.5)
    rotation = cv2.getRotationMatrix2D(centre, rng.uniform(0, 180), 1)
    path = np.asarray(cv2.warpAffine(line, rotation, (length, length)), np.float32)
    return np.asarray(cv2.filter2D(grey, -1, path / path.sum()), np.uint8)


def _blurred(grey: Grey, rng: np.random.Generator) -> Grey:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), rng.uniform(1.5, 4)), np.uint8)


def _in_glare(grey: Grey, rng: np.random.Generator) -> NDArray[np.floating]:
    height, width = grey.shape
    down, across = np.mgrid[:height, :width]
    middle = rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height
    radius = rng.uniform(0.1, 0.3) * width
    far = (across - middle[0]) ** 2 + (down - middle[1]) ** 2
    return np.asarray(grey + 400.0 * np.exp(-far / (2 * radius * radius)), np.float64)


def _in_poor_light(grey: Grey, rng: np.random.Generator) -> NDArray[np.floating]:
    light = np.linspace(rng.uniform(0.05, 0.2), rng.uniform(0.5, 1.0), grey.shape[1])[None, :]
    return np.asarray(grey * light * rng.uniform(0.2, 0.6) + rng.normal(0, 3, grey.shape) + 10, np.float64)


def _far_away(grey: Grey, rng: np.random.Generator) -> Grey:
    share = rng.uniform(0.25, 0.5)
    return np.asarray(cv2.resize(grey, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)


def _scratched(grey: Grey, rng: np.random.Generator) -> Grey:
    height, width = grey.shape
    scratched = grey.copy()
    for _ in range(6):
        begin = int(rng.uniform(0.15, 0.85) * width), int(rng.uniform(0.15, 0.85) * height)
        end = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        cv2.line(scratched, begin, end, int(rng.choice([0, 255])), max(1, width // 120))
    return scratched


def _compressed(grey: Grey, rng: np.random.Generator) -> Grey:
    small = cv2.resize(grey, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(5, 20))])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


WAYS: dict[str, Worsen] = {
    "slanted": _slanted,
    "bent": _bent,
    "moved": _moved,
    "blurred": _blurred,
    "in glare": _in_glare,
    "in poor light": _in_poor_light,
    "far away": _far_away,
    "scratched": _scratched,
    "compressed": _compressed,
}


def worse(pictures: Sequence[tuple[Grey, str]]) -> Iterator[tuple[str, Grey, str]]:
    """Each picture made worse in each way: the way, the picture, the text that its code says."""
    rng = np.random.default_rng(5)
    for grey, text in pictures:
        for way, worsen in WAYS.items():
            made = np.clip(worsen(grey, rng), 0, 255).astype(np.uint8)
            yield way, np.ascontiguousarray(made), text
