"""Who of the people is in which group. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from edge.calibration.core.comparisons import Kinds, Owners

Labels = Mapping[str, Mapping[str, str]]
"""By what people are divided (such as `sex`) → person → group. Not everybody need be in one."""


@dataclass(frozen=True)
class Members:
    """The group `value` of the division `label`: so many `people`.

    `owners` says of everybody whether they are in it, `rows` are its photographs.
    """

    label: str
    value: str
    people: int
    owners: Kinds
    rows: Owners


def members(owners: Owners, names: tuple[str, ...], labels: Labels) -> Iterator[Members]:
    """Every group of every division that has anybody in it, by name."""
    for label, values in labels.items():
        for value in sorted({values[name] for name in names if name in values}):
            inside = np.array([values.get(name) == value for name in names], bool)
            yield Members(label, value, int(inside.sum()), inside, np.flatnonzero(inside[owners]))
