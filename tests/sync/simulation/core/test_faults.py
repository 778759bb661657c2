"""What `--faults` says, and whom it hits."""

from __future__ import annotations

import random

import pytest

from edge.errors import ConfigurationError
from sync.simulation.core.faults import FAULTS, Befallen, Fault, befallen, outage_of, shares_of


def test_names_have_their_usual_share_or_their_own() -> None:
    assert shares_of(["outage,clock=0.5", "month"]) == {
        Fault.OUTAGE: 1.0,
        Fault.CLOCK: 0.5,
        Fault.MONTH: FAULTS[Fault.MONTH][0],
    }
    assert shares_of(["all"]).keys() == FAULTS.keys()


@pytest.mark.parametrize(
    "word", ["", "flod", "clock=2", "clock=-1", "clock=", "clock=nan", "all=1", "clock=x"]
)
def test_anything_else_is_refused_with_the_names(word: str) -> None:
    with pytest.raises(ConfigurationError, match="name of a fault") as refused:
        shares_of([word])
    assert "slow-link" in refused.value.remedy


def fates(gates: int, **shares: float) -> list[Befallen]:
    wanted = {Fault(name.replace("_", "-")): share for name, share in shares.items()}
    return [befallen(place, gates, wanted, 60.0, random.random) for place in range(gates)]


def test_a_share_of_the_gates_is_hit_and_at_least_one() -> None:
    found = fates(400, duplicates=0.25, fork=0.0001, flood=0.0)
    assert sum(fate.twice for fate in found) == pytest.approx(100, abs=30)
    assert sum(fate.fork_at is not None for fate in found) == 1
    assert not any(fate.floods for fate in found), "asked for with a share of none"
    assert fates(3) == [Befallen()] * 3


def test_one_gate_may_have_them_all() -> None:
    [fate] = fates(1, **{fault.value.replace("-", "_"): 1.0 for fault in Fault})
    assert fate.lost_at
    assert all(0.0 <= at < 60.0 for at in fate.lost_at)
    assert 0.0 < fate.late <= 2.0
    assert fate.clock_off
    assert fate.month
    assert fate.floods


def test_an_outage_lies_within_the_run() -> None:
    assert outage_of({}, 100.0) is None
    begin, end = outage_of({Fault.OUTAGE: 1.0}, 100.0) or (0.0, 0.0)
    assert 0.0 < begin < end < 100.0
