"""What the thermometers of a made-up street measure: people, and one instrument that has drifted."""

from __future__ import annotations

from datetime import datetime
from random import Random

from edge.decision import TemperatureReading

_DRIFTED, _BY = ("tea-market", "main"), 0.8
_SKIN, _SPREAD, _OFFSET = 36.0, 0.18, 0.3
_ILL, _FEVER = 0.004, 2.3
_UNSTEADY = 0.05
_COLD_HOUR, _COLDER = (
    5,
    0.4,
)  # the hour of the day (UTC+8) that is coldest, and by how much skin is colder then


def reading_of(draw: Random, site: str, gate: str, at: datetime) -> TemperatureReading:
    """What is measured of the next person at a gate of the street."""
    hour = (at.hour + 8) % 24
    far = min(abs(hour - _COLD_HOUR), 24 - abs(hour - _COLD_HOUR)) / 12
    raw = draw.gauss(_SKIN - _COLDER * (1 - far), _SPREAD)
    raw += _BY if (site, gate) == _DRIFTED else 0.0
    if draw.random() < _UNSTEADY:
        return _reading(raw, why="unsteady")
    ill = draw.random() < _ILL
    return _reading(raw + _FEVER, again=raw + _FEVER + draw.gauss(0, 0.05)) if ill else _reading(raw)


def _reading(raw: float, why: str = "", again: float | None = None) -> TemperatureReading:
    return TemperatureReading(
        round(raw + _OFFSET, 2),
        valid=not why,
        why=why,
        again=None if again is None else round(again + _OFFSET, 2),
        raw=round(raw, 2),
        offset=_OFFSET,
    )
