"""Groups a folder of photographs by person, with the labels that were given to them."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import numpy as np

from edge.calibration.core import Owners, Vectors
from edge.errors import VisionError
from edge.support.files import read_bounded
from edge.vision.faces.embedding import Embedded

_NUMBER = re.compile(r"[ _-]*\d+$")
_MOST_LABEL_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class LabelledFaces:
    """The photographs in which a face was found: n of them.

    `owners` (n) indexes `names`, `vectors` is n×d, `photographs` are the files. `labels` maps a column to the
    value that each person has in it.
    """

    names: tuple[str, ...]
    owners: Owners
    vectors: Vectors
    photographs: tuple[str, ...]
    labels: Mapping[str, Mapping[str, str]]

    def without(self, left_out: set[str]) -> LabelledFaces:
        """A copy without the people in `left_out`."""
        stay = np.array([self.names[owner] not in left_out for owner in self.owners], bool)
        kept = [name for name in self.names if name not in left_out]
        places = {name: place for place, name in enumerate(kept)}
        return replace(
            self,
            names=tuple(kept),
            owners=np.array([places[self.names[owner]] for owner in self.owners[stay]], np.int64),
            vectors=self.vectors[stay],
            photographs=tuple(name for name, here in zip(self.photographs, stay, strict=True) if here),
        )


def labelled_faces(
    embedded: Embedded, folder: Path, labels: Mapping[str, Mapping[str, str]]
) -> LabelledFaces:
    """The photographs of `folder` by person: the sub-folder's name, or the file's name without its number
    (`li-na_1.jpg`).
    """
    found = np.flatnonzero(embedded.found)
    photographs = tuple(str(embedded.names[place]) for place in found)
    whose = [_person(PurePath(name), folder) for name in photographs]
    names = sorted(set(whose))
    places = {name: place for place, name in enumerate(names)}
    return LabelledFaces(
        names=tuple(names),
        owners=np.array([places[name] for name in whose], np.int64),
        vectors=embedded.templates[found],
        photographs=photographs,
        labels=labels,
    )


def read_labels(path: Path) -> dict[str, dict[str, str]]:
    """The columns of a CSV file whose first is `person`: column → person → value. None where it is absent.

    Raises VisionError that names the file and the line.
    """
    if not path.exists():
        return {}
    try:
        text = read_bounded(path, _MOST_LABEL_BYTES, follow=True).decode("utf-8-sig")
        reader = csv.DictReader(text.splitlines(), strict=True)
        columns = list(reader.fieldnames or ())
        if len(columns) < 2 or columns[0] != "person":
            raise VisionError(
                f"has columns {', '.join(columns)}", where=str(path), remedy="person first, then one a label"
            )
        labels: dict[str, dict[str, str]] = {column: {} for column in columns[1:]}
        for row in reader:
            for column in columns[1:]:
                if row[column]:
                    labels[column][row["person"]] = row[column]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise VisionError(f"cannot be read: {error}", where=str(path)) from None
    return labels


def _person(picture: PurePath, folder: Path) -> str:
    parts = picture.relative_to(folder).parts
    return parts[-2] if len(parts) > 1 else _NUMBER.sub("", picture.stem) or picture.stem
