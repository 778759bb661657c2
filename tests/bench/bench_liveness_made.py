"""Settings of liveness compared on a made set: which nets, how many frames, which threshold.

python tests/bench/bench_liveness_made.py [--people 200] [--frames 3]

The attacks are made from photographs (tests/attacks/made.py), and the bona fide presentations are the same
photographs, enlarged to fill a frame: the errors compare settings and predict nothing (bench_liveness.py is
for that). Prints them by threshold and by species, and what a turning head and a turned photograph do to the
landmarks. APCER and BPCER are those of ISO/IEC 30107-3, with 95 % Wilson intervals.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import models
from edge.calibration.core import GroupErrorRate
from edge.decision import LivenessRule
from edge.liveness import REACHED, fused, pose_of
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.factory import open_engine
from edge.vision.faces.quality import PASSAGE, judge
from edge.vision.frame import Image
from edge.vision.liveness.minifasnet import V1SE_SCALE, V2_SCALE, Net, load_net
from edge.vision.pictures.reading import read_picture
from tests.attacks.heads import bent_print, turned_head, turned_print
from tests.attacks.made import ATTACKS, Species, background, presentation

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
DETECT = (320, 240)
THRESHOLDS = (0.3, 0.5, 0.7, 0.9)
Scores = dict[Species, np.ndarray]
"""A species' measures: people × frames × (V2, V1SE); NaN where a frame showed no usable face."""


def nets() -> dict[str, tuple[Path, float]] | None:
    found = {}
    for name, scale in (("minifasnet-v2", V2_SCALE), ("minifasnet-v1se", V1SE_SCALE)):
        try:
            found[name] = (models.path_of(name), scale)
        except models.ModelError:
            path = SHARED / "models" / models.model(name).file
            if not path.is_file():
                return None
            found[name] = (path, scale)
    return found


def measured(engine: FaceEngine, both: list[Net], people: list[Path], frames: int) -> Scores:
    scores = {}
    for species in Species:
        rows = np.full((len(people), frames, len(both)), np.nan)
        for person, path in enumerate(people):
            shown = presentation(species, read_picture(path), person, frames)
            for number, image in enumerate(shown):
                faces = engine.detect(image, DETECT)
                if faces and judge(image, faces[0], PASSAGE).problem is None:
                    rows[person, number] = [net.live(image, faces[0].box) for net in both]
        scores[species] = rows
    return scores


def _of_one_frame(rows: np.ndarray, net: int | None) -> np.ndarray:
    first = rows[:, 0] if net is None else rows[:, 0, net : net + 1]
    return np.asarray(np.mean(first, axis=1)[~np.isnan(first[:, 0])])


def _of_frames(rows: np.ndarray, fuse: Callable[[list[float]], float]) -> np.ndarray:
    both = rows.mean(axis=2)
    whole = both[~np.isnan(both).any(axis=1)]
    return np.array([fuse(list(row)) for row in whole])


VIEWS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "V2, one frame": lambda rows: _of_one_frame(rows, 0),
    "V1SE, one frame": lambda rows: _of_one_frame(rows, 1),
    "both, one frame": lambda rows: _of_one_frame(rows, None),
    "both, frames by median": lambda rows: _of_frames(rows, lambda row: float(np.median(row))),
    "both, frames by mean": lambda rows: _of_frames(rows, lambda row: float(np.mean(row))),
    "both, frames by log-odds": lambda rows: _of_frames(rows, fused),
}


def by_threshold(scores: Scores) -> None:
    print(f"{'%':<26}{'threshold':>10}{'BPCER':>8}{'APCER mean':>12}{'APCER worst':>13}{'ACER':>7}  worst")
    for view, look in VIEWS.items():
        live = look(scores[Species.LIVE])
        for threshold in THRESHOLDS:
            wrong = {species: float((look(scores[species]) >= threshold).mean()) for species in ATTACKS}
            worst = max(wrong, key=lambda species: wrong[species])
            refused = float((live < threshold).mean())
            print(
                f"{view:<26}{threshold:>10}{100 * refused:>8.1f}{100 * np.mean(list(wrong.values())):>12.1f}"
                f"{100 * wrong[worst]:>13.1f}{50 * (refused + wrong[worst]):>7.1f}  {worst}"
            )


def by_species(scores: Scores, threshold: float) -> None:
    print(f"{f'errors at {threshold}, %':<40}", *(f"{view:>26}" for view in SHOWN), sep="")
    for species in Species:
        cells = []
        for view in SHOWN:
            values = VIEWS[view](scores[species])
            opened = int((values >= threshold).sum())
            wrong = len(values) - opened if species is Species.LIVE else opened
            low, high = GroupErrorRate(wrong, len(values)).interval
            cells.append(f"{100 * wrong / max(1, len(values)):.1f} ({100 * low:.1f} to {100 * high:.1f})")
        kind = "BPCER" if species is Species.LIVE else "APCER"
        print(f"{f'{kind} {species}':<40}", *(f"{cell:>26}" for cell in cells), sep="")
    shown = ", ".join(
        f"{species.name.lower()} {np.isnan(rows[:, 0, 0]).sum()}" for species, rows in scores.items()
    )
    print(f"first frames without a usable face, which are no attempts: {shown}")


SHOWN = ("V2, one frame", "V1SE, one frame", "both, one frame", "both, frames by log-odds")


# --- landmarks -----------------------------------------------------------------------------------


def head_moves(engine: FaceEngine, people: list[Path]) -> None:
    """How far the nose goes: a head that turns, and photographs that are turned."""
    room = background(np.random.default_rng(1))

    def square(path: Path) -> Image:
        return np.asarray(cv2.resize(read_picture(path), (480, 480), interpolation=cv2.INTER_CUBIC), np.uint8)

    def head(path: Path, yaw: float) -> Image:
        scene = np.asarray(cv2.copyMakeBorder(square(path), 0, 0, 80, 80, cv2.BORDER_REFLECT_101), np.uint8)
        faces = engine.detect(scene, DETECT)
        return turned_head(scene, np.array(faces[0].landmarks), yaw) if faces else scene

    shows: dict[str, tuple[Callable[[Path, float], Image], tuple[float, ...]]] = {
        "round head": (head, (20, 30, 40)),
        "flat print": (lambda path, yaw: turned_print(square(path), yaw, 0.0, room), (30, 45, 60)),
        "print bent to half a circle": (
            lambda path, yaw: bent_print(square(path), 0.32, yaw, room),
            (30, 45),
        ),
        "print bent to a third": (lambda path, yaw: bent_print(square(path), 0.5, yaw, room), (30, 45)),
    }
    print(
        f"{'nose against eyes':<30}{'degrees':>8}{'people':>8}{'5 %':>8}{'50 %':>8}{'95 %':>8}{'reached':>9}"
    )
    for name, (show, angles) in shows.items():
        for yaw in angles:
            gone = np.array(list(_gone(engine, people, show, yaw)))
            low, middle, high = np.percentile(gone, (5, 50, 95))
            share = 100 * (gone >= REACHED).mean()
            print(f"{name:<30}{yaw:>8}{len(gone):>8}{low:>8.3f}{middle:>8.3f}{high:>8.3f}{share:>8.1f}%")


def _gone(
    engine: FaceEngine, people: list[Path], show: Callable[[Path, float], Image], yaw: float
) -> Iterator[float]:
    for path in people:
        found = [engine.detect(show(path, angle), DETECT) for angle in (0.0, yaw)]
        poses = [pose_of(faces[0].landmarks) if faces else None for faces in found]
        if poses[0] is not None and poses[1] is not None and abs(poses[0].yaw) <= 0.2:
            yield poses[1].yaw - poses[0].yaw


def plane(engine: FaceEngine, people: list[Path]) -> None:
    """Whether five landmarks tell a moving plane from a moving head: what an affine motion leaves over."""
    room = background(np.random.default_rng(1))
    print(f"{'left over by a plane, % of the eyes':<40}{'5 %':>8}{'50 %':>8}{'95 %':>8}")
    for name, small in (
        ("flat print, trembling (5 degrees)", 5.0),
        ("round head, standing (3 degrees)", -3.0),
    ):
        left = []
        for number, path in enumerate(people):
            photograph = np.asarray(cv2.resize(read_picture(path), (480, 480)), np.uint8)
            draw = np.random.default_rng(number)
            flat = turned_print(photograph, 0.0, 0.0, room)
            faces = engine.detect(flat, DETECT)
            if not faces:
                continue
            marks = np.array(faces[0].landmarks)
            moved = (
                turned_print(photograph, small, 0.0, room) if small > 0 else turned_head(flat, marks, -small)
            )
            noisy = np.asarray(np.clip(moved + draw.normal(0, 2.5, moved.shape), 0, 255), np.uint8)
            again = engine.detect(noisy, DETECT)
            if again:
                left.append(_left_over(marks, np.array(again[0].landmarks)))
        low, middle, high = np.percentile(left, (5, 50, 95))
        print(f"{name:<40}{100 * low:>8.2f}{100 * middle:>8.2f}{100 * high:>8.2f}")


def _left_over(one: np.ndarray, other: np.ndarray) -> float:
    known = np.hstack([one, np.ones((5, 1))])
    fitted = known @ np.linalg.lstsq(known, other, rcond=None)[0]
    return float(np.sqrt(np.mean((fitted - other) ** 2)) / np.linalg.norm(one[1] - one[0]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--frames", type=int, default=3)
    chosen = parser.parse_args()
    files, faces = nets(), SHARED / "faces" / "lfw_dev"
    if files is None or not faces.is_dir():
        print(f"SKIPPED: no liveness nets, or no photographs at {faces}")
        return 0
    cv2.setNumThreads(1)
    engine = open_engine(FaceEngineName.SFACE)
    assert engine is not None
    folders = sorted(faces.iterdir())
    random.Random(5).shuffle(folders)
    people = [min(folder.glob("*.jpg")) for folder in folders[: chosen.people]]
    print(f"{len(people)} people, one photograph each; {chosen.frames} frames a presentation\n")
    scores = measured(
        engine, [load_net(path, scale) for path, scale in files.values()], people, chosen.frames
    )
    by_threshold(scores)
    print()
    by_species(scores, LivenessRule().threshold)
    print()
    head_moves(engine, people[:60])
    print()
    plane(engine, people[:60])
    return 0


if __name__ == "__main__":
    sys.exit(main())
