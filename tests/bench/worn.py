"""What people on the photographs of Labeled Faces in the Wild really wear or hold before their faces.

All 2,210 were looked at by eye, in sheets of upright crops; worn.csv holds the names of those on which a
face is covered: `sunglasses` (dark or tinted so that the eyes are not seen, and ski goggles), `mouth` (a
hand, a folder, a medal before it), and `either` where both may be said (lightly tinted glasses, a microphone,
a hand at the chin). Every other is bare: caps, fringes, beards and shadow over the eyes cover nothing.
"""

from __future__ import annotations

import csv
from pathlib import Path

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces" / "lfw_dev"
BARE = "bare"


def worn() -> dict[str, str]:
    """What is worn, by the name of the photograph; those that are not in it show a bare face."""
    with Path(__file__).with_suffix(".csv").open(newline="") as file:
        return {row["photograph"]: row["worn"] for row in csv.DictReader(file)}


def photographs() -> list[Path]:
    """All photographs, by person and number."""
    return [path for person in sorted(FACES.iterdir()) for path in sorted(person.glob("*.jpg"))]
