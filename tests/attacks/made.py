"""Presentation attacks and bona fide presentations, made from photographs: no camera was harmed.

A made attack is a surface (a print, a screen) with the photograph on it, seen by a simple camera:
perspective, hands, glare, defocus, noise. Every draw comes from a seed. What is made here is milder than a
good forger's work in some ways and cruder in others: error rates on it compare settings and certify nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import cos, pi, sin

import cv2
import numpy as np

from edge.vision.frame import Image

WIDTH, HEIGHT = 640, 480
_SURFACE = 900
"""Pixels along a printed or shown photograph, before the camera looks at it."""


class Species(StrEnum):
    """Who, or what, stands before the camera. The first is bona fide, the others are attacks."""

    LIVE = "bona fide"
    CARD = "printed card, held by hand"
    CLOSE_PRINT = "halftone print that fills the picture"
    LAB_PRINT = "photo-lab print that fills the picture"
    PHONE = "photograph on a phone"
    CLOSE_SCREEN = "screen that fills the picture"
    FINE_SCREEN = "fine screen on a phone, no grid seen"
    VIDEO = "video on a phone"


ATTACKS = tuple(species for species in Species if species is not Species.LIVE)


@dataclass(frozen=True)
class Pose:
    """How a surface is held: centre and size as shares of the frame's height, angles in degrees."""

    x: float = 0.0
    y: float = 0.0
    size: float = 0.8
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0


def presentation(species: Species, photograph: Image, seed: int, frames: int = 1) -> Iterator[Image]:
    """`frames` pictures (640×480) of `photograph` (a square portrait) presented as `species`."""
    draw = np.random.default_rng(seed)
    show = _SHOWS[species](photograph, draw)
    for number in range(frames):
        yield camera(show(number), draw)


def camera(scene: Image, draw: np.random.Generator) -> Image:
    """What a cheap sensor makes of `scene`: a little defocus, noise of its own in every frame, JPEG."""
    seen = cv2.GaussianBlur(scene, (0, 0), 0.7).astype(np.float32)
    seen += draw.normal(0.0, 2.5, scene.shape).astype(np.float32)
    packed = cv2.imencode(".jpg", np.clip(seen, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


Show = Callable[[int], Image]


def _live(photograph: Image, draw: np.random.Generator) -> Show:
    """The photograph as if it were the scene: it covers the frame, and sways a little."""
    sway = _tremor(draw, 6.0)

    def show(number: int) -> Image:
        x, y = sway(number)
        grown = cv2.resize(photograph, (WIDTH + 40, WIDTH + 40), interpolation=cv2.INTER_CUBIC)
        matrix = np.array([[1, 0, -20 + x], [0, 1, -(WIDTH + 40 - HEIGHT) / 2 + y]], np.float32)
        return _u8(cv2.warpAffine(grown, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT_101))

    return show


def _card(photograph: Image, draw: np.random.Generator) -> Show:
    paper = _paper(photograph, draw)
    return _held(lambda _: paper, draw, size=draw.uniform(0.55, 0.85), glare=0.25)


def _close_print(photograph: Image, draw: np.random.Generator) -> Show:
    printed = halftone(photograph, draw)
    return _held(lambda _: printed, draw, size=1.6, glare=0.2, hand=False)


def _lab_print(photograph: Image, draw: np.random.Generator) -> Show:
    """The hardest print: no dots, only gloss, a smaller gamut and being photographed twice."""
    grown = cv2.resize(photograph, (_SURFACE, _SURFACE), interpolation=cv2.INTER_CUBIC)
    printed = _u8(18.0 + 0.86 * cv2.GaussianBlur(grown, (0, 0), 1.2).astype(np.float32))
    return _held(lambda _: printed, draw, size=1.6, glare=0.2, hand=False)


def _fine_screen(photograph: Image, draw: np.random.Generator) -> Show:
    grown = cv2.resize(photograph, (_SURFACE, _SURFACE), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    device = _device(_u8(grown * np.array([1.15, 1.05, 1.0], np.float32) + 6.0))
    return _held(lambda _: device, draw, size=draw.uniform(0.6, 0.9), glare=0.35)


def _phone(photograph: Image, draw: np.random.Generator) -> Show:
    device = _device(_pixels(photograph))
    return _held(lambda _: device, draw, size=draw.uniform(0.6, 0.9), glare=0.5)


def _close_screen(photograph: Image, draw: np.random.Generator) -> Show:
    lit = _pixels(photograph)
    return _held(lambda _: lit, draw, size=1.6, glare=0.4, hand=False)


def _video(photograph: Image, draw: np.random.Generator) -> Show:
    sway = _tremor(draw, 8.0)

    def playing(number: int) -> Image:
        x, y = sway(number)
        matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
        moved = cv2.warpAffine(photograph, matrix, photograph.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        return _device(_pixels(_u8(moved)))

    return _held(playing, draw, size=draw.uniform(0.6, 0.9), glare=0.5)


_SHOWS: dict[Species, Callable[[Image, np.random.Generator], Show]] = {
    Species.LIVE: _live,
    Species.CARD: _card,
    Species.CLOSE_PRINT: _close_print,
    Species.LAB_PRINT: _lab_print,
    Species.PHONE: _phone,
    Species.CLOSE_SCREEN: _close_screen,
    Species.FINE_SCREEN: _fine_screen,
    Species.VIDEO: _video,
}


# --- surfaces ----------------------------------------------------------------------------------


def halftone(photograph: Image, draw: np.random.Generator) -> Image:
    """The photograph as an ink-jet or newspaper press makes it: three dot screens, a smaller gamut."""
    grown = cv2.resize(photograph, (_SURFACE, _SURFACE), interpolation=cv2.INTER_CUBIC)
    tone = grown.astype(np.float32) / 255.0
    rows, columns = np.mgrid[0:_SURFACE, 0:_SURFACE].astype(np.float32)
    period = draw.uniform(3.0, 5.0)
    inked = np.empty_like(tone)
    for channel, angle in enumerate((15.0, 45.0, 75.0)):
        radians = angle * pi / 180.0
        u = (columns * cos(radians) + rows * sin(radians)) * (2 * pi / period)
        v = (rows * cos(radians) - columns * sin(radians)) * (2 * pi / period)
        screen = 0.5 + 0.25 * (np.cos(u) + np.cos(v))
        inked[..., channel] = 0.55 * tone[..., channel] + 0.45 * (tone[..., channel] > screen)
    tint = np.array([draw.uniform(0.82, 0.95), draw.uniform(0.88, 0.97), 0.96], np.float32)
    return _u8(255.0 * (0.12 + 0.8 * inked * tint))


def _paper(photograph: Image, draw: np.random.Generator) -> Image:
    border = int(_SURFACE * 0.06)
    white = (225, 232, 235)
    printed = halftone(photograph, draw)
    return _u8(cv2.copyMakeBorder(printed, *(border,) * 4, cv2.BORDER_CONSTANT, value=white))


def _pixels(photograph: Image) -> Image:
    """The photograph on a lit screen: red, green and blue stripes, which the camera's grid beats with."""
    small = cv2.resize(photograph, (_SURFACE // 3,) * 2, interpolation=cv2.INTER_AREA).astype(np.float32)
    grid = np.full((_SURFACE, _SURFACE, 3), 0.45, np.float32)
    for stripe, channel in enumerate((2, 1, 0)):
        grid[:, stripe::3, channel] = 1.6
    grid[::3] *= 0.75
    shown = cv2.resize(small, (_SURFACE, _SURFACE), interpolation=cv2.INTER_NEAREST) * grid
    return _u8(shown * np.array([1.2, 1.08, 1.0], np.float32) + 8.0)


def _device(lit: Image) -> Image:
    """A phone about the screen: a bezel wider above and below, and a line of light along its edge."""
    side, ends = int(_SURFACE * 0.05), int(_SURFACE * 0.16)
    body = cv2.copyMakeBorder(lit, ends, ends, side, side, cv2.BORDER_CONSTANT, value=(22, 20, 20))
    cv2.rectangle(body, (0, 0), (body.shape[1] - 1, body.shape[0] - 1), (110, 108, 105), 8)
    return _u8(body)


# --- how it is held ----------------------------------------------------------------------------


def _held(
    surface: Callable[[int], Image],
    draw: np.random.Generator,
    *,
    size: float,
    glare: float,
    hand: bool = True,
) -> Show:
    """The surface before a room, trembling in a hand, with a lamp's reflection on it."""
    room, tremor = background(draw), _tremor(draw, 0.01)
    tilt = Pose(0, 0, size, draw.uniform(-12, 12), draw.uniform(-10, 10), draw.uniform(-6, 6))
    lamp = draw.uniform(0.2, 0.8, 2)
    # A surface that fills the picture is held so that the face is where the camera looks.
    sideways = 0.0 if not hand else 0.08

    def show(number: int) -> Image:
        x, y = tremor(number)
        pose = Pose(sideways * tilt.yaw / 12 + x, y, size, tilt.yaw + 60 * x, tilt.pitch + 60 * y, tilt.roll)
        lit = shine(surface(number), (float(lamp[0]) + x, float(lamp[1]) + y), glare)
        corners = corners_of(lit.shape[1] / lit.shape[0], pose)
        scene = lay_into_room(lit, corners, room)
        return fingers(scene, corners) if hand else scene

    return show


def lay_into_room(surface: Image, corners: np.ndarray, room: Image) -> Image:
    """The surface in the room, its corners at `corners` (4×2: clockwise from the top left)."""
    height, width = surface.shape[:2]
    spread = max(1.0, height / float(np.linalg.norm(corners[3] - corners[0])))
    # A lens averages less than all the pixels it shrinks, which is where moiré comes from.
    soft = cv2.GaussianBlur(surface, (0, 0), 0.25 * spread)
    source = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    seen = cv2.warpPerspective(soft, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(np.full((height, width), 1.0, np.float32), matrix, (WIDTH, HEIGHT))
    return _u8(seen * mask[..., None] + room * (1.0 - mask[..., None]))


def corners_of(aspect: float, pose: Pose) -> np.ndarray:
    """Where the corners of a flat surface come to lie, seen from 2.5 of its heights away."""
    flat = np.array([(-aspect, -1, 0), (aspect, -1, 0), (aspect, 1, 0), (-aspect, 1, 0)]) / 2.0
    turned = flat @ _rotation(pose).T
    seen = turned[:, :2] * (2.5 / (2.5 + turned[:, 2:]))
    centre = np.array([WIDTH / 2 + pose.x * HEIGHT, HEIGHT / 2 + pose.y * HEIGHT])
    return np.asarray(seen * pose.size * HEIGHT + centre)


def _rotation(pose: Pose) -> np.ndarray:
    yaw, pitch, roll = (angle * pi / 180.0 for angle in (pose.yaw, pose.pitch, pose.roll))
    about_y = np.array([[cos(yaw), 0, sin(yaw)], [0, 1, 0], [-sin(yaw), 0, cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
    about_z = np.array([[cos(roll), -sin(roll), 0], [sin(roll), cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


def shine(surface: Image, lamp: tuple[float, float], strength: float) -> Image:
    """A lamp's soft reflection at `lamp` (shares of width and height), and a veil over everything."""
    height, width = surface.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    far = ((columns / width - lamp[0]) / 0.22) ** 2 + ((rows / height - lamp[1]) / 0.12) ** 2
    light = 255.0 * strength * (np.exp(-far) + 0.12)
    return _u8(surface + light[..., None])


def fingers(scene: Image, corners: np.ndarray) -> Image:
    """A thumb on the lower edge and fingers at the side, as one holds a card or a phone."""
    held = scene.copy()
    bottom = (corners[2] + corners[3]) / 2.0
    for tip, (along, across) in (
        (0.9 * bottom + 0.1 * corners[2], (26, 46)),
        (0.25 * corners[1] + 0.75 * corners[2], (40, 20)),
        (0.45 * corners[1] + 0.55 * corners[2], (40, 20)),
    ):
        middle = (int(tip[0]), int(tip[1]))
        cv2.ellipse(held, middle, (along, across), 0, 0, 360, (118, 146, 196), -1)
        cv2.ellipse(
            held, (middle[0] - 4, middle[1] - 4), (along - 8, across - 8), 0, 0, 360, (138, 166, 214), -1
        )
    mask = np.any(held != scene, axis=2).astype(np.float32)[..., None]
    soft = cv2.GaussianBlur(held, (0, 0), 3.0)
    return _u8(soft * mask + scene * (1.0 - mask))


def background(draw: np.random.Generator) -> Image:
    """A room or a street, out of focus: soft blotches over a slope of light."""
    blotches = (draw.uniform(60, 190, (6, 8, 1)) + draw.uniform(-25, 25, (6, 8, 3))).astype(np.float32)
    room = cv2.resize(blotches, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return _u8(room + np.linspace(-25, 25, HEIGHT, dtype=np.float32)[:, None, None])


def _tremor(draw: np.random.Generator, size: float) -> Callable[[int], tuple[float, float]]:
    """A slow unsteady motion: where a hand or a head is in each frame."""
    speeds, phases = draw.uniform(0.2, 0.7, 2), draw.uniform(0, 2 * pi, 2)

    def at(number: int) -> tuple[float, float]:
        angles = speeds * number + phases
        return size * float(np.sin(angles[0])), size * float(np.sin(angles[1]))

    return at


def _u8(values: np.ndarray) -> Image:
    return np.asarray(np.clip(values, 0, 255), np.uint8)
