"""Verification on pairs and 1:N among 1,000, both engines, one thread. Prints two tables.

python tests/bench/bench_faces.py [--pairs 600] [--engines sface,dlib]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from edge.decision.policy import FaceRule
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.opening import open_engine
from edge.vision.pictures import read_picture

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces" / "lfw_dev"
FOLDS = 10
SIDES = ((320, 320), (800, 800))


def template(engine: FaceEngine, path: Path, *, mirrored: bool) -> np.ndarray | None:
    image = read_picture(path)
    found = next((faces for side in SIDES if (faces := engine.detect(image, side))), ())
    return engine.embed(image, found[0], mirrored=mirrored) if found else None


def pairs_of(people: list[list[Path]], count: int) -> list[tuple[Path, Path, bool]]:
    """As many pairs of one person as of two, the same ones at every run."""
    draw = random.Random(7)
    several = [person for person in people if len(person) > 1]
    chosen = [draw.sample(person, 2) for person in draw.choices(several, k=count // 2)]
    same = [(one, two, True) for one, two in chosen]
    other = [
        (draw.choice(one), draw.choice(two), False)
        for one, two in (draw.sample(people, 2) for _ in range(count // 2))
    ]
    return [pair for both in zip(same, other, strict=True) for pair in both]


def accuracy(scores: np.ndarray, same: np.ndarray) -> tuple[float, float]:
    """Mean accuracy over folds, each judged by the threshold best on the others; and that threshold."""
    folds = np.arange(len(scores)) % FOLDS
    right, thresholds = [], []
    for fold in range(FOLDS):
        train, test = folds != fold, folds == fold
        candidates = np.unique(scores[train])
        best = max(candidates, key=lambda limit: float(((scores[train] >= limit) == same[train]).mean()))
        right.append(float(((scores[test] >= best) == same[test]).mean()))
        thresholds.append(float(best))
    return float(np.mean(right)), float(np.mean(thresholds))


def accepted_at(scores: np.ndarray, same: np.ndarray, false_accepts: float) -> tuple[float, float]:
    """True accepts where at most a share `false_accepts` of impostors is accepted, and the threshold."""
    impostors = np.sort(scores[~same])[::-1]
    limit = float(impostors[int(false_accepts * len(impostors))]) + 1e-6
    return float((scores[same] >= limit).mean()), limit


def verification(engine: FaceEngine, people: list[list[Path]], count: int) -> None:
    pairs = pairs_of(people, count)
    began = time.perf_counter()
    made = {path: template(engine, path, mirrored=False) for pair in pairs for path in pair[:2]}
    took = 1000 * (time.perf_counter() - began) / len(made)
    missing = sum(value is None for value in made.values())
    rows = [(made[one], made[two], same) for one, two, same in pairs]
    scores = np.array([-1.0 if one is None or two is None else float(one @ two) for one, two, _ in rows])
    same = np.array([row[2] for row in rows])
    share, threshold = accuracy(scores, same)
    accepts, limit = accepted_at(scores, same, 0.001)
    print(
        f"{engine.name:<24}{len(pairs):>7}{missing:>9}{100 * share:>11.2f}{threshold:>11.3f}"
        f"{100 * accepts:>13.2f}{limit:>11.3f}{took:>10.1f}"
    )


def identification(engine: FaceEngine, people: list[list[Path]], enrolled: int) -> None:
    """One photograph enrolled, one other shown; strangers among the probes."""
    several = [person for person in people if len(person) > 1]
    single = [person for person in people if len(person) == 1]
    residents = (several + single)[:enrolled]
    strangers = [person[0] for person in (several + single)[enrolled:]]
    vectors = [(place, template(engine, person[0], mirrored=True)) for place, person in enumerate(residents)]
    owners = np.array([place for place, vector in vectors if vector is not None])
    gallery = np.stack([vector for _, vector in vectors if vector is not None])

    def best(path: Path) -> tuple[int, float]:
        vector = template(engine, path, mirrored=True)
        if vector is None:
            return -1, -1.0
        similar = gallery @ vector
        return int(owners[similar.argmax()]), float(similar.max())

    rule = FaceRule()
    limit = rule.identify_among(len(gallery))
    asked = [(place, *best(path)) for place, person in enumerate(residents) for path in person[1:2]]
    missed = np.mean([found != place or score < limit for place, found, score in asked])
    wrong = sum(found != place and score >= limit for place, found, score in asked)
    impostors = np.array([best(path)[1] for path in strangers])
    print(
        f"{engine.name:<24}{len(gallery):>9}{limit:>11.3f}{len(asked):>9}{100 * missed:>10.1f}{wrong:>8}"
        f"{len(strangers):>11}{int((impostors >= limit).sum()):>9}{int((impostors >= 0.6).sum()):>13}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=600)
    parser.add_argument("--enrolled", type=int, default=1000)
    parser.add_argument("--engines", default="sface,dlib")
    chosen = parser.parse_args()
    if not FACES.is_dir():
        print(f"SKIPPED: no photographs at {FACES}")
        return 0
    cv2.setNumThreads(1)
    people = [sorted(folder.glob("*.jpg")) for folder in sorted(FACES.iterdir())]
    engines = [open_engine(FaceEngineName(name)) for name in chosen.engines.split(",")]
    print(f"{'verification':<24}{'pairs':>7}{'no face':>9}{'right %':>11}{'threshold':>11}", end="")
    print(f"{'at 1/1000 %':>13}{'threshold':>11}{'ms/photo':>10}")
    _each(engines, lambda engine: verification(engine, people, chosen.pairs))
    print()
    print(f"{'1:N, one photo, one frame':<24}{'enrolled':>8}{'threshold':>11}{'probes':>9}", end="")
    print(f"{'missed %':>10}{'wrong':>8}{'strangers':>11}{'matched':>9}{'above 0.6 *':>13}")
    _each(engines[:1], lambda engine: identification(engine, people, chosen.enrolled))
    print("* strangers that look like a resident above 0.6 are mostly one person under two names in this set")
    return 0


def _each(engines: list[FaceEngine | None], run: Callable[[FaceEngine], None]) -> None:
    for engine in engines:
        if engine is not None:
            run(engine)


if __name__ == "__main__":
    sys.exit(main())
