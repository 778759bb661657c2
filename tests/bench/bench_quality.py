"""What quality refuses of good photographs, and what is seen of covers drawn over them. Prints tables.

python tests/bench/bench_quality.py [--people 300]

The weights of edge/vision/faces/occlusion.py were fitted on people with an even number in the sorted list of
names; here those with an odd number are looked at.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.admin.similarity import limits_for
from edge.decision import Cover, FaceRule
from edge.vision.faces.alignment import upright
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.occlusion import cover_of
from edge.vision.faces.portraits import faces_in
from edge.vision.faces.quality import ENROLMENT, PASSAGE, judge
from edge.vision.faces.sface import open_sface
from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from tests.covers import MASKS, SUNGLASSES, clear_glasses, hand

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces" / "lfw_dev"
REDUCED = (1.0, 0.7, 0.5)
DRAWN = (
    {f"mask, {name}": draw for name, draw in MASKS.items()}
    | {f"sunglasses, {name}": draw for name, draw in SUNGLASSES.items()}
    | {"hand": hand, "clear glasses (nothing covered)": clear_glasses}
)
COMPARED = ("mask, surgical", "mask, black", "mask, below the nose", "sunglasses, black", "hand")
REALLY_SUNGLASSES = (
    "Billy_Bob_Thornton_0001",
    "Candice_Bergen_0001",
    "Charles_Taylor_0009",
    "Didier_Defago_0001",
    "Elizabeth_Hurley_0001",
    "Fredric_Seaman_0001",
    "Jack_Nicholson_0001",
    "Jack_Nicholson_0003",
    "Jane_Fonda_0002",
    "Jessica_Lange_0001",
    "Jimmy_Jimenez_0001",
    "Kevin_Costner_0002",
    "Patricia_Clarkson_0004",
    "Richard_Gere_0003",
    "Roy_Moore_0006",
    "Sepp_Blatter_0001",
    "Yoko_Ono_0005",
)
REALLY_BEFORE_THE_MOUTH = (
    "Celine_Dion_0003",
    "Gwendal_Peizerat_0002",
    "Hamid_Karzai_0006",
    "Luis_Horna_0002",
)
"""Photographs of the set in which a face is covered indeed, as far as somebody saw them looking through."""


def found(engine: FaceEngine, image: Image) -> tuple[Cover | None, float] | None:
    """What is seen over the face, and how many milliseconds that took; None: no face."""
    faces = faces_in(image, engine)
    if not faces:
        return None
    began = time.perf_counter()
    cover = cover_of(upright(image, faces[0]))
    return cover, 1000.0 * (time.perf_counter() - began)


def refusals(engine: FaceEngine, files: list[Path]) -> None:
    print(f"\nrefused of {len(files)} photographs, by the first reason")
    for name, limits in (("passage", PASSAGE), ("enrolment", ENROLMENT)):
        reasons: Counter[str] = Counter()
        for path in files:
            image = read_picture(path)
            faces = faces_in(image, engine)
            quality = judge(image, faces[0], limits) if faces else None
            reasons["no face" if quality is None else quality.problem or "none"] += 1
        print(f"  {name:<11}{100 * (1 - reasons['none'] / len(files)):5.1f} %  ", dict(reasons.most_common()))


def false_alarms(engine: FaceEngine, files: list[Path]) -> None:
    print("\nuncovered faces in which a cover is seen, % (odd people; those really covered left out)")
    print(f"{'reduced to':<12}{'faces':>7}{'mask':>7}{'hand':>7}{'sunglasses':>12}{'ms':>7}")
    left = [path for path in files if path.stem not in {*REALLY_SUNGLASSES, *REALLY_BEFORE_THE_MOUTH}]
    for scale in REDUCED:
        seen: Counter[Cover | None] = Counter()
        took = []
        for path in left:
            look = found(engine, reduced(read_picture(path), scale))
            if look is not None:
                seen[look[0]] += 1
                took.append(look[1])
        total = sum(seen.values())
        shares = [100 * seen[cover] / total for cover in (Cover.MASK, Cover.HAND, Cover.SUNGLASSES)]
        print(
            f"{scale:<12}{total:>7}{shares[0]:>7.2f}{shares[1]:>7.2f}{shares[2]:>12.2f}"
            f"{np.median(took):>7.2f}"
        )


def covers(engine: FaceEngine, people: list[Path]) -> None:
    print(f"\ndrawn over {len(people)} odd people, % seen as (any cover, right kind), sizes in turn")
    draw_from = np.random.default_rng(7)
    for name, draw in DRAWN.items():
        kind = name.partition(",")[0]
        seen: Counter[Cover | None] = Counter()
        missed = 0
        for number, path in enumerate(people):
            image = read_picture(path)
            covered = draw(image, faces_in(image, engine)[0], draw_from)
            look = found(engine, reduced(covered, REDUCED[number % 3]))
            if look is None:
                missed += 1
            else:
                seen[look[0]] += 1
        total = max(1, sum(seen.values()))
        right = sum(count for cover, count in seen.items() if cover == kind)
        print(
            f"  {name:<34}{100 * (1 - seen[None] / total):6.1f}{100 * right / total:7.1f}"
            f"   no face found: {missed}"
        )


def worn(engine: FaceEngine) -> None:
    print("\nreally worn, in the set (some of these people are even)")
    for what, names in (("sunglasses", REALLY_SUNGLASSES), ("before the mouth", REALLY_BEFORE_THE_MOUTH)):
        files = [FACES / name.rpartition("_")[0] / f"{name}.jpg" for name in names]
        looks = [found(engine, read_picture(path)) for path in files]
        print(
            f"  {what:<18}{sum(look is not None and look[0] is not None for look in looks)} of {len(files)}"
        )


def comparison(engine: FaceEngine, people: list[list[Path]]) -> None:
    """What a cover does to 1:1 with an uncovered enrolled photograph, at the ordinary threshold."""
    confirm = limits_for(engine.name, 1, FaceRule()).same
    print(f"\n1:1 of {len(people)} people against their other photograph, at the ordinary {confirm:.3f}")
    print(f"  {'over the probe':<22}{'own, %':>8}{'others, %':>11}{'own at 1 in 1,000, %':>22}")
    draw_from = np.random.default_rng(5)
    enrolled = np.stack([template(engine, read_picture(photographs[0])) for photographs in people])
    own = np.eye(len(people), dtype=bool)
    for name, draw in {"nothing": None, **{name: DRAWN[name] for name in COMPARED}}.items():
        probes = []
        for photographs in people:
            image = read_picture(photographs[1])
            covered = image if draw is None else draw(image, faces_in(image, engine)[0], draw_from)
            probes.append(template(engine, covered))
        scores = np.stack(probes) @ enrolled.T
        strict = np.quantile(scores[~own], 0.999)
        print(
            f"  {name:<22}{100 * (scores[own] >= confirm).mean():>8.1f}"
            f"{100 * (scores[~own] >= confirm).mean():>11.3f}{100 * (scores[own] >= strict).mean():>15.1f}"
            f" ({strict:.3f})"
        )


def template(engine: FaceEngine, image: Image) -> np.ndarray:
    """The template of the main face; zeros, which are like nobody, where there is none."""
    faces = faces_in(image, engine)
    if not faces:
        return np.zeros(engine.dimensions, np.float32)
    return engine.embed(image, faces[0], mirrored=True)


def reduced(image: Image, scale: float) -> Image:
    if scale == 1.0:
        return image
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, default=300)
    asked = arguments.parse_args()
    if not FACES.is_dir():
        sys.exit(f"no photographs at {FACES}")
    cv2.setNumThreads(1)
    engine = open_sface()
    odd = sorted(FACES.iterdir())[1::2]
    files = [path for person in odd for path in sorted(person.glob("*.jpg"))]
    refusals(engine, files)
    false_alarms(engine, files)
    covers(engine, [min(person.glob("*.jpg")) for person in odd[: asked.people]])
    worn(engine)
    several = [sorted(person.glob("*.jpg")) for person in odd]
    comparison(engine, [own for own in several if len(own) > 1][: asked.people])


if __name__ == "__main__":
    main()
