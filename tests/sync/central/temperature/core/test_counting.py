"""Readings become counts: whatever the order and the batches, the same ones."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.central.temperature.core.counting import Counts, HourKey, counts_of, read_back
from sync.central.temperature.core.parsing import ReadingFacts
from sync.central.units import HOUR, MINUTE
from tests.examples import tried

READING = st.builds(
    ReadingFacts,
    st.none() | st.floats(20, 50),
    st.none() | st.floats(20, 50),
    st.sampled_from(["", "once", "drift"]),
    st.booleans(),
    st.sampled_from(["", "refer", "deny"]),
)
READINGS = st.lists(st.tuples(st.integers(0, 5 * HOUR), READING), max_size=30)


def test_an_hour_is_counted_by_what_its_readings_are() -> None:
    readings = [
        (HOUR + MINUTE, ReadingFacts(36.5, 36.24)),
        (2 * HOUR - 1, ReadingFacts(36.54, 36.24, again=True)),
        (2 * HOUR - 1, ReadingFacts(38.1, 37.8, again=True, high="refer")),
        (HOUR, ReadingFacts(None, None, "once")),
        (2 * HOUR, ReadingFacts(None, None, "drift")),
    ]
    counts = counts_of(readings)
    first = read_back((key.what, times) for key, times in counts.items() if key.begin == HOUR)
    assert first == Counts(4, 2, {"once": 1}, {"refer": 1}, {365: 2, 381: 1}, {362: 2, 378: 1})
    assert first.valid == 3
    assert counts[HourKey(2 * HOUR, "invalid:drift")] == 1


@settings(derandomize=True, max_examples=tried(60), deadline=None)
@given(readings=READINGS, cut=st.integers(0, 30), order=st.randoms(use_true_random=False))
def test_any_batches_in_any_order_come_to_the_same(
    readings: list[tuple[int, ReadingFacts]], cut: int, order: object
) -> None:
    whole = Counter(counts_of(readings))
    mixed = [*readings]
    order.shuffle(mixed)  # type: ignore[attr-defined]
    assert Counter(counts_of(mixed[:cut])) + Counter(counts_of(mixed[cut:])) == whole
