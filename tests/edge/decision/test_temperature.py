"""What samples of a thermometer are worth, as a table; and that nothing is made better than it was."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import DriftWatch, Sample, Worth, reading_of

WORTH = Worth(steady=0.4, again_after=0.5)


def every_quarter(*values: float, **around: float) -> list[Sample]:
    return [Sample(10.0 + 0.25 * number, value, **around) for number, value in enumerate(values)]


@pytest.mark.parametrize(
    ("samples", "celsius", "again", "valid", "why"),
    [
        (every_quarter(36.5, 36.6), 36.6, None, True, ""),
        (every_quarter(36.5, 36.6, 36.5, 36.6), 36.6, 36.6, True, ""),
        (every_quarter(38.9, 38.9), 38.9, None, True, ""),  # high, but once
        (every_quarter(38.9, 38.9, 38.8, 38.7), 38.9, 38.7, True, ""),
        (every_quarter(38.9, 38.9, 36.5, 36.5, 38.2, 38.2, 38.2), 38.9, 38.2, True, ""),  # highest lower
        (every_quarter(36.5, 36.5, 36.5, 40.0, 36.5, 36.5), 36.5, 36.5, True, ""),  # a jump is no fever
        (every_quarter(36.5, 39.5, 36.5, 39.5), 39.5, None, False, "unsteady"),
        (every_quarter(36.5), 36.5, None, False, "once"),
        (every_quarter(21.0, 21.0, 21.0), 21.0, None, False, "not_a_person"),
        (every_quarter(60.0, 60.0), 60.0, None, False, "not_a_person"),  # a cup of tea
        (every_quarter(math.nan, math.nan), None, None, False, "not_a_person"),
        (every_quarter(21.0, 21.0, 36.5, 36.5, 36.5, 36.5), 36.5, 36.5, True, ""),  # somebody stepped up
        (every_quarter(36.5, 36.5, ambient=4.0), 36.5, None, False, "ambient"),
        (every_quarter(36.5, 36.5, ambient=44.0), 36.5, None, False, "ambient"),
        (every_quarter(36.5, 36.5, distance=900.0), 36.5, None, False, "too_far"),
        (every_quarter(36.5, 36.5, distance=2.0), 36.5, None, False, "too_near"),
        (every_quarter(36.5, 36.6, ambient=22.0, distance=80.0), 36.6, None, True, ""),
    ],
)
def test_a_reading_says_what_it_is_worth_and_why(
    samples: list[Sample], celsius: float | None, again: float | None, valid: bool, why: str
) -> None:
    reading = reading_of(samples, 10.0, WORTH)
    assert reading is not None
    assert (reading.again, reading.valid, reading.why) == (again, valid, why)
    assert celsius is None or reading.celsius == celsius


def test_nothing_measured_is_no_reading_and_what_was_before_is_of_somebody_else() -> None:
    assert reading_of([], 0.0, WORTH) is None
    assert reading_of(every_quarter(39.0, 39.0, 39.0, 39.0), 11.0, WORTH) is None


def test_the_only_correction_is_the_offset_and_it_stands_beside_what_was_measured() -> None:
    reading = reading_of(every_quarter(34.0, 34.1, 34.0, 34.0), 0.0, Worth(offset=2.5))
    assert reading is not None
    assert (reading.celsius, reading.raw, reading.offset) == (36.6, 34.1, 2.5)
    assert reading.valid


_samples = st.lists(st.floats(-50.0, 150.0), max_size=20).map(lambda values: every_quarter(*values))


@given(_samples)
def test_a_valid_reading_was_measured_and_a_second_one_later(samples: list[Sample]) -> None:
    reading = reading_of(samples, 0.0, WORTH)
    if reading is None or not reading.valid:
        return
    measured = [round(sample.celsius, 2) for sample in samples]
    assert reading.celsius in measured
    if reading.again is not None:
        assert reading.again in measured
        assert reading.confirmed == min(reading.celsius, reading.again)
    else:
        assert reading.confirmed is None


def test_a_thermometer_that_finds_everybody_feverish_has_drifted() -> None:
    watch = DriftWatch((35.0, 37.2))
    for _ in range(9):
        watch.add(38.5)
    assert not watch.drifting, "nine may be a family"
    watch.add(38.5)
    assert watch.drifting
    assert watch.median == 38.5
    reading = reading_of(every_quarter(38.5, 38.5, 38.5, 38.5), 0.0, WORTH, drifting=watch.drifting)
    assert reading is not None
    assert (reading.valid, reading.why, reading.confirmed) == (False, "drift", None)
    for _ in range(20):
        watch.add(36.6)
    assert not watch.drifting


def test_one_person_with_fever_among_many_is_no_drift() -> None:
    watch = DriftWatch((35.0, 37.2))
    for celsius in [36.4] * 15 + [39.5] * 4:
        watch.add(celsius)
    assert not watch.drifting
