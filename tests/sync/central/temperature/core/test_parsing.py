"""What is read of a temperature out of an event, and what is left alone."""

from __future__ import annotations

from math import inf, nan
from struct import pack
from typing import Any

import msgspec
import pytest

from edge.decision import Outcome, Reason, TemperatureReading
from edge.journal.format import GateStopped, told
from edge.signing.cose import double_bytes
from sync.central.temperature.core.parsing import ReadingFacts, reading_in
from tests.sync.central.temperature.examples import measured


def said(reading: TemperatureReading | None, **decided: Any) -> ReadingFacts | None:
    return reading_in(*told(measured(reading, **decided)))


@pytest.mark.parametrize(
    ("reading", "facts"),
    [
        (TemperatureReading(36.5, raw=36.2, offset=0.3), ReadingFacts(36.5, 36.2)),
        (TemperatureReading(36.5, offset=0.3), ReadingFacts(36.5, 36.2)),
        (TemperatureReading(36.5, raw=36.5, again=36.6), ReadingFacts(36.5, 36.5, again=True)),
        (TemperatureReading(36.5, valid=False, why="unsteady"), ReadingFacts(None, None, "unsteady")),
        (TemperatureReading(36.5, valid=False, why="a later why"), ReadingFacts(None, None, "other")),
        (TemperatureReading(36.5, valid=False), ReadingFacts(None, None, "other")),
        (TemperatureReading(451.0, raw=451.0), ReadingFacts(None, None, "other")),
        (TemperatureReading(36.5, raw=-7.0), ReadingFacts(None, None, "other")),
        (None, None),
    ],
)
def test_a_reading_is_what_it_says(reading: TemperatureReading | None, facts: ReadingFacts | None) -> None:
    found = said(reading)
    assert (found is None) == (facts is None)
    if found is not None and facts is not None:
        rounded = {
            name: None if (value := getattr(found, name)) is None else round(value, 2)
            for name in ("celsius", "raw")
        }
        assert msgspec.structs.replace(found, **rounded) == facts


@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_became_of_somebody_with_a_high_one_is_told(outcome: Outcome) -> None:
    high = TemperatureReading(38.1, raw=38.1, again=38.2)
    assert said(high, outcome=outcome, reason=Reason.TEMPERATURE_HIGH) == ReadingFacts(
        38.1, 38.1, again=True, high=outcome.value
    )
    assert said(high, outcome=outcome, reason=Reason.STAFF_DECIDES) == ReadingFacts(38.1, 38.1, again=True)


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_no_number_is_no_temperature(value: float) -> None:
    kind, body = told(measured(TemperatureReading(36.5)))
    forged = body.replace(double_bytes(36.5), pack(">d", value))
    assert forged != body
    assert reading_in(kind, forged) in {None, ReadingFacts(None, None, "other")}


def test_other_events_and_what_nobody_can_read_have_none() -> None:
    kind, body = told(measured(TemperatureReading(36.5)))
    assert reading_in(*told(GateStopped())) is None
    assert reading_in("lane_passed", body) is None
    assert reading_in(kind, body[:-1]) is None
    assert reading_in(kind, b"\xa1\x6btemperature\xff") is None
