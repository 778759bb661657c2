"""Sums of several processes, and quantiles by classes."""

from __future__ import annotations

import random

import pytest

from sync.simulation.core.tally import Delays, FleetTally, merged


def test_a_quantile_is_within_a_class() -> None:
    delays, values = Delays({}), sorted(random.lognormvariate(-3.0, 1.0) for _ in range(5_000))
    for value in values:
        delays.add(value)
    for share in (0.01, 0.5, 0.99):
        assert delays.quantile(share) == pytest.approx(values[round(share * 5_000) - 1], rel=0.06)
    assert Delays({}).quantile(0.5) is None


def test_sums_of_processes_are_sums_and_their_delays_one_heap() -> None:
    one, other = FleetTally(gates=2, confirmed=3, back=[2.0]), FleetTally(gates=5, confirmed=4, back=[1.0])
    one.to_ack.add(0.01)
    other.to_ack.add(1.0, 3)
    one.written_of, other.written_of = {"a": (1, 1)}, {"b": (2, 2)}
    both = merged([one, other])
    assert (both.gates, both.confirmed, both.back) == (7, 7, [1.0, 2.0])
    assert both.to_ack.count == 4
    assert both.written_of == {"a": (1, 1), "b": (2, 2)}
    assert one.to_ack.count == 1, "what is added up stays as it is"


def test_a_stall_of_one_process_is_none_of_all() -> None:
    still = FleetTally(stalls=[(1.0, 5.0)])
    assert merged([still, FleetTally()]).stalls == []
    assert merged([still, FleetTally(stalls=[(3.0, 10.0)])]).stalls == [(3.0, 3.0)]
