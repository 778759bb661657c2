"""A timeline of a simulated lane as bars on one time axis, for a page to draw."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge.staff.protocol.installing import Happening

WIDTH: Final = 600
"""Units of the axis."""
_SWITCHED = re.compile(r"([a-z_]+) (on|off)")


@dataclass(frozen=True)
class LaneBar:
    """A line that is on: from `left`, for `width` units of the axis."""

    left: float
    width: float


@dataclass(frozen=True)
class Row:
    """One line (an output, or an input that the scene moved) with the times at which it was on."""

    name: str
    bars: tuple[LaneBar, ...]
    given: bool


@dataclass(frozen=True)
class LaneDrawing:
    """The rows, and the marks of the axis: (units, seconds)."""

    rows: tuple[Row, ...]
    marks: tuple[tuple[float, float], ...]


def drawn(timeline: Sequence[Happening]) -> LaneDrawing:
    """The bars of a timeline, from its first second to a second after its last."""
    end = max((line.at for line in timeline), default=0.0) + 1.0
    switched: dict[tuple[str, bool], list[tuple[float, bool]]] = {}
    for line in timeline:
        found = _SWITCHED.fullmatch(line.text)
        if found:
            switched.setdefault((found[1], line.given), []).append((line.at, found[2] == "on"))
    rows = tuple(
        Row(name, tuple(_bars(changes, end)), given) for (name, given), changes in sorted(switched.items())
    )
    step = max(1.0, round(end / 6))
    marks = tuple((_units(at, end), at) for at in (step * number for number in range(7)) if at <= end)
    return LaneDrawing(rows, marks)


def _bars(changes: Sequence[tuple[float, bool]], end: float) -> list[LaneBar]:
    bars, since = [], None
    for at, on in (*changes, (end, False)):
        if on and since is None:
            since = at
        elif not on and since is not None:
            bars.append(LaneBar(_units(since, end), max(1.0, _units(at - since, end))))
            since = None
    return bars


def _units(seconds: float, end: float) -> float:
    return round(seconds / end * WIDTH, 1)
