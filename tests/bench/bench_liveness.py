"""Liveness by the product's own measure: real faces at their own size, and attacks that are filmed.

python tests/bench/bench_liveness.py [--people 40] [--photographs 2210]

What `gatepost faces liveness` says of (1) photographs of people from Labeled Faces in the Wild, 250×250 as
they are, never enlarged, and (2) films that tests/attacks/filmed.py makes of such photographs: prints, flat
and bent, and paper masks with eye holes, each held still and moved. BPCER is the share of people taken for
pictures, APCER that of attacks taken for alive (ISO/IEC 30107-3), with 95 % Wilson intervals. Press
photographs are no camera at a gate, and made attacks no forger's: docs/liveness.md says what was measured on
real films.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import models
from edge.calibration.core import GroupErrorRate
from edge.diagnostics.core import JudgedBy, SpeciesTally
from edge.diagnostics.liveness import PassageOf, measure
from edge.errors import VisionError
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.factory import open_engine
from edge.vision.pictures.reading import read_picture
from tests.attacks.filmed import RATE, Filmed, Portrait, film
from tests.films import write_film

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces" / "lfw_dev"
THRESHOLDS = (0.3, 0.5, 0.7, 0.9)


def rate_of(hits: float, cases: int) -> str:
    """A share in percent, with its interval."""
    low, high = GroupErrorRate(hits, cases).interval
    return f"{100 * hits / max(1, cases):5.1f} ({100 * low:.1f} to {100 * high:.1f})"


# --- people --------------------------------------------------------------------------------------


def living(photographs: Sequence[Path]) -> None:
    """BPCER on photographs at their own size: one frame each, so that nobody is measured on."""
    passages = [each.passage for each in measure(photographs)]
    tally = SpeciesTally()
    for passage in passages:
        tally.add(passage, None)
    measured = [passage.measure for passage in passages if passage.measure is not None]
    print(f"{len(photographs)} photographs: {dict(tally.outcomes)}")
    for mode in (JudgedBy.PASSIVE, JudgedBy.VETO):
        rate = tally.rate(mode)
        print(f"BPCER, {mode.value:<20}{rate_of(rate.cases - rate.hits, rate.cases):>24}")
    for threshold in THRESHOLDS:
        wrong = sum(value < threshold for value in measured)
        print(f"BPCER, threshold {threshold:<10}{rate_of(wrong, len(measured)):>24}")


# --- attacks -------------------------------------------------------------------------------------


def filmed(engine: FaceEngine, people: Sequence[Path], folder: Path) -> None:
    """APCER by species: each person's photograph shown once in each way, masks worn by the next person."""
    portraits = list(_portraits(engine, people))
    for species in Filmed:
        (folder / species).mkdir()
        for number, shown in enumerate(portraits):
            wearer = portraits[(number + 1) % len(portraits)]
            frames = film(species, shown, wearer, number)
            write_film(folder / species / f"person{number}.avi", frames, RATE)
    tallies: dict[str, SpeciesTally] = {}
    longest: list[float] = []
    for each in measure([folder]):
        tallies.setdefault(each.species, SpeciesTally()).add(each.passage, None)
        longest += _seconds_to_pass(each)
    print(f"{len(portraits)} people, one film of 1.2 s a species")
    print(f"{'APCER, %':<16}", *(f"{mode.value:>26}" for mode in JudgedBy), "   no attempts", sep="")
    for species in Filmed:
        tally = tallies[species]
        cells = (rate_of(tally.alive[mode], tally.attempts[mode]) for mode in JudgedBy)
        beside = sum(tally.outcomes.values()) - tally.attempts[JudgedBy.PASSIVE]
        print(f"{species:<16}", *(f"{cell:>26}" for cell in cells), f"{beside:>14}", sep="")
    if longest:
        print(f"those that passed did after {np.median(longest):.2f} s (half), {max(longest):.2f} s (all)")


def _portraits(engine: FaceEngine, people: Sequence[Path]) -> Iterator[Portrait]:
    for path in people:
        picture = read_picture(path)
        faces = engine.detect(picture, (320, 240))
        if len(faces) == 1:
            yield Portrait(picture, np.array(faces[0].landmarks))


def _seconds_to_pass(each: PassageOf) -> list[float]:
    return [each.passage.seconds] if each.passage.alive.get(JudgedBy.PASSIVE) else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--photographs", type=int, default=2210)
    chosen = parser.parse_args()
    if not FACES.is_dir():
        print(f"SKIPPED: no photographs at {FACES}")
        return 0
    cv2.setNumThreads(1)
    everybody = sorted(FACES.glob("*/*.jpg"))
    random.Random(5).shuffle(everybody)
    people = list({path.parent: path for path in reversed(everybody)}.values())[: chosen.people]
    try:
        engine = open_engine(FaceEngineName.SFACE)
        assert engine is not None
        living(everybody[: chosen.photographs])
        print()
        with tempfile.TemporaryDirectory() as folder:
            filmed(engine, people, Path(folder))
    except (VisionError, models.ModelError) as error:
        print(f"SKIPPED: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
