"""Heads that turn, made from photographs: the face laid on a round head with a nose, and flat ones beside it.

For the active check, which looks at five landmarks. The round head stands for a person who does what is
asked; a flat or a bent photograph is turned by hand and does not.
"""

from __future__ import annotations

from math import cos, pi, sin

import cv2
import numpy as np

from edge.vision.frame import Image
from tests.attacks.made import HEIGHT, WIDTH, Pose, corners_of, lay_into_room

_NOSE = 0.30
"""How far the nose stands out of the round head, in distances between the eyes."""


def turned_head(scene: Image, landmarks: np.ndarray, yaw: float, pitch: float = 0.0) -> Image:
    """`scene` with the head at `landmarks` (5×2) turned: degrees towards the person's left, and upwards.

    Every pixel gets a depth, that of an ellipsoid about the face with a nose on it, and goes where the turn
    takes it. The surroundings have depth zero and narrow with the turn, which no landmark notices.
    """
    right, left, nose = landmarks[:3]
    eyes = float(np.linalg.norm(left - right))
    middle = (landmarks[:2].mean(axis=0) + landmarks[3:].mean(axis=0)) / 2.0
    rows, columns = np.mgrid[0 : scene.shape[0], 0 : scene.shape[1]].astype(np.float32)
    depth = _depth(columns - middle[0], rows - middle[1], eyes)
    depth += _NOSE * eyes * _bump(columns - nose[0], rows - nose[1], 0.28 * eyes)
    around, forward = yaw * pi / 180.0, pitch * pi / 180.0
    across, down = columns - np.float32(middle[0]), rows - np.float32(middle[1])
    source_x, source_y = across.copy(), down.copy()
    for _ in range(12):  # where a pixel came from, by going there and looking how deep it is
        at = cv2.remap(
            depth,
            (source_x + middle[0]).astype(np.float32),
            (source_y + middle[1]).astype(np.float32),
            cv2.INTER_LINEAR,
        )
        source_x = (across - at * sin(around)) / cos(around)
        source_y = (down + at * sin(forward)) / cos(forward)
    return np.asarray(
        cv2.remap(
            scene,
            (source_x + middle[0]).astype(np.float32),
            (source_y + middle[1]).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def _depth(across: np.ndarray, down: np.ndarray, eyes: float) -> np.ndarray:
    inside = 1.0 - (across / (1.25 * eyes)) ** 2 - (down / (1.7 * eyes)) ** 2
    return np.asarray(0.8 * eyes * np.sqrt(np.clip(inside, 0.0, 1.0)), np.float32)


def _bump(across: np.ndarray, down: np.ndarray, width: float) -> np.ndarray:
    return np.asarray(np.exp(-(across**2 + down**2) / (2.0 * width**2)), np.float32)


_LIDS = (((33, 133), 159, 145), ((362, 263), 386, 374))
"""Of each eye its corners and the middle of its upper and of its lower lid, in the mesh of 478 points."""


def closed_eyes(scene: Image, points: np.ndarray) -> Image:
    """`scene` with the eyes at `points` (478×3) closed: the skin above each is drawn down over it."""
    rows, columns = np.mgrid[0 : scene.shape[0], 0 : scene.shape[1]].astype(np.float32)
    down = np.zeros_like(rows)
    for corners, upper, lower in _LIDS:
        outer, inner = points[list(corners), :2]
        middle, width = (outer + inner) / 2.0, float(np.linalg.norm(inner - outer))
        across = (columns - middle[0]) / (0.75 * width)
        opening = float(points[lower, 1] - points[upper, 1])
        # What lay above the upper lid by so much as the eye is high now reaches down to the lower one.
        within = np.clip((points[lower, 1] - rows) / (0.9 * width), 0.0, 1.0)
        bow = np.sqrt(np.clip(1.0 - across**2, 0.0, 1.0))
        down += (rows <= points[lower, 1]) * bow * (1.3 * opening) * (1.0 - within)
    return np.asarray(cv2.remap(scene, columns, rows - down.astype(np.float32), cv2.INTER_LINEAR), np.uint8)


def turned_print(photograph: Image, yaw: float, pitch: float, room: Image) -> Image:
    """A flat photograph turned about its middle by hand."""
    return lay_into_room(photograph, corners_of(1.0, Pose(0.0, 0.0, 0.95, yaw, pitch)), room)


def bent_print(photograph: Image, radius: float, yaw: float, room: Image) -> Image:
    """A photograph bent about an upright axis (`radius` in its widths) and turned by `yaw` degrees."""
    side = 440
    flat = cv2.resize(photograph, (side, side), interpolation=cv2.INTER_CUBIC)
    around, bow = yaw * pi / 180.0, radius * side
    columns = np.arange(side, dtype=np.float64) - side / 2.0
    angles = columns / bow
    deep = bow * (np.cos(angles) - 1.0)
    seen = bow * np.sin(angles) * cos(around) + deep * sin(around)
    forward = np.gradient(seen) > 0.05  # what is turned away is not seen
    wide = np.arange(WIDTH, dtype=np.float64) - WIDTH / 2.0
    source = np.interp(wide, seen[forward], columns[forward] + side / 2.0, left=-1.0, right=-1.0)
    across = np.tile(source.astype(np.float32), (HEIGHT, 1))
    down = np.tile((np.arange(HEIGHT) - (HEIGHT - side) / 2.0).astype(np.float32)[:, None], (1, WIDTH))
    drawn = cv2.remap(flat, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    outside = (across < 0) | (down < 0) | (down >= side)
    return np.asarray(np.where(outside[..., None], room, drawn), np.uint8)
