"""The pictures of a simulated morning: an empty lane, a face in it, a code held up on a phone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.admin.code_image import QUIET_ZONE, modules_of

Image = NDArray[np.uint8]

WIDTH, HEIGHT = 640, 480
_PHONE = (330, 400)  # width, height in pixels
_FACE_HEIGHT = 300


def empty_lane() -> Image:
    """A lane in the morning light: wall, paving, the post of the gate (480×640×3, BGR)."""
    wall = np.linspace(150, 205, HEIGHT, dtype=np.float32)[:, None, None]
    picture = np.broadcast_to(wall * np.array([0.95, 1.0, 1.0], np.float32), (HEIGHT, WIDTH, 3))
    lane = np.ascontiguousarray(picture, dtype=np.uint8)
    cv2.fillPoly(lane, [np.array([[0, 480], [200, 300], [440, 300], [640, 480]])], (120, 122, 125))
    cv2.rectangle(lane, (585, 120), (610, 480), (60, 70, 160), -1)
    return lane


def with_portrait(lane: Image, portrait: Image, *, light: float = 1.0, mirrored: bool = False) -> Image:
    """Somebody stands in the lane: `portrait` is a picture of head and shoulders."""
    if mirrored:
        portrait = np.ascontiguousarray(portrait[:, ::-1])
    scale = _FACE_HEIGHT / portrait.shape[0]
    size = (min(WIDTH, round(portrait.shape[1] * scale)), _FACE_HEIGHT)
    person = np.clip(cv2.resize(portrait, size, interpolation=cv2.INTER_AREA) * light, 0, 255)
    picture = lane.copy()
    left, top = (WIDTH - size[0]) // 2, HEIGHT - _FACE_HEIGHT
    picture[top:, left : left + size[0]] = person.astype(np.uint8)
    return picture


def with_photograph(lane: Image, portrait: Image, aside: int = 0) -> Image:
    """A hand holds a phone up to the camera, so many pixels aside; its screen shows `portrait`."""
    height, bezel = _FACE_HEIGHT + 20, 10
    size = (round(portrait.shape[1] * height / portrait.shape[0]), height)
    lit = cv2.resize(portrait, size, interpolation=cv2.INTER_AREA) * np.float32(1.1)
    # The screen's own pixels, as a camera sees them.
    lit[:, ::3] *= 0.75
    lit[::3] *= 0.85
    screen = np.clip(lit, 0, 255).astype(np.uint8)
    edges = (bezel + 16, bezel + 16, bezel, bezel)
    phone = cv2.copyMakeBorder(screen, *edges, cv2.BORDER_CONSTANT, value=(22, 22, 24))
    picture = lane.copy()
    left, top = (WIDTH - phone.shape[1]) // 2 + aside, (HEIGHT - phone.shape[0]) // 2
    picture[top : top + phone.shape[0], left : left + phone.shape[1]] = phone
    return np.asarray(cv2.GaussianBlur(picture, (3, 3), 0.7), dtype=np.uint8)


def with_code(lane: Image, text: str) -> Image:
    """A hand holds a phone up to the camera; its screen shows `text` as a QR code."""
    picture = lane.copy()
    width, height = _PHONE
    left, top = (WIDTH - width) // 2, (HEIGHT - height) // 2
    cv2.rectangle(picture, (left, top), (left + width, top + height), (25, 25, 25), -1)
    code = code_picture(text, largest=width - 20)
    across, down = left + (width - code.shape[1]) // 2, top + (height - code.shape[0]) // 2
    picture[down : down + code.shape[0], across : across + code.shape[1]] = code
    # The slight softness of a real lens.
    return np.asarray(cv2.GaussianBlur(picture, (3, 3), 0.6), dtype=np.uint8)


def code_picture(text: str, largest: int) -> Image:
    """`text` as a QR code with its quiet zone, at most `largest` pixels wide (n×n×3, BGR)."""
    bordered = np.pad(modules_of(text).astype(np.uint8), QUIET_ZONE)
    pixel = max(1, largest // bordered.shape[0])
    grey = np.kron(255 * (1 - bordered), np.ones((pixel, pixel), np.uint8))
    return np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8)
