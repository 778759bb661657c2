"""Turns a thermometer's samples of one person into a reading, its validity, and a second measurement.

PURE. A sample is what the device gave; `offset`, from the configuration, is the one thing that is added
to it, and the reading contains it. Nothing is smoothed and nothing else is corrected: an unusable sample
is marked invalid, with the reason.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from statistics import median

import msgspec

from edge.decision.evidence import TemperatureReading

Span = tuple[float, float]


class Sample(msgspec.Struct, frozen=True):
    """One measurement, at a monotonic time: the object's temperature and, where known, what is around it."""

    at: float
    celsius: float
    ambient: float | None = None
    distance: float | None = None


class Worth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The limits of a usable measurement: see ThermometerSection, which has the same names."""

    offset: float = 0.0
    person: Span = (30.0, 45.0)
    ambient: Span = (10.0, 40.0)
    distance: Span = (10.0, 500.0)
    steady: float = 0.4
    again_after: float = 0.5


def reading_of(
    samples: Sequence[Sample], since: float, worth: Worth, *, drifting: bool = False
) -> TemperatureReading | None:
    """The reading of the person who stands there since `since`; None where nothing was measured.

    A measurement counts when the one before it agrees. Of all pairs of such that are `again_after` apart
    the one whose lower value is highest is taken; without a pair there is one measurement and no second.
    """
    seen = [sample for sample in samples if sample.at >= since]
    if not seen:
        return None
    settled = list(_settled(seen, worth))
    if not settled:
        return _reading(seen[-1], worth, _fault(seen[-1], worth) or ("unsteady" if len(seen) > 1 else "once"))
    apart = [pair for pair in combinations(settled, 2) if pair[1].at - pair[0].at >= worth.again_after]
    why = "drift" if drifting else ""
    if not apart:
        return _reading(max(settled, key=lambda sample: sample.celsius), worth, why)
    first, second = max(apart, key=lambda pair: min(pair[0].celsius, pair[1].celsius))
    return _reading(first, worth, why, again=second)


def _settled(samples: Iterable[Sample], worth: Worth) -> Iterator[Sample]:
    for before, sample in pairwise(samples):
        steady = abs(sample.celsius - before.celsius) <= worth.steady
        if steady and not _fault(before, worth) and not _fault(sample, worth):
            yield sample


def _fault(sample: Sample, worth: Worth) -> str:
    """Why a sample is unusable; empty where it is usable."""
    if not _within(sample.celsius + worth.offset, worth.person):
        return "not_a_person"
    if sample.distance is not None and not _within(sample.distance, worth.distance):
        return "too_near" if sample.distance < worth.distance[0] else "too_far"
    if sample.ambient is not None and not _within(sample.ambient, worth.ambient):
        return "ambient"
    return ""


def _within(value: float, span: Span) -> bool:
    return span[0] <= value <= span[1]  # NaN is within no span


def _reading(sample: Sample, worth: Worth, why: str, again: Sample | None = None) -> TemperatureReading:
    return TemperatureReading(
        celsius=round(sample.celsius + worth.offset, 2),
        valid=not why,
        why=why,
        again=None if again is None else round(again.celsius + worth.offset, 2),
        raw=round(sample.celsius, 2),
        offset=worth.offset,
        ambient=None if sample.ambient is None else round(sample.ambient, 2),
        distance=sample.distance,
    )


class DriftWatch:
    """Whether a thermometer has drifted: the people of an hour are not all feverish, nor all cold.

    The median of the last persons' readings is compared with what is usual at this gate.
    """

    _MOST = 20
    _ENOUGH = 10

    def __init__(self, usual: Span) -> None:
        self._usual = usual
        self._people: deque[float] = deque(maxlen=self._MOST)

    def add(self, celsius: float) -> None:
        """Add the reading of one person, in °C."""
        self._people.append(celsius)

    @property
    def median(self) -> float | None:
        """The usual reading of late; None while too few were measured."""
        return median(self._people) if len(self._people) >= self._ENOUGH else None

    @property
    def drifting(self) -> bool:
        return self.median is not None and not _within(self.median, self._usual)
