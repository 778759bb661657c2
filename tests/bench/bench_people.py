"""People before the camera: what a frame costs with one, two and three in view, and how soon one is known.

A stream at 15 frames a second of photographs that move through a lane; one thread, a gallery of 1,000.
`known` is from the first usable frame to the evidence, the camera's pauses included; `work` is the computer's
part.

python tests/bench/bench_people.py [--engines sface,dlib]
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from edge.calibration.files import shipped_calibration
from edge.decision import ClockTrust, FaceRule, Mode, PassUse, Policy, WallTime
from edge.encounter import EncounterTracker, Patience
from edge.registry.format import Registry, Root
from edge.registry.gallery.gallery import gallery_of
from edge.runtime.recognition import Holdings, RegistryRecogniser
from edge.vision.codes.factory import open_reader
from edge.vision.configuration import CodeReaderName, FaceEngineName, VisionConfiguration
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.factory import open_engine
from edge.vision.faces.portraits import faces_in
from edge.vision.frame import Frame, Image
from edge.vision.pictures.reading import read_picture
from edge.vision.pipeline import Pipeline

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces" / "lfw_dev"
RATE = 15.0
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def scene(portraits: list[Image], step: int) -> Image:
    """Portraits side by side in a 640×480 lane, the nearest in the middle, each swaying a little."""
    draw = np.random.default_rng(step)
    picture = np.clip(draw.normal(128, 3, (480, 640, 3)), 0, 255).astype(np.uint8)
    for index, portrait in enumerate(portraits):
        side = 230 if index == 0 else 190
        small = cv2.resize(portrait, (side, side))
        left = (205, 9, 440)[index] + int(8 * np.sin(step / 4 + index))
        top = 120 + int(5 * np.cos(step / 3 + index))
        picture[top : top + side, left : left + side] = small
    return picture


def milliseconds(engine: FaceEngine, portraits: list[Image]) -> tuple[float, float]:
    """Mean and 95th percentile of a frame's cost in three seconds of stream."""
    pipeline = Pipeline(VisionConfiguration(), engine, open_reader(CodeReaderName.ZXING))
    times = []
    for step in range(45):
        frame = Frame(scene(portraits, step), step + 1, 100.0 + step / RATE, "bench")
        began = time.perf_counter()
        pipeline.analyse(frame)
        times.append(1000 * (time.perf_counter() - began))
    return float(np.mean(times)), float(np.percentile(times, 95))


def known(engine: FaceEngine, tracker: EncounterTracker, portrait: Image) -> tuple[float, float] | None:
    """Milliseconds to the evidence, with the camera's pauses and without; None where it took too long."""
    pipeline = Pipeline(VisionConfiguration(), engine, open_reader(CodeReaderName.ZXING))
    tracker.clear()
    work, first = 0.0, None
    for step in range(30):
        frame = Frame(scene([portrait], step), step + 1, 100.0 + step / RATE, "bench")
        began = time.perf_counter()
        sighting = pipeline.analyse(frame)
        encounter = tracker.handle(sighting, Mode.FACE, FaceRule())
        took = 1000 * (time.perf_counter() - began)
        if first is None and any(face.template for face in sighting.faces):
            first = step
        if first is not None:
            work += took
        if first is not None and encounter is not None and encounter.final:
            return 1000 * (step - first) / RATE + took, work
    return None


def tracker_of(engine: FaceEngine, portraits: list[Image]) -> EncounterTracker:
    enrolled = {
        f"p{index}": [engine.embed(image, faces_in(image, engine)[0], mirrored=True)]
        for index, image in enumerate(portraits)
    }
    draw = np.random.default_rng(1).normal(size=(1_000 - len(enrolled), engine.dimensions))
    draw /= np.linalg.norm(draw, axis=1, keepdims=True)
    gallery = gallery_of(enrolled | {f"n{index}": [row.astype(np.float32)] for index, row in enumerate(draw)})
    expires = NOW + timedelta(days=9)
    registry = Registry("bench", 1, NOW, expires, Root(1, expires, 1, (), (), ()), b"", b"", b"", Policy())
    holdings = Holdings(registry, gallery, calibration=shipped_calibration(engine.name))
    wall = WallTime(NOW, ClockTrust.TRUSTED)
    return EncounterTracker(
        RegistryRecogniser(lambda: holdings, lambda: wall, lambda _, __: PassUse.UNUSED), Patience()
    )


def photographs(count: int) -> Iterator[Image]:
    for folder in sorted(FACES.iterdir())[:count]:
        yield read_picture(min(folder.glob("*.jpg")))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", default="sface,dlib")
    chosen = parser.parse_args()
    if not FACES.is_dir():
        print(f"SKIPPED: no photographs at {FACES}")
        return 0
    cv2.setNumThreads(1)
    engines = [open_engine(FaceEngineName(name)) for name in chosen.engines.split(",")]
    portraits = list(photographs(40))
    print(f"{'640x480':<24}{'people':>7}{'ms a frame':>12}{'p95':>8}{'frames/s':>10}")
    for engine in engines:
        assert engine is not None
        for people in (1, 2, 3):
            mean, tail = milliseconds(engine, portraits[:people])
            print(f"{engine.name:<24}{people:>7}{mean:>12.1f}{tail:>8.1f}{1000 / mean:>10.1f}")
    print(f"\n{'from usable to evidence':<24}{'known p50':>10}{'p95':>8}{'work p50':>10}{'p95':>8}{'not':>5}")
    for engine in engines:
        assert engine is not None
        tracker = tracker_of(engine, portraits)
        found = [known(engine, tracker, portrait) for portrait in portraits]
        times = np.array([each for each in found if each is not None])
        shown = [f"{value:.0f}" for value in np.percentile(times, (50, 95), axis=0).T.ravel()]
        print(
            f"{engine.name:<24}{shown[0]:>10}{shown[1]:>8}{shown[2]:>10}{shown[3]:>8}"
            f"{sum(each is None for each in found):>5}"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak resident memory with {', '.join(chosen.engines.split(','))}: {peak:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
