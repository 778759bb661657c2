"""How the mesh tells a head's turn, against the detector's five landmarks: made heads, prints, mirrors.

And whether it sees eyes close: photographs that tremble, and those with their eyes drawn closed, by size.

python tests/bench/bench_mesh.py --people 50
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.vision.configuration import FaceEngineName
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.factory import open_engine
from edge.vision.faces.mesh import FaceMesh, eyes_of, head_of, open_mesh
from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from models.errors import ModelError
from tests.attacks.heads import bent_print, closed_eyes, turned_head, turned_print
from tests.attacks.made import HEIGHT, WIDTH, background, camera

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces" / "lfw_dev"
SHUT = 0.5
"""The share of what is usual below which eyes are shut, for two frames (edge.liveness.eyes)."""
TURN = 0.15
"""How far the nose has to go between the eyes for a turn (edge.liveness.challenge)."""
HEAD_TURNS, PRINT_TURNS = (10, 20, 30, 40), (30, 45, 60)
SOURCES = ("five landmarks", "mesh")


@dataclass
class Looker:
    """Measures the yaw of a face by both, in distances between the eyes."""

    engine: FaceEngine
    mesh: FaceMesh
    draw: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))

    def yaws(self, scene: Image) -> np.ndarray | None:
        seen = np.clip(scene + self.draw.normal(0.0, 2.5, scene.shape), 0, 255).astype(np.uint8)
        faces = self.engine.detect(seen, (320, 240))
        # Whose face it is must not change from one picture to the next.
        points = self.mesh.points(seen, faces[0]) if len(faces) == 1 else None
        if points is None:
            return None
        poses = faces[0].pose, head_of(points)
        return None if None in poses else np.array([pose.yaw for pose in poses if pose is not None])


def squares(count: int) -> Iterator[tuple[Image, Image]]:
    """Photographs as squares, and as scenes of a camera's size."""
    first = sorted(min(person.glob("*.jpg")) for person in FACES.iterdir())
    for path in first[:: max(1, len(first) // count)][:count]:
        square = np.asarray(
            cv2.resize(read_picture(path), (480, 480), interpolation=cv2.INTER_CUBIC), np.uint8
        )
        yield square, np.asarray(cv2.copyMakeBorder(square, 0, 0, 80, 80, cv2.BORDER_REFLECT_101), np.uint8)


def gone(looker: Looker, straight: Image, turned: Image) -> np.ndarray | None:
    """How far the nose went, by both; None where it was not straight at first, or not found."""
    before, after = looker.yaws(straight), looker.yaws(turned)
    if before is None or after is None or float(np.abs(before).max()) > 0.2:
        return None
    return np.asarray(after - before)


def turns(looker: Looker, people: int) -> dict[tuple[str, int], list[np.ndarray]]:
    room = background(np.random.default_rng(1))
    found: dict[tuple[str, int], list[np.ndarray]] = {}
    for square, scene in squares(people):
        faces = looker.engine.detect(scene, (320, 240))
        if len(faces) != 1:
            continue
        marks, flat = np.array(faces[0].landmarks), turned_print(square, 0.0, 0.0, room)
        shows: list[tuple[str, tuple[int, ...], Image, Callable[[int], Image]]] = [
            ("made head", HEAD_TURNS, scene, partial(turned_head, scene, marks)),
            ("flat print", PRINT_TURNS, flat, partial(turned_print, square, pitch=0.0, room=room)),
            ("print bent to half a circle", (30, 45), flat, partial(_bent, square, room)),
        ]
        for name, angles, straight, show in shows:
            for yaw in angles:
                moved = gone(looker, straight, show(yaw))
                if moved is not None:
                    found.setdefault((name, yaw), []).append(moved)
    return found


def _bent(square: Image, room: Image, yaw: int) -> Image:
    return bent_print(square, 0.32, yaw, room)


def asymmetry(looker: Looker, people: int) -> np.ndarray:
    """Yaw of a face plus that of its mirror image: 0, if left and right were measured alike."""
    sums = []
    for _, scene in squares(people):
        one, other = looker.yaws(scene), looker.yaws(np.ascontiguousarray(scene[:, ::-1]))
        if one is not None and other is not None:
            sums.append(one + other)
    return np.array(sums)


def trembling(photograph: Image, side: int, frames: int, draw: np.random.Generator) -> Iterator[Image]:
    """Frames of a camera before which a photograph of `side` pixels is held by a hand."""
    small = cv2.resize(photograph, (side, side), interpolation=cv2.INTER_AREA)
    room = background(draw)
    for _ in range(frames):
        turn, growth = draw.normal(0.0, 2.0), 1.0 + draw.normal(0.0, 0.01)
        held = np.asarray(cv2.getRotationMatrix2D((side / 2, side / 2), turn, growth), np.float64)
        held[:, 2] += np.array([WIDTH - side, HEIGHT - side]) / 2.0 + draw.normal(0.0, 3.0, 2)
        mask = np.asarray(cv2.warpAffine(np.ones((side, side), np.float32), held, (WIDTH, HEIGHT)))[..., None]
        laid = np.asarray(cv2.warpAffine(small, held, (WIDTH, HEIGHT))) * mask + room * (1.0 - mask)
        yield camera(laid.astype(np.uint8), draw)


def openness(looker: Looker, frames: Iterator[Image]) -> np.ndarray:
    """How far the eyes are open in each of `frames` in which there is one face."""
    found = []
    for frame in frames:
        faces = looker.engine.detect(frame, (320, 240))
        points = looker.mesh.points(frame, faces[0]) if len(faces) == 1 else None
        ratio = None if points is None else eyes_of(points)
        found += [] if ratio is None else [ratio]
    return np.array(found)


def eyes(looker: Looker, people: int) -> None:
    photographs = sorted(min(person.glob("*.jpg")) for person in FACES.iterdir())
    chosen = [read_picture(path) for path in photographs[5 :: max(1, len(photographs) // people)][:people]]
    for side in (140, 200, 250):
        lowest, closings, seen = [], 0, []
        for number, photograph in enumerate(chosen):
            faces = looker.engine.detect(photograph, (320, 240))
            points = looker.mesh.points(photograph, faces[0]) if len(faces) == 1 else None
            draw = np.random.default_rng(number)
            usual = openness(looker, trembling(photograph, side, 14, draw))
            if points is None or len(usual) < 8:
                continue
            shares = usual / np.median(usual)
            lowest.append(shares.min())
            closings += bool(np.any((shares[1:] < SHUT) & (shares[:-1] < SHUT)))
            shut = openness(looker, trembling(closed_eyes(photograph, points), side, 4, draw))
            seen.append(len(shut) > 0 and float(np.median(shut) / np.median(usual)) < SHUT)
        print(
            f"photographs of {side} pixels: {len(lowest)} films, {closings} closings, lowest frame of a film "
            f"{np.median(lowest):.2f}, of one in twenty {np.percentile(lowest, 5):.2f}; drawn closed, seen "
            f"{100 * np.mean(seen):.0f}%"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=50)
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    try:
        engine = open_engine(FaceEngineName.SFACE)
        mesh = open_mesh()
    except ModelError as error:
        print(f"SKIPPED: {error}")
        return 0
    if engine is None or not FACES.is_dir():
        print(f"SKIPPED: no photographs at {FACES}")
        return 0
    looker = Looker(engine, mesh)
    print(f"{'what turns':<30}{'degrees':>8}{'by':>16}{'5 %':>8}{'50 %':>8}{'95 %':>8}{'reach a turn':>14}")
    heads: dict[str, list[tuple[float, float]]] = {source: [] for source in SOURCES}
    for (name, yaw), moved in turns(looker, chosen.people).items():
        for source, values in zip(SOURCES, np.array(moved).T, strict=True):
            low, middle, high = np.percentile(values, (5, 50, 95))
            share = 100 * float((values >= TURN).mean())
            print(f"{name:<30}{yaw:>8}{source:>16}{low:>8.2f}{middle:>8.2f}{high:>8.2f}{share:>13.0f}%")
            if name == "made head":
                heads[source] += [(float(np.tan(np.radians(yaw))), float(value)) for value in values]
    eyes(looker, chosen.people)
    apart = asymmetry(looker, chosen.people).std(axis=0)
    for source, wrong in zip(SOURCES, apart, strict=True):
        wanted, got = np.array(heads[source]).T
        gain = float(wanted @ got / (wanted @ wanted))
        off = np.degrees(np.arctan(got / gain)) - np.degrees(np.arctan(wanted))
        print(
            f"{source}: {gain:.2f} × tangent of the angle, {np.sqrt(np.mean(off**2)):.1f}° off (RMS); "
            f"mirrored {wrong:.3f}, {np.degrees(np.arctan(wrong / gain)):.1f}° (standard deviation)"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
