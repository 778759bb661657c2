"""Whether a gate's thermometer has drifted from its neighbours', by what all of them measured in the same
hours.

A gate is compared with the gates beside it, hour by hour: weather, season and the time of day are the same
there, and fall out. An hour counts at a gate by its 20 % trimmed mean (Tukey and McLaughlin 1963; Wilcox,
*Introduction to Robust Estimation and Hypothesis Testing*), which a few feverish or chilled people do not
move; its difference is that from the median of the neighbours' means. Over the hours looked at, the median of
the differences is the gate's; how far such differences scatter at its neighbours is their median absolute
deviation, and a difference is an outlier where its modified z-score is beyond 3.5 (Iglewicz and Hoaglin 1993,
*How to Detect and Handle Outliers*). It counts only where it is as much as matters, `MATTERS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

ENOUGH = 20
"""Valid readings of an hour; with fewer, a gate has no mean in it, and none is shown."""
FEWEST_NEIGHBOURS = 3
"""Of fewer, nobody could tell who has drifted."""
WINDOW, FEWEST_HOURS = 6, 3
"""The newest hours that are looked at, and how many of these a gate has to have."""
MATTERS, BACK = 0.3, 0.2
"""°C: from where on a drift is told, and below which it is over; between the two it stays as it was."""
OUTLIER = 3.5
_NORMAL = 1.4826  # by which a median absolute deviation is as wide as a standard deviation
_NARROWEST = 0.05  # °C: neighbours that agree better than thermometers can say nothing more
_CUT = 0.2


class ThermometerVerdict(StrEnum):
    """What a gate's readings say of its thermometer, beside its neighbours'."""

    DRIFTED = "drifted"
    STEADY = "steady"
    BETWEEN = "between"  # as it was
    UNKNOWN = "unknown"  # too few readings, hours or neighbours


@dataclass(frozen=True)
class ComparedThermometer:
    """A gate beside its neighbours: by how much (°C) it differs; None where nobody can tell."""

    verdict: ThermometerVerdict
    difference: float | None = None


Hours = Mapping[int, Mapping[int, int]]
"""By an hour's begin: how many readings there were of each tenth of a degree."""


def trimmed_mean(counts: Mapping[int, int]) -> float | None:
    """The mean (°C) of readings counted by tenths of a degree, without the lowest and the highest fifth; None
    where there are too few.
    """
    total = sum(counts.values())
    if total < ENOUGH:
        return None
    cut = total * _CUT
    seen = weight = weighed = 0.0
    for tenths, times in sorted(counts.items()):
        kept = max(0.0, min(seen + times, total - cut) - max(seen, cut))
        seen += times
        weight += kept
        weighed += kept * tenths
    return weighed / weight / 10


def compared(gates: Mapping[str, Hours]) -> dict[str, ComparedThermometer]:
    """Each of some gates beside the others, by the `WINDOW` newest hours in which one of them has a mean."""
    means = {gate: _means(hours) for gate, hours in gates.items()}
    newest = sorted({begin for hours in means.values() for begin in hours})[-WINDOW:]
    beside = {gate: _differences(gate, means, newest) for gate in means}
    return {gate: _judged(gate, beside) for gate in beside}


# --- inside --------------------------------------------------------------------------------


def _means(hours: Hours) -> dict[int, float]:
    found = ((begin, trimmed_mean(counts)) for begin, counts in hours.items())
    return {begin: mean for begin, mean in found if mean is not None}


def _differences(gate: str, means: Mapping[str, Mapping[int, float]], newest: Sequence[int]) -> list[float]:
    """By how much a gate differs from the median of its neighbours, in each hour with enough of them."""
    found = []
    for begin in newest:
        others = [hours[begin] for name, hours in means.items() if name != gate and begin in hours]
        if begin in means[gate] and len(others) >= FEWEST_NEIGHBOURS:
            found.append(means[gate][begin] - median(others))
    return found


def _judged(gate: str, beside: Mapping[str, Sequence[float]]) -> ComparedThermometer:
    own = beside[gate]
    if len(own) < FEWEST_HOURS:
        return ComparedThermometer(ThermometerVerdict.UNKNOWN)
    difference = median(own)
    others = [each for name, differences in beside.items() if name != gate for each in differences]
    middle = median(others)
    scatter = max(_NARROWEST, _NORMAL * median(abs(each - middle) for each in others))
    if abs(difference) >= MATTERS and abs(difference - middle) / scatter >= OUTLIER:
        return ComparedThermometer(ThermometerVerdict.DRIFTED, difference)
    return ComparedThermometer(
        ThermometerVerdict.STEADY if abs(difference) < BACK else ThermometerVerdict.BETWEEN, difference
    )
