"""What quality says of faces: what it refuses, the covers that it sees, its reasons, the dark. Prints tables.

python tests/bench/bench_quality.py [--people 300] [covers | reasons | dark | aslant | comparison …]

What shows covers (models/covers) was fitted on people with an even number in the sorted list of names; here
those with an odd number are looked at. Needs the models of `gatepost models get`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.admin.similarity import limits_for
from edge.calibration.core.open_set_trials import wilson
from edge.decision import FaceRule
from edge.vision.faces.engine import DetectedFace, FaceEngine
from edge.vision.faces.light import light_on, square_of
from edge.vision.faces.mesh import FaceMesh, open_mesh
from edge.vision.faces.occlusion import Suspicion
from edge.vision.faces.portraits import faces_in
from edge.vision.faces.quality import ENROLMENT, PASSAGE, judge
from edge.vision.faces.sface import open_sface
from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from tests.bench.worn import BARE, FACES, worn
from tests.covers import MASKS, SUNGLASSES, clear_glasses, hand
from tests.spoiled import HARMLESS, MADE, exposed, tilted

AS_A_CAMERA = (640, 480)
DRAWN = (
    {f"mask, {name}": draw for name, draw in MASKS.items()}
    | {f"sunglasses, {name}": draw for name, draw in SUNGLASSES.items()}
    | {"hand": hand}
)
COMPARED = ("mask, surgical", "mask, black", "mask, below the nose", "sunglasses, black", "hand")


@dataclass(frozen=True)
class Bench:
    """The engines, and the people who may be looked at: each one's photographs."""

    engine: FaceEngine
    mesh: FaceMesh
    people: Sequence[Sequence[Path]]
    most: int

    def first(self) -> list[tuple[Image, DetectedFace]]:
        """The first photograph of as many bare people as are asked for, with the face in it."""
        known = worn()
        paths = [own[0] for own in self.people if own[0].stem not in known]
        pictures = [read_picture(path) for path in paths[:: max(1, len(paths) // self.most)][: self.most]]
        faces = [(image, faces_in(image, self.engine)) for image in pictures]
        return [(image, found[0]) for image, found in faces if found]

    def pairs(self) -> list[Sequence[Path]]:
        return [own for own in self.people if len(own) > 1][: self.most]

    def seen(self, image: Image) -> tuple[Suspicion | None, float] | None:
        """What seems to cover the face, and how many milliseconds that took; None: no face."""
        faces = faces_in(image, self.engine)
        if not faces:
            return None
        began = time.perf_counter()
        reading = self.mesh.read(image, faces[0])
        return (None if reading is None else reading.covered), 1000.0 * (time.perf_counter() - began)

    def template(self, image: Image, *, mirrored: bool = True) -> np.ndarray:
        """The template of the main face; zeros, which are like nobody, where there is none."""
        faces = faces_in(image, self.engine)
        if not faces:
            return np.zeros(self.engine.dimensions, np.float32)
        return self.engine.embed(image, faces[0], mirrored=mirrored)


def share(hits: int, cases: int) -> str:
    """In percent, with its 95 % Wilson interval."""
    low, high = wilson(hits, max(1, cases))
    return f"{100 * hits / max(1, cases):5.1f} ({100 * low:.1f} to {100 * high:.1f})"


def refusals(bench: Bench) -> None:
    paths = [path for own in bench.people for path in own]
    print(f"\nrefused of {len(paths)} photographs, by the first reason")
    for name, limits in (("passage", PASSAGE), ("enrolment", ENROLMENT)):
        reasons: Counter[str] = Counter()
        for path in paths:
            image = read_picture(path)
            faces = faces_in(image, bench.engine)
            reading = bench.mesh.read(image, faces[0]) if faces else None
            covered = None if reading is None else reading.covered
            quality = judge(image, faces[0], limits, covered) if faces else None
            reasons["no face" if quality is None else quality.problem or "none"] += 1
        print(
            f"  {name:<11}{share(len(paths) - reasons['none'], len(paths))} %  ", dict(reasons.most_common())
        )


def covers(bench: Bench) -> None:
    print("\nbare faces on which a cover is seen, % (people on whom nothing was fitted)")
    print(f"  {'':<34}{'faces':>6}  {'surely':<22}{'perhaps':<22}")
    known = worn()
    bare = [path for own in bench.people for path in own if path.stem not in known]
    _tell("every photograph", [bench.seen(read_picture(path)) for path in bare])
    draw_from = np.random.default_rng(7)
    first = bench.first()
    for name, spoil in {"clear glasses": clear_glasses, **HARMLESS}.items():
        _tell(name, [bench.seen(spoil(image, face, draw_from)) for image, face in first])
    print("\nreally worn, % seen: of people on whom nothing was fitted, and of the others")
    for what in ("sunglasses", "mouth"):
        for whose, people in (("unseen", 1), ("fitted on", 0)):
            paths = [path for path in _all(people) if known.get(path.stem, BARE) == what]
            _tell(f"{what}, {whose}", [bench.seen(read_picture(path)) for path in paths])
    print("\ndrawn, % seen; and of the right kind")
    for name, draw in DRAWN.items():
        looks = [bench.seen(draw(image, face, draw_from)) for image, face in first]
        kind = name.partition(",")[0]
        right = sum(look is not None and look[0] is not None and look[0].cover == kind for look in looks)
        _tell(name, looks, f"  {share(right, len(looks))}")


def _tell(name: str, looks: Sequence[tuple[Suspicion | None, float] | None], more: str = "") -> None:
    found = [look for look in looks if look is not None]
    suspected = [covered for covered, _ in found if covered is not None]
    sure = sum(covered.sure for covered in suspected)
    took = float(np.median([took for _, took in found])) if found else 0.0
    counts = f"{share(sure, len(found)):<22}{share(len(suspected), len(found)):<22}"
    print(f"  {name:<34}{len(found):>6}  {counts}{took:5.1f} ms{more}")


def reasons(bench: Bench) -> None:
    first = bench.first()
    print(f"\nwhat is said of {len(first)} people's photographs made bad in one way each")
    for limits_name, limits in (("passage", PASSAGE), ("enrolment", ENROLMENT)):
        print(f"  {limits_name:<24}{'right, %':<24}no face, then what is said")
        draw_from = np.random.default_rng(5)
        for name, (problem, spoil) in MADE.items():
            said: Counter[str] = Counter()
            for image, face in first:
                spoilt = spoil(image, face, draw_from)
                found = bench.engine.detect(spoilt, AS_A_CAMERA)
                if not found:
                    said["no face"] += 1
                    continue
                largest = max(found, key=lambda each: each.box.width)
                said[judge(spoilt, largest, limits).problem or "none"] += 1
            lost = said.pop("no face", 0)
            right = share(said[problem or "none"], said.total())
            print(f"  {name:<24}{right:<24}{lost:>3}  {dict(said.most_common())}")


def dark(bench: Bench) -> None:
    """What darkness does to both errors, at the thresholds for 1:1 and among a thousand."""
    print("\nstops of light taken away: the other photograph of people against all enrolled ones")
    print("  stops found light  refused  missed 1:1      among 1,000     strangers 1:1, %")
    enrolled = _enrolled(bench)
    for stops in range(8):
        _compare(bench, enrolled, f"{stops}", partial(_darker, stops))


def _darker(stops: int, image: Image) -> Image:
    return exposed(image, -float(stops), np.random.default_rng(11)) if stops else image


def aslant(bench: Bench) -> None:
    """What a tilt does to both errors."""
    print("\ndegrees by which the head is held aslant, likewise")
    enrolled = _enrolled(bench)
    for degrees in (0.0, 15.0, 25.0, 35.0, 45.0):
        _compare(bench, enrolled, f"{degrees:g}", partial(_held_aslant, bench, degrees))


def _held_aslant(bench: Bench, degrees: float, image: Image) -> Image:
    faces = faces_in(image, bench.engine)
    return tilted(degrees)(image, faces[0], np.random.default_rng(0)) if faces else image


def _enrolled(bench: Bench) -> np.ndarray:
    return np.stack([bench.template(read_picture(own[0])) for own in bench.pairs()])


def _compare(bench: Bench, enrolled: np.ndarray, name: str, spoil: Callable[[Image], Image]) -> None:
    pairs = bench.pairs()
    same, many = (limits_for(bench.engine.name, count, FaceRule()) for count in (1, 1000))
    missed, missed_many, strangers, lights, refused = 0, 0, 0, [], 0
    for place, own in enumerate(pairs):
        probe = spoil(read_picture(own[1]))
        found = bench.engine.detect(probe, AS_A_CAMERA)
        if not found:
            continue
        face = max(found, key=lambda each: each.box.width)
        scores = enrolled @ bench.engine.embed(probe, face)
        missed += scores[place] < same.same
        missed_many += scores[place] < many.alike
        strangers += int((np.delete(scores, place) >= same.same).sum())
        lights.append(light_on(square_of(probe, face.box)))
        refused += judge(probe, face, PASSAGE).problem is not None
    seen = len(lights)
    print(
        f"  {name:<6}{seen:>5}{np.median(lights) if lights else 0:>6.0f}{refused:>9}  "
        f"{share(missed, seen):<22}{share(missed_many, seen):<22}"
        f"{100 * strangers / max(1, seen * (len(pairs) - 1)):.3f}",
        flush=True,
    )


def comparison(bench: Bench) -> None:
    """What a cover does to 1:1 with an uncovered enrolled photograph, at the ordinary threshold."""
    people = bench.pairs()
    confirm = limits_for(bench.engine.name, 1, FaceRule()).same
    print(f"\n1:1 of {len(people)} people against their other photograph, at the ordinary {confirm:.3f}")
    print(f"  {'over the probe':<22}{'own, %':>8}{'others, %':>11}{'own at 1 in 1,000, %':>22}")
    draw_from = np.random.default_rng(5)
    enrolled = np.stack([bench.template(read_picture(photographs[0])) for photographs in people])
    own = np.eye(len(people), dtype=bool)
    for name, draw in {"nothing": None, **{name: DRAWN[name] for name in COMPARED}}.items():
        probes = []
        for photographs in people:
            image = read_picture(photographs[1])
            faces = faces_in(image, bench.engine)
            covered = image if draw is None or not faces else draw(image, faces[0], draw_from)
            probes.append(bench.template(covered))
        scores = np.stack(probes) @ enrolled.T
        strict = np.quantile(scores[~own], 0.999)
        print(
            f"  {name:<22}{100 * (scores[own] >= confirm).mean():>8.1f}"
            f"{100 * (scores[~own] >= confirm).mean():>11.3f}{100 * (scores[own] >= strict).mean():>15.1f}"
            f" ({strict:.3f})"
        )


PARTS: dict[str, Callable[[Bench], None]] = {
    "refusals": refusals,
    "covers": covers,
    "reasons": reasons,
    "dark": dark,
    "aslant": aslant,
    "comparison": comparison,
}


def _all(first: int) -> list[Path]:
    return [path for person in sorted(FACES.iterdir())[first::2] for path in sorted(person.glob("*.jpg"))]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    arguments.add_argument("--people", type=int, default=300)
    asked = arguments.parse_args()
    if not FACES.is_dir():
        sys.exit(f"no photographs at {FACES}")
    cv2.setNumThreads(1)
    odd = [sorted(person.glob("*.jpg")) for person in sorted(FACES.iterdir())[1::2]]
    bench = Bench(open_sface(), open_mesh(), odd, asked.people)
    for name in asked.parts or PARTS:
        PARTS[name](bench)


if __name__ == "__main__":
    main()
