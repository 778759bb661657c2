"""Whether a face moves as a plane does: corners tracked over a second, on made heads and filmed prints.

Each film is six frames of a head or a print that sways, and turns to and fro by so many degrees; `rolling`
are heads that sway four times as fast before a camera that reads its rows within 30 ms. A film is called flat
where its corners leave a similarity by `--least` of the face's width, and a homography takes all but
`--share` of that away.

python tests/bench/bench_plane.py --people 24
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.vision.configuration import FaceEngineName
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.factory import open_engine
from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from edge.vision.reports import Box
from tests.attacks.heads import turned_head
from tests.attacks.made import HEIGHT, WIDTH, Pose, background, camera, corners_of, lay_into_room

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces" / "lfw_dev"
DEGREES = (0, 2, 4, 8, 12)
_SIDE = 360


def shifted(image: Image, x: float, y: float) -> Image:
    move = np.array([[1, 0, x], [0, 1, y]], np.float32)
    return np.asarray(cv2.warpAffine(image, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def rolling(image: Image, speed: float) -> Image:
    """What a camera sees that reads its rows one after the other, of a scene that moves by `speed` pixels a
    radian.
    """
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    moved = columns - np.float32(0.09 * speed) * (rows / HEIGHT - 0.5)
    return np.asarray(
        cv2.remap(image, moved, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def films(
    photograph: Image, engine: FaceEngine, draw: np.random.Generator
) -> Iterator[tuple[str, int, list[Image]]]:
    room = background(draw)
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.ellipse(mask, (WIDTH // 2, HEIGHT // 2), (int(0.42 * _SIDE), int(0.49 * _SIDE)), 0, 0, 360, 1.0, -1)
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), 8))[..., None]
    scene = room.copy()
    left, top = (WIDTH - _SIDE) // 2, (HEIGHT - _SIDE) // 2
    scene[top : top + _SIDE, left : left + _SIDE] = cv2.resize(photograph, (_SIDE, _SIDE))
    scene = np.asarray(scene * soft + room * (1.0 - soft), np.uint8)
    faces = engine.detect(scene, (320, 240))
    if len(faces) != 1:
        return
    marks, when, phases = (
        np.array(faces[0].landmarks),
        np.linspace(0.0, 2.5, 6),
        draw.uniform(0.0, 2 * np.pi, 4),
    )
    large = np.asarray(cv2.resize(photograph, (900, 900), interpolation=cv2.INTER_CUBIC), np.uint8)
    for degrees in DEGREES:
        yaw, pitch = degrees * np.sin(when + phases[0]), 0.5 * degrees * np.sin(when + phases[1])
        x, y = 8 * np.sin(when + phases[2]), 5 * np.sin(when + phases[3])
        held = [
            Pose(b / HEIGHT, c / HEIGHT, _SIDE / HEIGHT, a, d)
            for a, d, b, c in zip(yaw, pitch, x, y, strict=True)
        ]
        heads = [turned_head(scene, marks, a, d) for a, d in zip(yaw, pitch, strict=True)]
        yield (
            "head",
            degrees,
            [camera(shifted(head, *to), draw) for head, *to in zip(heads, x, y, strict=True)],
        )
        speeds = 32 * np.cos(when + phases[2])
        fast = [
            rolling(shifted(head, 4 * a, b), v) for head, a, b, v in zip(heads, x, y, speeds, strict=True)
        ]
        yield "rolling", degrees, [camera(image, draw) for image in fast]
        yield (
            "print",
            degrees,
            [camera(lay_into_room(large, corners_of(1.0, pose), room), draw) for pose in held],
        )


def left_over(frames: list[Image], box: Box) -> np.ndarray:
    """For each frame after the first what a similarity and what a homography leave over, in shares of the
    width.
    """
    greys = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in frames]
    inside = np.zeros_like(greys[0])
    middle = (int(box.left + box.width / 2), int(box.top + 0.52 * box.height))
    cv2.ellipse(inside, middle, (int(0.42 * box.width), int(0.42 * box.height)), 0, 0, 360, 255, -1)
    corners = cv2.goodFeaturesToTrack(greys[0], 120, 0.01, 4, mask=inside)
    rows = [_apart(greys[0], grey, corners) for grey in greys[1:]] if len(corners) else []
    return np.array([row for row in rows if row is not None]).reshape(-1, 2) / box.width


def _apart(first: np.ndarray, second: np.ndarray, corners: np.ndarray) -> tuple[float, float] | None:
    there, seen, _ = cv2.calcOpticalFlowPyrLK(first, second, corners, corners.copy(), winSize=(13, 13))
    back, again, _ = cv2.calcOpticalFlowPyrLK(second, first, there, there.copy(), winSize=(13, 13))
    near = np.linalg.norm(corners - back, axis=2).ravel() < 0.5
    good = np.asarray(seen, bool).ravel() & np.asarray(again, bool).ravel() & near
    if good.sum() < 20:
        return None
    one, other = corners[good, 0], there[good, 0]
    alike, _ = cv2.estimateAffinePartial2D(one, other, method=cv2.LMEDS)
    plane, _ = cv2.findHomography(one, other, 0)
    of_alike = np.linalg.norm(one @ alike[:, :2].T + alike[:, 2] - other, axis=1)
    of_plane = np.linalg.norm(cv2.perspectiveTransform(one[:, None], plane)[:, 0] - other, axis=1)
    return float(np.percentile(of_alike, 80)), float(np.percentile(of_plane, 80))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--least", type=float, default=0.003)
    parser.add_argument("--share", type=float, default=0.4)
    chosen = parser.parse_args()
    if not FACES.is_dir():
        print(f"SKIPPED: no photographs at {FACES}")
        return 0
    cv2.setNumThreads(1)
    engine = open_engine(FaceEngineName.SFACE)
    assert engine is not None
    paths = sorted(min(person.glob("*.jpg")) for person in FACES.iterdir())
    found: dict[tuple[str, int], list[np.ndarray]] = {}
    took = []
    for number, path in enumerate(paths[:: max(1, len(paths) // chosen.people)][: chosen.people]):
        for kind, degrees, frames in films(read_picture(path), engine, np.random.default_rng(number)):
            faces = engine.detect(frames[0], (320, 240))
            began = time.thread_time()
            rest = left_over(frames, faces[0].box) if len(faces) == 1 else np.zeros((0, 2))
            took.append(1000 * (time.thread_time() - began) / (len(frames) - 1))
            if len(rest):
                found.setdefault((kind, degrees), []).append(rest)
    print(f"{'what moves':<12}{'degrees':>8}{'films':>7}{'flat':>7}   a plane leaves, % of the width")
    for (kind, degrees), films_of in sorted(found.items()):
        low, middle, high = np.percentile([100 * rest[:, 1].max() for rest in films_of], (5, 50, 95))
        flat = [
            bool(np.any((r[:, 0] >= chosen.least) & (r[:, 1] <= chosen.share * r[:, 0]))) for r in films_of
        ]
        share = f"{100 * np.mean(flat):.0f}%"
        print(f"{kind:<12}{degrees:>8}{len(flat):>7}{share:>7}   {low:.2f} {middle:.2f} {high:.2f}")
    print(f"{np.median(took):.1f} ms of the processor a frame")
    return 0


if __name__ == "__main__":
    sys.exit(main())
