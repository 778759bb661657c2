"""Who looks most like this face: exact search over all enrolled templates.

A matrix product of float32 is exact, and at 50,000 templates takes about two milliseconds: there is
nothing to gain from an approximate index at a gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.errors import RegistryError
from edge.registry.bundle import Registry
from edge.registry.templates import Vector, checked, commitment_of, unseal


@dataclass(frozen=True)
class Match:
    """The likeliest subject; `score` and `runner_up` are cosines, the latter another subject's (-1: none)."""

    subject_id: str
    score: float
    runner_up: float


class Gallery:
    """The enrolled faces of one registry. Never changed: a new registry brings a new gallery."""

    def __init__(
        self, vectors: NDArray[np.float32], owners: NDArray[np.int32], names: tuple[str, ...]
    ) -> None:
        """`vectors` is n×d of unit rows sorted by owner, `owners` (n) indexes `names`. See `gallery_of`."""
        self._vectors = vectors
        self._owners = owners
        self._names = names
        # Where each subject's rows begin: the best of each subject is a maximum over that stretch.
        self._starts = np.flatnonzero(np.diff(owners, prepend=-1))
        self._places = {name: place for place, name in enumerate(names)}

    @property
    def subjects(self) -> int:
        return len(self._names)

    @property
    def templates(self) -> int:
        return len(self._vectors)

    def search(self, template: Vector) -> Match | None:
        """The subject most like `template` (d, unit length) and the best other; None: nobody is enrolled."""
        if not self._names or template.shape != (self._vectors.shape[1],):
            return None
        best = np.maximum.reduceat(self._vectors @ template, self._starts)
        first = int(best.argmax())
        score = float(best[first])
        if not np.isfinite(score):
            return None
        best[first] = -1.0
        return Match(self._names[first], score, float(best.max()) if len(best) > 1 else -1.0)

    def similarity(self, subject_id: str, template: Vector, commitment: bytes | None = None) -> float | None:
        """The cosine to the best template of `subject_id`, or to the one that `commitment` names."""
        place = self._places.get(subject_id)
        if place is None or template.shape != (self._vectors.shape[1],):
            return None
        rows = self._vectors[self._owners == place]
        if commitment is not None:
            rows = rows[[commitment_of(row) == commitment for row in rows]]
        return float((rows @ template).max()) if len(rows) else None


def gallery_of(vectors: Mapping[str, Iterable[Vector]]) -> Gallery:
    """A gallery of each subject's templates (unit vectors of one length); raises RegistryError otherwise."""
    rows: list[Vector] = []
    owners: list[int] = []
    names: list[str] = []
    for name, templates in vectors.items():
        mine = [checked(template) for template in templates]
        if mine:
            names.append(name)
            rows += mine
            owners += [len(names) - 1] * len(mine)
    if len({row.size for row in rows}) > 1:
        raise RegistryError("templates of different lengths in one gallery")
    stacked = np.ascontiguousarray(np.stack(rows)) if rows else np.zeros((0, 0), np.float32)
    return Gallery(stacked, np.array(owners, np.int32), tuple(names))


def open_gallery(registry: Registry, key: bytes, engine: str) -> tuple[Gallery, tuple[str, ...]]:
    """The gallery of `registry`'s sealed templates made by `engine`, and why others were left out.

    A record that cannot be used is refused alone and named; it never matches anybody.
    """
    vectors: dict[str, list[Vector]] = {}
    findings: list[str] = []
    for template in registry.templates:
        subject = registry.subjects.get(template.subject_id)
        if subject is None or subject.version < template.subject_version:
            findings.append(f"subject {template.subject_id}: a template of a later version of the record")
        elif template.engine != engine:
            findings.append(
                f"subject {template.subject_id}: its template was made by {template.engine}, "
                f"this gate uses {engine}: enrol the person again"
            )
        else:
            try:
                vectors.setdefault(template.subject_id, []).append(
                    unseal(template, key=key, site=registry.site)
                )
            except RegistryError as error:
                findings.append(str(error))
    return gallery_of(vectors), tuple(findings)
