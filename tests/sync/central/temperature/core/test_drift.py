"""A thermometer that has drifted is found among its neighbours; weather, season and a few ill people move
nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.central.temperature.core.drift import ENOUGH, Hours, ThermometerVerdict, compared, trimmed_mean
from sync.central.units import HOUR
from tests.examples import tried


def hour(draw: Random, middle: float, count: int = 40) -> Mapping[int, int]:
    return Counter(round(draw.gauss(middle, 0.3) * 10) for _ in range(count))


def street(
    gates: int = 5,
    hours: int = 6,
    *,
    off: float = 0.0,
    base: float = 36.2,
    swing: float = 0.0,
    count: int = 40,
) -> dict[str, Hours]:
    """Gates at which people are measured for some hours; the thermometer of `odd` is `off`."""
    draw = Random(7)
    names = ["odd", *(f"gate-{number}" for number in range(1, gates))]
    return {
        name: {
            number * HOUR: hour(draw, base + swing * number + (off if name == "odd" else 0), count)
            for number in range(hours)
        }
        for name in names
    }


def verdicts(gates: Mapping[str, Hours]) -> dict[str, ThermometerVerdict]:
    return {name: each.verdict for name, each in compared(gates).items()}


@pytest.mark.parametrize(
    ("off", "odd"),
    [
        (0.0, ThermometerVerdict.STEADY),
        (0.8, ThermometerVerdict.DRIFTED),
        (-0.8, ThermometerVerdict.DRIFTED),
        (2.0, ThermometerVerdict.DRIFTED),
    ],
)
@pytest.mark.parametrize(("base", "swing"), [(36.2, 0.0), (34.0, 0.0), (34.5, 0.4), (37.0, -0.5)])
def test_the_one_that_has_drifted_is_found_in_any_weather(
    off: float, odd: ThermometerVerdict, base: float, swing: float
) -> None:
    """`swing` is how much warmer each hour is than the one before: all gates see it."""
    found = verdicts(street(off=off, base=base, swing=swing))
    assert found.pop("odd") is odd
    assert set(found.values()) == {ThermometerVerdict.STEADY}


@pytest.mark.parametrize(
    "unknown",
    [{"gates": 3}, {"hours": 2}, {"count": ENOUGH - 1}],
    ids=["too few neighbours", "too few hours", "too few readings"],
)
def test_of_too_little_nobody_can_tell(unknown: dict[str, int]) -> None:
    assert set(verdicts(street(off=2.0, **unknown)).values()) == {ThermometerVerdict.UNKNOWN}


def test_a_difference_that_does_not_matter_is_no_drift_and_one_between_stays_as_it_was() -> None:
    assert verdicts(street(off=0.25, count=400))["odd"] is ThermometerVerdict.BETWEEN
    assert verdicts(street(off=0.1, count=400))["odd"] is ThermometerVerdict.STEADY


def test_neighbours_that_scatter_as_widely_excuse_a_difference() -> None:
    wild = street(gates=6)
    for number, name in enumerate(sorted(wild)):
        wild[name] = {
            begin: {tenths + 5 * number: times for tenths, times in counts.items()}
            for begin, counts in wild[name].items()
        }
    assert ThermometerVerdict.DRIFTED not in verdicts(wild).values()


def test_a_tenth_of_feverish_people_at_one_gate_is_no_drift() -> None:
    gates = street(gates=6, count=100)
    ill = {begin: Counter(counts) + Counter({385: 10}) for begin, counts in gates["odd"].items()}
    assert verdicts(gates | {"odd": ill})["odd"] is ThermometerVerdict.STEADY


def test_the_newest_hours_count() -> None:
    """Who put a thermometer right is heard within the window."""
    before = street(hours=6, off=1.0)
    after = street(hours=12)
    mended = {name: {**after[name], **before[name]} for name in after}
    assert verdicts(before)["odd"] is ThermometerVerdict.DRIFTED
    assert verdicts(mended)["odd"] is ThermometerVerdict.STEADY


@settings(derandomize=True, max_examples=tried(60), deadline=None)
@given(
    st.dictionaries(st.integers(200, 500), st.integers(1, 50), min_size=1, max_size=20),
    st.integers(-100, 100),
    st.integers(1, 4),
)
def test_a_mean_lies_within_its_readings_and_moves_with_them(
    counts: dict[int, int], by: int, times: int
) -> None:
    mean = trimmed_mean(counts)
    assert (mean is None) == (sum(counts.values()) < ENOUGH)
    if mean is None:
        return
    assert min(counts) / 10 - 1e-9 <= mean <= max(counts) / 10 + 1e-9
    assert trimmed_mean({tenths + by: each for tenths, each in counts.items()}) == pytest.approx(
        mean + by / 10
    )
    assert trimmed_mean({tenths: each * times for tenths, each in counts.items()}) == pytest.approx(mean)
