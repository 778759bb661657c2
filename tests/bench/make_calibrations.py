"""Measure the calibrations that come with Gatepost, and write them to edge/calibration/shipped.

For SFace the same people are measured under masks too: drawn over their photographs, since nobody here has
photographs of worn ones. The thresholds follow the worse of women and men: gender.csv says who is which, by
first names and by eye (docs/faces.md says how, and how sure). It takes a quarter of an hour.

python tests/bench/make_calibrations.py [--engines sface,dlib]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.errors import VisionError
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName
from edge.vision.faces.factory import open_engine
from edge.vision.faces.portraits import faces_in
from edge.vision.pictures.reading import read_picture
from tests.covers import MASKS

REPOSITORY = Path(__file__).resolve().parents[2]
FACES = REPOSITORY.parent / "shared" / "data" / "faces" / "lfw_dev"
GROUPS = Path(__file__).with_name("gender.csv")
SHIPPED = REPOSITORY / "edge" / "calibration" / "shipped"
GATEPOST = [sys.executable, "-m", "edge.cli.main"]


def draw_masks(folder: Path) -> None:
    """One photograph of each person, under one kind of mask after the other."""
    engine = open_engine(FaceEngineName.SFACE)
    assert engine is not None
    kinds = list(MASKS.values())
    draw_from = np.random.default_rng(1)
    for index, person in enumerate(sorted(FACES.iterdir())):
        photograph = max(person.glob("*.jpg"))
        image = read_picture(photograph)
        try:
            masked = kinds[index % len(kinds)](image, faces_in(image, engine)[0], draw_from)
        except (VisionError, IndexError):
            continue
        (folder / person.name).mkdir()
        cv2.imwrite(str(folder / person.name / f"{photograph.stem}.png"), masked)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", default="sface,dlib")
    for name in parser.parse_args().engines.split(","):
        engine = FaceEngineName(name)
        with tempfile.TemporaryDirectory() as scratch:
            words = ["faces", "calibrate", str(FACES), "--engine", name, "--groups", str(GROUPS)]
            if engine is FaceEngineName.SFACE:
                draw_masks(Path(scratch))
                words += ["--covered", scratch]
            target = SHIPPED / f"{ENGINE_NAMES[engine]}.json"
            subprocess.run([*GATEPOST, *words, "--out", str(target)], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
