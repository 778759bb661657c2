"""Who looks most like this face: exact search over all enrolled templates.

A matrix product of float32 is exact, and at 50,000 templates takes about two milliseconds: there is
nothing to gain from an approximate index at a gate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.errors import RegistryError
from edge.registry.format import Registry, SealedTemplate
from edge.registry.templates import Vector, checked, commitment_of, unseal_by

NO_ENGINE = "none"
"""The engine's name at a gate that reads codes only."""


@dataclass(frozen=True)
class Match:
    """The best subject; `score` and `runner_up` are cosines, the latter another subject's (-1: none)."""

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
        self._starts = np.flatnonzero(np.diff(owners, prepend=np.int32(-1)))
        self._places = {name: place for place, name in enumerate(names)}

    @property
    def names(self) -> tuple[str, ...]:
        """The subjects who have templates here."""
        return self._names

    @property
    def subjects(self) -> int:
        return len(self._names)

    @property
    def templates(self) -> int:
        return len(self._vectors)

    @property
    def dimensions(self) -> int:
        """The length of the templates; 0 where nobody is enrolled."""
        return int(self._vectors.shape[1]) if len(self._vectors) else 0

    def search(self, template: Vector) -> Match | None:
        """The subject most similar to `template` (d), and the runner-up; None: nobody is enrolled.

        A template has unit length; the mean of several has less, and scores the mean of their cosines.
        """
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
        rows = self.rows(subject_id)
        if not len(rows) or template.shape != (rows.shape[1],):
            return None
        if commitment is not None:
            rows = rows[[commitment_of(row) == commitment for row in rows]]
        return float((rows @ template).max()) if len(rows) else None

    def rows(self, subject_id: str) -> NDArray[np.float32]:
        """The templates of `subject_id` (k×d; k is 0 where they are not enrolled)."""
        place = self._places.get(subject_id)
        if place is None:
            return self._vectors[:0]
        end = self._starts[place + 1] if place + 1 < len(self._starts) else len(self._vectors)
        return self._vectors[self._starts[place] : end]

    def updated(self, changed: Mapping[str, Sequence[Vector]]) -> Gallery:
        """A gallery in which these subjects have these templates instead (empty: not enrolled).

        The others' rows are copied as they stand, in one piece: fifty changes among 50,000 templates cost
        what copying the matrix costs. Raises RegistryError for an invalid template.
        """
        unchanged = np.array([name not in changed for name in self._names], bool)
        kept = tuple(name for name in self._names if name not in changed)
        added, owners, names = _stacked(changed)
        if not len(added):
            added = added.reshape(0, self._vectors.shape[1])
        if len(self._vectors) and added.shape[1] != self._vectors.shape[1]:
            raise RegistryError("templates of different lengths in one gallery")
        stay = unchanged[self._owners] if len(self._owners) else np.zeros(0, bool)
        renumbered = (np.cumsum(unchanged) - 1)[self._owners[stay]] if len(self._owners) else self._owners
        before = self._vectors[stay] if len(self._vectors) else added[:0]
        return Gallery(
            np.concatenate([before, added]),
            np.concatenate([renumbered, owners + len(kept)]).astype(np.int32),
            kept + names,
        )


def gallery_of(vectors: Mapping[str, Sequence[Vector]]) -> Gallery:
    """A gallery of each subject's templates (unit vectors of one length); raises RegistryError otherwise."""
    return Gallery(*_stacked(vectors))


def _stacked(
    vectors: Mapping[str, Sequence[Vector]],
) -> tuple[NDArray[np.float32], NDArray[np.int32], tuple[str, ...]]:
    """All templates as one matrix, the owner of each row, and the owners' names."""
    names = tuple(name for name, templates in vectors.items() if len(templates))
    rows = [checked(template) for name in names for template in vectors[name]]
    counts = [len(vectors[name]) for name in names]
    if len({row.size for row in rows}) > 1:
        raise RegistryError("templates of different lengths in one gallery")
    stacked = np.ascontiguousarray(np.stack(rows)) if rows else np.zeros((0, 0), np.float32)
    return stacked, np.repeat(np.arange(len(names), dtype=np.int32), counts), names


def open_gallery(
    registry: Registry, keys: Sequence[bytes], engine: str, held: tuple[Registry, Gallery] | None = None
) -> tuple[Gallery, tuple[str, ...]]:
    """The gallery of `registry`'s sealed templates made by `engine`, and why others were left out.

    A template is opened by any of `keys`. A record that cannot be used is left out and named; it never
    matches anybody. With `held`, the registry and gallery in force, only what differs is unsealed; the
    others' templates stand as they are.
    """
    gallery = gallery_of({}) if held is None else held[1]
    touched = _touched(held, registry)
    theirs: dict[str, list[SealedTemplate]] = {name: [] for name in sorted(touched)}
    for template in registry.sealed.values():
        if template.subject_id in touched:
            theirs[template.subject_id].append(template)
    changed: dict[str, list[Vector]] = {}
    findings: list[str] = []
    for name, templates in theirs.items():
        usable, refusals = _usable(tuple(templates), registry, engine)
        findings += refusals
        changed[name] = []
        for template in usable:
            try:
                changed[name].append(unseal_by(template, keys, site=registry.site)[0])
            except RegistryError as error:
                findings.append(str(error))
    _drop_other_lengths(changed, gallery, findings)
    return gallery.updated(changed), tuple(findings)


def _drop_other_lengths(changed: dict[str, list[Vector]], gallery: Gallery, findings: list[str]) -> None:
    """Drop templates whose length is not the gallery's, or, in an empty gallery, the most common one."""
    counted = Counter(vector.size for vectors in changed.values() for vector in vectors)
    if not counted:
        return
    right = gallery.dimensions or counted.most_common(1)[0][0]
    for name, vectors in changed.items():
        if any(vector.size != right for vector in vectors):
            findings.append(f"subject {name}: a template of another length than {right}")
            vectors[:] = [vector for vector in vectors if vector.size == right]


def _touched(held: tuple[Registry, Gallery] | None, now: Registry) -> set[str]:
    """The subjects whose usable templates may differ: a template or the record's version changed."""
    if held is None:
        return {template.subject_id for template in now.sealed.values()}
    before, gallery = held
    touched = {
        template.subject_id
        for key, template in now.sealed.items()
        if (sealed := before.sealed.get(key)) is not template and sealed != template
    }
    touched.update(before.sealed[key].subject_id for key in before.sealed.keys() - now.sealed.keys())
    touched.update(before.subjects.keys() ^ now.subjects.keys())
    touched.update(
        name
        for name, subject in now.subjects.items()
        if (known := before.subjects.get(name)) is not None
        and known.version != subject.version
        and (subject.version < known.version or not len(gallery.rows(name)))
    )
    return touched


def _usable(
    templates: tuple[SealedTemplate, ...], registry: Registry, engine: str
) -> tuple[tuple[SealedTemplate, ...], list[str]]:
    """The templates of one person that can be used; why the others cannot goes into `findings`."""
    usable, refusals = [], []
    for template in templates:
        who = f"subject {template.subject_id}"
        subject = registry.subjects.get(template.subject_id)
        if subject is None or subject.version < template.subject_version:
            refusals.append(f"{who}: a template of a later version of the record")
        elif engine == NO_ENGINE:
            continue  # a gate that looks for no faces misses none
        elif template.engine != engine:
            refusals.append(
                f"{who}: its template was made by {template.engine}, this gate uses {engine}: "
                "enrol the person again"
            )
        else:
            usable.append(template)
    return tuple(usable), refusals
