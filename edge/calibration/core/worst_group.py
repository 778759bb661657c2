"""How alike strangers are within each group that was measured. PURE.

Both strangers are of that group: an impostor looks for somebody like himself, and a gate may hold none but
them.
"""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from edge.calibration.core.comparisons import Owners, Vectors
from edge.calibration.core.measuring import FEWEST_PEOPLE, covered_curve, strangers_curve
from edge.calibration.core.members import Labels, Members, members
from edge.calibration.format import FEWEST_IN_GROUP, Calibration, CalibrationRecord, GroupCurve


def record_of(
    everybody: Calibration,
    vectors: Vectors,
    owners: Owners,
    names: tuple[str, ...],
    labels: Labels,
    covered: tuple[Vectors, Owners] | None = None,
) -> CalibrationRecord:
    """`everybody` with the curves of the groups that `labels` name; the other arguments are `calibrate`'s."""
    curves = tuple(_curve(group, vectors, owners, covered) for group in members(owners, names, labels))
    return CalibrationRecord(everybody=everybody, groups=curves)


def _curve(
    group: Members, vectors: Vectors, owners: Owners, covered: tuple[Vectors, Owners] | None
) -> GroupCurve:
    curve = GroupCurve(group.label, group.value, group.people, len(group.rows))
    if group.people < FEWEST_IN_GROUP:
        return curve
    number = np.cumsum(group.owners) - 1  # of each of them among themselves
    mine, belong = vectors[group.rows], number[owners[group.rows]]
    curve = replace(curve, strangers=strangers_curve(mine, belong))
    if covered is None:
        return curve
    inside = group.owners[covered[1]]
    masked = covered[0][inside], number[covered[1][inside]]
    if len(np.unique(masked[1])) < FEWEST_PEOPLE:
        return curve
    return replace(curve, covered=covered_curve(mine, belong, *masked))
