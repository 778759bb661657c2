"""Counts readings by hour, so that no table has anybody's: how many there were, and how many of each tenth of
a degree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sync.central.temperature.core.parsing import ReadingFacts
from sync.central.units import HOUR

READ, AGAIN = "read", "again"
INVALID, HIGH, CELSIUS, RAW = "invalid:", "high:", "celsius:", "raw:"
"""Before a why, an outcome, and a temperature in tenths of a degree (with the gate's offset, and without)."""


class HourKey(NamedTuple):
    """The hour that began at `begin` (microseconds since 1970 UTC), and what is counted."""

    begin: int
    what: str


def counts_of(readings: Iterable[tuple[int, ReadingFacts]]) -> Mapping[HourKey, int]:
    """What readings, each with its time, come to."""
    counts = Counter[HourKey]()
    for at, reading in readings:
        begin = at - at % HOUR
        counts.update(HourKey(begin, what) for what in _counted_as(reading))
    return counts


def _counted_as(reading: ReadingFacts) -> Iterable[str]:
    yield READ
    if reading.again:
        yield AGAIN
    if reading.invalid:
        yield f"{INVALID}{reading.invalid}"
    if reading.high:
        yield f"{HIGH}{reading.high}"
    if reading.celsius is not None:
        yield f"{CELSIUS}{round(reading.celsius * 10)}"
    if reading.raw is not None:
        yield f"{RAW}{round(reading.raw * 10)}"


@dataclass(frozen=True)
class Counts:
    """What was counted in some hours: `read` readings, of them `again` with a second measurement, `invalid`
    by why, `high` by what became of the person; `celsius` and `raw` by tenths of a degree.
    """

    read: int = 0
    again: int = 0
    invalid: Mapping[str, int] = field(default_factory=dict)
    high: Mapping[str, int] = field(default_factory=dict)
    celsius: Mapping[int, int] = field(default_factory=dict)
    raw: Mapping[int, int] = field(default_factory=dict)

    @property
    def valid(self) -> int:
        return sum(self.celsius.values())


def read_back(counted: Iterable[tuple[str, int]]) -> Counts:
    """The counts of rows (what, times), of one hour or of several."""
    sums = Counter[str]()
    for what, times in counted:
        sums[what] += times
    return Counts(
        sums[READ],
        sums[AGAIN],
        _part(sums, INVALID),
        _part(sums, HIGH),
        {int(name): times for name, times in _part(sums, CELSIUS).items()},
        {int(name): times for name, times in _part(sums, RAW).items()},
    )


def added(parts: Iterable[Counts]) -> Counts:
    """What the counts of several gates or hours come to."""
    whole = [*parts]
    return Counts(
        sum(part.read for part in whole),
        sum(part.again for part in whole),
        sum((Counter(part.invalid) for part in whole), Counter()),
        sum((Counter(part.high) for part in whole), Counter()),
        sum((Counter(part.celsius) for part in whole), Counter()),
        sum((Counter(part.raw) for part in whole), Counter()),
    )


def _part(sums: Mapping[str, int], before: str) -> dict[str, int]:
    return {
        name.removeprefix(before): times for name, times in sums.items() if name.startswith(before) and times
    }
