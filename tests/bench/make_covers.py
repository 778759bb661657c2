"""Fit what of the face mesh's inner numbers shows a cover, and write it to models/covers.

Covers are drawn over the photographs of people with an even number in the sorted list of names; what these
people really wear (worn.csv) counts too. The bare faces are also shown in poor light and by a poor camera, so
that it is not these that are learned. A ridge logistic regression on the principal components, folded back.

python tests/bench/make_covers.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.vision.faces.engine import DetectedFace, FaceEngine
from edge.vision.faces.mesh import FaceMesh, open_network
from edge.vision.faces.portraits import faces_in
from edge.vision.faces.sface import open_sface
from edge.vision.frame import Image
from edge.vision.liveness.factory import MESH
from edge.vision.pictures.reading import read_picture
from models.covers import Covers
from tests.bench.worn import BARE, FACES, photographs, worn
from tests.covers import MASKS, SUNGLASSES, clear_glasses, hand
from tests.spoiled import HARMLESS, Spoil

TARGET = Path(__file__).resolve().parents[2] / "models" / "covers" / "face-mesh.json"
COVERS = ("mask", "sunglasses", "hand")
_COMPONENTS, _RIDGE, _REALLY_WORN = 160, 30.0, 10.0
_DRAWN, _SEED = 2, 17

Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """What the net holds of one face, what covers it, and how much it counts."""

    inner: NDArray[np.float32]
    cover: str
    weight: float = 1.0


def examples(engine: FaceEngine, mesh: FaceMesh) -> Iterator[Example]:
    draw_from = np.random.default_rng(_SEED)
    known = worn()
    for person in sorted(FACES.iterdir())[::2]:
        for number, path in enumerate(sorted(person.glob("*.jpg"))):
            image = read_picture(path)
            faces = faces_in(image, engine)
            label = known.get(path.stem, BARE)
            if not faces or label == "either":
                continue
            plain = _seen(mesh, engine, image)
            if plain is not None:
                cover = "hand" if label == "mouth" else label
                yield Example(plain, cover, 1.0 if label == BARE else _REALLY_WORN)
            if label == BARE and number == 0:
                yield from _made(engine, mesh, image, faces[0], draw_from)


def _made(
    engine: FaceEngine, mesh: FaceMesh, image: Image, face: DetectedFace, draw_from: np.random.Generator
) -> Iterator[Example]:
    """The face under some covers, each in some light, and bare in poor light."""
    some: list[tuple[str, Spoil]] = [
        *(("mask", MASKS[name]) for name in draw_from.choice(list(MASKS), _DRAWN, replace=False)),
        *(("sunglasses", SUNGLASSES[name]) for name in draw_from.choice(list(SUNGLASSES), _DRAWN, False)),
        ("hand", hand),
        (BARE, clear_glasses),
        (BARE, lambda picture, *_: picture),
        (BARE, lambda picture, *_: picture),
    ]
    for number, (cover, draw) in enumerate(some):
        covered = draw(image, face, draw_from)
        if number % 2 or cover == BARE:
            covered = HARMLESS[str(draw_from.choice(list(HARMLESS)))](covered, face, draw_from)
        inner = _seen(mesh, engine, covered)
        if inner is not None:
            yield Example(inner, cover)


def _seen(mesh: FaceMesh, engine: FaceEngine, image: Image) -> NDArray[np.float32] | None:
    faces = faces_in(image, engine)
    reading = mesh.read(image, faces[0]) if faces else None
    return None if reading is None else reading.inner


def fitted(vectors: Vectors, covered: NDArray[np.bool_], counts: Vectors) -> tuple[Vectors, float]:
    """Weights and what is added, so that their sum is the log-odds of being covered."""
    mean, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-3
    scaled = (vectors - mean) / spread
    components = np.linalg.svd(scaled[::3], full_matrices=False)[2][:_COMPONENTS].T
    found = _logistic(scaled @ components, covered.astype(np.float64), counts)
    weights = (components @ found[:-1]) / spread
    return weights, float(found[-1] - weights @ mean)


def _logistic(vectors: Vectors, wanted: Vectors, counts: Vectors) -> Vectors:
    """Ridge logistic regression by Newton's method; the last number is the intercept."""
    rows = np.column_stack([vectors, np.ones(len(vectors))])
    held = np.diag([*np.full(vectors.shape[1], _RIDGE), 1e-6])
    found = np.zeros(rows.shape[1])
    for _ in range(30):
        share = 1.0 / (1.0 + np.exp(-rows @ found))
        slope = rows.T @ (counts * (wanted - share)) - held @ found
        step = np.linalg.solve((rows * (counts * share * (1.0 - share))[:, None]).T @ rows + held, slope)
        found += step
        if np.abs(step).max() < 1e-6:
            break
    return found


def main() -> int:
    cv2.setNumThreads(1)
    found = list(examples(open_sface(), FaceMesh(open_network())))
    vectors = np.stack([each.inner for each in found]).astype(np.float64)
    counts = np.array([each.weight for each in found])
    weights, added = {}, {}
    for cover in COVERS:
        covered = np.array([each.cover == cover for each in found])
        line, constant = fitted(vectors, covered, counts)
        weights[cover] = tuple(float(f"{value:.4g}") for value in line)
        added[cover] = round(constant, 4)
        print(f"{cover}: {covered.sum()} of {len(found)}")
    source = f"lfw_dev, people with an even number, {len(photographs())} photographs in all"
    TARGET.write_bytes(msgspec.json.encode(Covers(MESH, source, weights, added)) + b"\n")
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
