"""Somebody before a camera who is enrolled: looks into it, turns left, turns right, looks into it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from edge.vision.faces.engine import FaceEngine
from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from tests.attacks.heads import turned_head

LEFT, RIGHT = 36.0, -24.0
"""By so many degrees this photograph has to be turned for its landmarks to show fifteen."""
PERSON = "AJ_Cook"


def scene_of(engine: FaceEngine, folder: Path, name: str = PERSON) -> dict[float, Image]:
    """Pictures of somebody of the shared photographs, by how far the head is turned to their left."""
    photograph = min((folder / "faces" / "lfw_dev" / name).glob("*.jpg"))
    square = np.asarray(
        cv2.resize(read_picture(photograph), (480, 480), interpolation=cv2.INTER_CUBIC), np.uint8
    )
    straight = np.asarray(cv2.copyMakeBorder(square, 0, 0, 80, 80, cv2.BORDER_REFLECT_101), np.uint8)
    marks = np.array(engine.detect(straight, (480, 480))[0].landmarks)
    turned = {angle: turned_head(straight, marks, angle) for angle in (LEFT, RIGHT)}
    return {0.0: straight, **turned}


def film_of(scene: dict[float, Image], *, seconds: float = 2.0, rate: float = 10.0) -> Iterator[Image]:
    """The frames of a film in which each pose is held for so many seconds."""
    draw = np.random.default_rng(5)
    for angle in (0.0, LEFT, RIGHT, 0.0):
        for _ in range(round(seconds * rate)):
            noisy = scene[angle] + draw.normal(0.0, 2.0, scene[angle].shape)
            yield np.clip(noisy, 0, 255).astype(np.uint8)
