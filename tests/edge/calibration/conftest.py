"""People who exist as numbers only: a direction each, and photographs scattered about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray


@dataclass(frozen=True)
class Crowd:
    """`vectors` (n×d unit rows) and whose each is."""

    vectors: NDArray[np.float32]
    owners: NDArray[np.int64]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"p{owner:03d}" for owner in range(int(self.owners.max()) + 1))


def crowd_of(
    people: int, photographs: int, *, scatter: float = 0.35, seed: int = 3, twins: tuple[int, ...] = ()
) -> Crowd:
    """`photographs` of each of `people`; those in `twins` look like the one before them."""
    draw = np.random.default_rng(seed)
    faces = unit(draw.normal(size=(people, 64)))
    for twin in twins:
        faces[twin] = faces[twin - 1]
    noise = unit(draw.normal(size=(people * photographs, 64)))
    owners = np.repeat(np.arange(people), photographs)
    return Crowd(unit(faces[owners] + scatter * 2 * noise).astype(np.float32), owners)


def joined(one: Crowd, other: Crowd) -> Crowd:
    """Both crowds as one; the people of `other` come after those of `one`."""
    owners = np.concatenate([one.owners, other.owners + len(one.names)])
    return Crowd(np.concatenate([one.vectors, other.vectors]), owners)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.fixture(scope="session")
def crowd() -> Crowd:
    return crowd_of(300, 3)
