"""Films at a gate: seconds to the grant, prompts a passage, decisions a minute.

python tests/bench/bench_films.py [--people 20] [--strangers 300] [--seconds 5]

What `gatepost faces film` says of made ones. Each person of Labeled Faces in the Wild stands before the gate
for some seconds: a photograph at its own size that sways a little, in light that changes. Half of them are
enrolled by another photograph, among strangers; the others are not. It shows whether a change of the gate
makes it slower or more talkative; what residents meet is seen on films of residents.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import models
from edge.diagnostics.core import FilmReport, summed
from edge.diagnostics.film import holdings_of, play_films
from edge.errors import VisionError
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.engine import FaceEngine, Template
from edge.vision.faces.enrolment import portrait_of
from edge.vision.faces.factory import open_engine
from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from tests.films import write_film

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces" / "lfw_dev"


def standing(path: Path, seconds: float, seed: int) -> Iterator[Image]:
    """Somebody who stands there, thirty frames a second."""
    picture, draw = read_picture(path), np.random.default_rng(seed)
    far, slow, light = draw.uniform(1.0, 5.0), draw.uniform(6.0, 14.0), draw.uniform(0.02, 0.15)
    for number in range(round(30 * seconds)):
        sway = np.array([[1, 0, far * np.sin(number / slow)], [0, 1, far * np.cos(number / 9.0)]], np.float32)
        moved = cv2.warpAffine(picture, sway, picture.shape[1::-1], borderMode=cv2.BORDER_REFLECT_101)
        lit = moved * (1.0 + light * np.sin(number / 40.0)) + draw.normal(0.0, 2.0, moved.shape)
        yield np.asarray(np.clip(lit, 0, 255), np.uint8)


def enrolled(people: dict[str, list[Path]], engine: FaceEngine) -> dict[str, list[Template]]:
    """The templates of those whose second photograph enrols them."""
    templates: dict[str, list[Template]] = {}
    for name, photographs in people.items():
        try:
            templates[name] = [portrait_of(photographs[-1], engine).template]
        except VisionError:
            continue
    return templates


def told(name: str, reports: list[FilmReport], who: dict[str, str]) -> None:
    """One line of figures, and the reasons that were said."""
    total = summed(reports)
    wrongly = sum(
        report.granted is not None and report.granted.subject != who.get(Path(report.film).stem)
        for report in reports
    )
    print(f"{name}: {total['granted']} of {total['films']} opened, {wrongly} of them for somebody else")
    print(f"  to the grant: {total['to_grant_median']} s (half), {total['to_grant_longest']} s (longest)")
    print(f"  prompts a passage: {total['prompts_per_passage']}")
    print(f"  decisions a minute of standing there: {total['decisions_per_minute']}")
    said = Counter(shown.reason for report in reports for shown in report.prompts)
    print(f"  said: {', '.join(f'{reason} {count}' for reason, count in said.most_common()) or 'nothing'}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--strangers", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=5.0)
    chosen = parser.parse_args()
    if not FACES.is_dir():
        print(f"SKIPPED: no photographs at {FACES}")
        return 0
    cv2.setNumThreads(1)
    everybody = {folder.name: sorted(folder.glob("*.jpg")) for folder in sorted(FACES.iterdir())}
    names = [name for name, photographs in everybody.items() if len(photographs) > 1]
    random.Random(5).shuffle(names)
    try:
        engine = open_engine(FaceEngineName.SFACE)
        assert engine is not None
        residents = enrolled({name: everybody[name] for name in names[: chosen.people]}, engine)
        others = enrolled({name: everybody[name] for name in names[-chosen.strangers :]}, engine)
        unknown = names[chosen.people : 2 * chosen.people]
        with tempfile.TemporaryDirectory() as made:
            films = [
                write_film(Path(made) / f"{name}.avi", standing(everybody[name][0], chosen.seconds, number))
                for number, name in enumerate((*residents, *unknown))
            ]
            reports = list(play_films(films, holdings_of(others | residents, datetime.now(UTC))))
    except (VisionError, models.ModelError) as error:
        print(f"SKIPPED: {error}")
        return 0
    print(f"{len(others)} strangers in the gallery, {chosen.seconds:g} s a film")
    told("residents", reports[: len(residents)], {name: name for name in residents})
    told("strangers", reports[len(residents) :], {})
    return 0


if __name__ == "__main__":
    sys.exit(main())
