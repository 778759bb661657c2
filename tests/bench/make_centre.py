"""Measure what SFace's vectors have in common, and write it to models/centres.

The template's version has to change with it: NAME in edge/vision/faces/sface.py. People whose names are known
to stand for others in the set count all the same: of a thousand, three change nothing.

python tests/bench/make_centre.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np

import models
from edge.calibration.people import labelled_faces
from edge.vision.faces.embedding import embed_all, pictures_named
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.sface import SFaceEngine
from models.centres import Centre

REPOSITORY = Path(__file__).resolve().parents[2]
FACES = REPOSITORY.parent / "shared" / "data" / "faces" / "lfw_dev"


def uncentred() -> FaceEngine:
    zero = np.zeros(128, np.float32)
    detector = cv2.FaceDetectorYN.create(str(models.path_of("yunet")), "", (320, 240), 0.7, 0.3, 50)
    return SFaceEngine(detector, cv2.FaceRecognizerSF.create(str(models.path_of("sface")), ""), zero)


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FACES
    cv2.setNumThreads(1)
    embedded = embed_all(pictures_named([str(folder)]), uncentred(), print)
    people = labelled_faces(embedded, folder, {})
    each = [people.vectors[people.owners == owner].mean(axis=0) for owner in range(len(people.names))]
    values = tuple(round(float(value), 6) for value in np.mean(each, axis=0))
    centre = Centre(
        "sface", f"{folder.name}, {len(people.photographs)} photographs", len(people.names), values
    )
    target = REPOSITORY / "models" / "centres" / "sface.json"
    target.write_bytes(msgspec.json.format(msgspec.json.encode(centre), indent=1) + b"\n")
    print(f"{target}: |centre| = {np.linalg.norm(values):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
