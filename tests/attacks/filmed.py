"""Presentation attacks over several frames: prints that are filmed, and paper masks over a head.

A print (flat or bent about an upright axis) or a mask with eye holes is a surface in space: it is tilted,
moved, brought nearer by a hand that trembles, under a light that changes, and projected into each frame. The
head behind a mask is rendered from a photograph (tests.attacks.heads) and moves with it. Like all that is
made here it certifies nothing; it shows what several frames can tell that one cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from math import cos, pi, sin

import cv2
import numpy as np

from edge.vision.frame import Image
from tests.attacks.heads import turned_head
from tests.attacks.made import HEIGHT, WIDTH, background, camera

RATE = 15.0
_STRIPS = 20
_AWAY = 2.5
"""How far the camera stands from a surface that fills the frame, in its heights."""


class Filmed(StrEnum):
    """What is held up, and whether it is held still or moved; the words are the folders of the bench."""

    PRINT_STILL = "print-still"
    PRINT_MOVED = "print-moved"
    CLOSE_STILL = "close-print-still"  # so near that the paper's border is out of view
    CLOSE_MOVED = "close-print-moved"
    BENT_STILL = "bent-still"
    BENT_MOVED = "bent-moved"
    MASK_STILL = "mask-still"
    MASK_MOVED = "mask-moved"


MOVED = frozenset({Filmed.PRINT_MOVED, Filmed.CLOSE_MOVED, Filmed.BENT_MOVED, Filmed.MASK_MOVED})


@dataclass(frozen=True)
class Portrait:
    """A photograph and the five landmarks (5×2) of the face in it."""

    image: Image
    marks: np.ndarray


@dataclass(frozen=True)
class Held:
    """How a surface is held: centre in pixels of the frame, height in pixels, angles in degrees, and the
    radius that it is bent to, in its widths (0: flat).
    """

    x: float
    y: float
    size: float
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    radius: float = 0.0


def film(
    species: Filmed, shown: Portrait, wearer: Portrait, seed: int, seconds: float = 1.2
) -> Iterator[Image]:
    """The frames (640×480, 15 a second) of `shown` presented as `species`; masks are worn by `wearer`."""
    draw = np.random.default_rng(seed)
    motion = _Motion.drawn(draw, moved=species in MOVED)
    if species in {Filmed.MASK_STILL, Filmed.MASK_MOVED}:
        scenes = _worn(shown, wearer, motion, draw, seconds)
    else:
        scenes = _held_up(shown, motion, draw, seconds, species)
    for number, scene in enumerate(scenes):
        yield camera(_lit(scene, motion, number / RATE), draw)


@dataclass(frozen=True)
class _Motion:
    """A hand or a neck: how far it goes each way, how fast, and its tremor; how the light changes."""

    yaw: float
    pitch: float
    roll: float
    nearer: float
    aside: float
    hertz: float
    phase: float
    tremor: float
    flicker: float

    @classmethod
    def drawn(cls, draw: np.random.Generator, *, moved: bool) -> _Motion:
        far = 1.0 if moved else 0.0
        return cls(
            yaw=far * draw.uniform(12.0, 28.0),
            pitch=far * draw.uniform(4.0, 12.0),
            roll=far * draw.uniform(2.0, 8.0),
            nearer=far * draw.uniform(0.05, 0.25),
            aside=far * draw.uniform(15.0, 45.0),
            hertz=draw.uniform(0.4, 0.9),
            phase=draw.uniform(0.0, 2 * pi),
            tremor=draw.uniform(0.5, 1.5),
            flicker=draw.uniform(0.02, 0.12),
        )

    def at(self, seconds: float, held: Held) -> Held:
        """`held`, moved as far as it is after so many seconds."""
        turn = 2 * pi * self.hertz * seconds + self.phase
        shake = 2 * pi * 8.5 * seconds
        return replace(
            held,
            x=held.x + self.aside * sin(0.7 * turn) + self.tremor * sin(shake),
            y=held.y + 0.4 * self.aside * cos(0.6 * turn) + self.tremor * cos(1.3 * shake),
            size=held.size * (1.0 + self.nearer * sin(0.5 * turn)),
            yaw=held.yaw + self.yaw * sin(turn) + 0.3 * self.tremor * sin(1.1 * shake),
            pitch=held.pitch + self.pitch * sin(0.8 * turn + 1.0),
            roll=held.roll + self.roll * sin(0.9 * turn + 2.0) + 0.2 * self.tremor * cos(shake),
        )


def _held_up(
    shown: Portrait, motion: _Motion, draw: np.random.Generator, seconds: float, species: Filmed
) -> Iterator[Image]:
    """A print on white paper before a room, at a distance of its own."""
    bent, close = "bent" in species, "close" in species
    room = background(draw)
    border = shown.image.shape[0] // 14
    paper = cv2.copyMakeBorder(
        _printed(shown.image, draw), *(border,) * 4, cv2.BORDER_CONSTANT, value=(224, 230, 232)
    )
    surface = np.dstack([paper, np.full(paper.shape[:2], 255, np.uint8)])
    radius = draw.uniform(0.4, 0.9) if bent else 0.0
    rest = Held(
        WIDTH / 2 + draw.uniform(-40, 40),
        HEIGHT / 2 + draw.uniform(-20, 20),
        HEIGHT * (draw.uniform(1.5, 1.9) if close else draw.uniform(0.55, 0.95)),
        yaw=draw.uniform(-6, 6),
        radius=radius,
    )
    for number in range(round(seconds * RATE)):
        yield laid(surface, motion.at(number / RATE, rest), room)


def _worn(
    shown: Portrait, wearer: Portrait, motion: _Motion, draw: np.random.Generator, seconds: float
) -> Iterator[Image]:
    """A mask of `shown` with eye holes before the face of `wearer`, who turns the head and sways."""
    mask = mask_of(Portrait(_printed(shown.image, draw), shown.marks))
    side = HEIGHT
    cut = wearer.image.shape[0] // 12
    whole = wearer.image[cut : wearer.image.shape[0] - cut, cut : wearer.image.shape[1] - cut]
    grow = side / whole.shape[0]
    grown = cv2.resize(whole, (side, side), interpolation=cv2.INTER_CUBIC)
    aside = (WIDTH - side) // 2
    scene = np.asarray(cv2.copyMakeBorder(grown, 0, 0, aside, aside, cv2.BORDER_REFLECT_101), np.uint8)
    marks = (wearer.marks - cut) * grow + np.array([aside, 0.0])
    eyes = float(np.linalg.norm(marks[1] - marks[0]))
    middle = marks[:2].mean(axis=0)
    rest = Held(0.0, 0.0, 1.0)
    for number in range(round(seconds * RATE)):
        held = motion.at(number / RATE, rest)
        yaw = 0.7 * held.yaw
        head = turned_head(scene, marks, yaw, 0.5 * held.pitch)
        # The face stands before the axis of the neck: it goes aside as it turns.
        forward = 0.8 * eyes * sin(yaw * pi / 180.0)
        worn = Held(
            float(middle[0]) + forward,
            float(middle[1]) + MASK_BELOW * eyes,
            MASK_SIZE * eyes,
            yaw=yaw,
            pitch=0.5 * held.pitch,
            radius=1.1,
        )
        masked = laid(mask, worn, head)
        sway = np.array([[1, 0, 0.5 * held.x], [0, 1, 0.5 * held.y]], np.float32)
        yield np.asarray(
            cv2.warpAffine(masked, sway, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT_101), np.uint8
        )


MASK_SIZE, MASK_BELOW = 3.4, 0.55
"""The height of a mask, and how far its middle lies below the eyes, in distances between the eyes."""
_MASK_PIXELS = 340


def mask_of(shown: Portrait) -> Image:
    """The face of `shown` cut out of paper, 340×340 with opacity: an oval, and holes where the eyes are."""
    right, left = shown.marks[:2]
    eyes = float(np.linalg.norm(left - right))
    scale = _MASK_PIXELS / (MASK_SIZE * eyes)
    turned = np.arctan2(*(left - right)[::-1])
    matrix = cv2.getRotationMatrix2D(tuple(map(float, (right + left) / 2)), float(np.degrees(turned)), scale)
    level = _MASK_PIXELS * (0.5 - MASK_BELOW / MASK_SIZE)
    matrix[:, 2] += np.array([_MASK_PIXELS / 2, level]) - (right + left) / 2
    face = cv2.warpAffine(
        shown.image, matrix, (_MASK_PIXELS,) * 2, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    opacity = np.zeros((_MASK_PIXELS,) * 2, np.uint8)
    centre = _MASK_PIXELS // 2
    cv2.ellipse(
        opacity,
        (centre, centre),
        (round(0.40 * _MASK_PIXELS), round(0.49 * _MASK_PIXELS)),
        0,
        0,
        360,
        255,
        -1,
    )
    apart = _MASK_PIXELS / MASK_SIZE / 2
    for side in (-1, 1):
        hole = (round(centre + side * apart), round(level))
        cv2.ellipse(opacity, hole, (round(0.42 * apart * 1.1), round(0.24 * apart * 1.1)), 0, 0, 360, 0, -1)
    return np.dstack([np.asarray(face, np.uint8), cv2.GaussianBlur(opacity, (0, 0), 0.8)])


def laid(surface: Image, held: Held, room: Image) -> Image:
    """`surface` (height×width×4, the last is opacity) in `room`, its farther strips first."""
    height, width = surface.shape[:2]
    edges = np.linspace(0, width, _STRIPS + 1 if held.radius else 2)
    rows = np.array([0, 0, height, height])
    strips = [
        _Strip(a, b, *_projected(np.array([a, b, b, a]), rows, surface, held)) for a, b in pairwise(edges)
    ]
    # A lens averages less than all the pixels that it shrinks.
    soft = np.asarray(cv2.GaussianBlur(surface, (0, 0), 0.35 * max(1.0, height / held.size)), np.uint8)
    seen = room.astype(np.float32)
    for strip in sorted(strips, key=lambda strip: strip.near):
        if strip.facing > 0.05:  # else it is turned away
            _lay(strip, soft, seen)
    return np.asarray(np.clip(seen, 0, 255), np.uint8)


@dataclass(frozen=True)
class _Strip:
    """A part of a surface between two columns: where its corners are in the frame, how near it is, and how
    far it faces the lens.
    """

    left: float
    right: float
    corners: np.ndarray
    near: float
    facing: float


def _lay(strip: _Strip, surface: Image, seen: np.ndarray) -> None:
    """Draw one strip into `seen`, darker as it is turned away."""
    low = np.floor(np.clip(strip.corners.min(axis=0) - 1, 0, (WIDTH, HEIGHT))).astype(int)
    high = np.ceil(np.clip(strip.corners.max(axis=0) + 1, 0, (WIDTH, HEIGHT))).astype(int)
    wide, tall = (high - low).tolist()
    if wide <= 0 or tall <= 0:
        return
    corners = (strip.corners - low).astype(np.float32)
    height = surface.shape[0]
    beyond = strip.right + 0.6
    source = np.array([(strip.left, 0), (beyond, 0), (beyond, height), (strip.left, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners)
    drawn = cv2.warpPerspective(surface, matrix, (wide, tall), flags=cv2.INTER_LINEAR).astype(np.float32)
    within = np.zeros((tall, wide), np.uint8)
    cv2.fillConvexPoly(within, np.round(corners * 16).astype(np.int32), 255, shift=4)
    opacity = (drawn[..., 3] / 255.0 * (within / 255.0))[..., None]
    part = seen[low[1] : high[1], low[0] : high[0]]
    part *= 1.0 - opacity
    part += drawn[..., :3] * (0.75 + 0.25 * strip.facing) * opacity


def _projected(
    columns: np.ndarray, rows: np.ndarray, surface: Image, held: Held
) -> tuple[np.ndarray, float, float]:
    """Where points of a surface come to lie in the frame, how near they are, how far they face the lens."""
    height, width = surface.shape[:2]
    across, down = columns / height - width / height / 2.0, rows / height - 0.5
    bow = held.radius * width / height
    angles = across / bow if bow else np.zeros(4)
    points = np.stack(
        [bow * np.sin(angles) if bow else across, down, bow * (np.cos(angles) - 1.0) if bow else 0 * across]
    )
    turned = _rotation(held) @ points
    scale = _AWAY / (_AWAY - turned[2])
    corners = np.stack([turned[0] * scale, turned[1] * scale], axis=1) * held.size + np.array(
        [held.x, held.y]
    )
    normal = _rotation(held) @ np.array([sin(angles.mean()), 0.0, cos(angles.mean())])
    return corners, float(turned[2].mean()), float(normal[2])


def _rotation(held: Held) -> np.ndarray:
    yaw, pitch, roll = (angle * pi / 180.0 for angle in (held.yaw, held.pitch, held.roll))
    about_y = np.array([[cos(yaw), 0, sin(yaw)], [0, 1, 0], [-sin(yaw), 0, cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
    about_z = np.array([[cos(roll), -sin(roll), 0], [sin(roll), cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


def _printed(photograph: Image, draw: np.random.Generator) -> Image:
    """What an ink-jet on paper makes of it: a smaller gamut, a tint, a little less sharp."""
    tint = np.array([draw.uniform(0.86, 0.97), draw.uniform(0.9, 0.98), 0.97], np.float32)
    soft = cv2.GaussianBlur(photograph, (0, 0), 0.6).astype(np.float32)
    return np.asarray(np.clip((20.0 + 0.84 * soft) * tint, 0, 255), np.uint8)


def _lit(scene: Image, motion: _Motion, seconds: float) -> Image:
    """The scene under a light that changes a little, in strength and in colour."""
    wave = sin(2 * pi * 0.5 * seconds + motion.phase)
    gain = 1.0 + motion.flicker * wave
    warm = np.array([1.0 - 0.4 * motion.flicker * wave, 1.0, 1.0 + 0.4 * motion.flicker * wave], np.float32)
    return np.asarray(np.clip(scene.astype(np.float32) * gain * warm, 0, 255), np.uint8)
