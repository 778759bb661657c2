"""Sorts a folder of photographs by person, with the groups that they are said to be in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import numpy as np

from edge.calibration.core import Labels, Owners, Vectors
from edge.vision.faces.embedding import Embedded

_NUMBER = re.compile(r"[ _-]*\d+$")
_MOST_NAMED = 5


@dataclass(frozen=True)
class LabelledFaces:
    """The photographs in which a face was found: n of them.

    `owners` (n) indexes `names`, `vectors` is n×d, `photographs` are the files. `labels` says by what
    people are divided, and who is in which group.
    """

    names: tuple[str, ...]
    owners: Owners
    vectors: Vectors
    photographs: tuple[str, ...]
    labels: Labels

    def ungrouped(self) -> Iterator[str]:
        """Remarks on people whom a division leaves out, and on ids in it that have no photograph here."""
        for label, groups in self.labels.items():
            if missing := [name for name in self.names if name not in groups]:
                yield f"{label}: {_some(missing)} of {len(self.names)} people in no group"
            if unknown := sorted(set(groups) - set(self.names)):
                yield f"{label}: {_some(unknown)} without a photograph here"

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


def labelled_faces(embedded: Embedded, folder: Path, labels: Labels) -> LabelledFaces:
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


def _person(picture: PurePath, folder: Path) -> str:
    parts = picture.relative_to(folder).parts
    return parts[-2] if len(parts) > 1 else _NUMBER.sub("", picture.stem) or picture.stem


def _some(names: list[str]) -> str:
    more = " …" if len(names) > _MOST_NAMED else ""
    return f"{len(names)} ({', '.join(names[:_MOST_NAMED])}{more})"
