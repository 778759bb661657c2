"""Many gates that come back together, and one that was away for a month."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples import LONG
from tests.sync.fleet import arrivals, comes_back, drain, most_at_once
from tests.sync.services import Mosquitto
from tests.sync.world import World

LONGEST = 60.0


@pytest.mark.parametrize("away", [5.0, 60.0, 600.0])
def test_a_thousand_gates_come_back_spread_out_and_all_within_the_longest_pause(away: float) -> None:
    """FAULTS 34. The bound that docs/scaling.md states."""
    times = arrivals(1000, away, LONGEST)
    assert times[-1] <= LONGEST
    if away >= LONGEST:
        assert most_at_once(times, 1.0) <= 60, "18 a second on average"


def test_a_crowd_of_real_connections_is_all_in_within_the_bound(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    broker.start()
    try:
        times = comes_back(broker, gates=80, longest=2.0, away=3.0)
    finally:
        broker.kill()
    assert times is not None
    assert len(times) == 80
    assert times[-1] - times[0] > 0.5, "spread out"


@pytest.mark.longer
@pytest.mark.timeout(600)
def test_a_month_offline_comes_up_in_order_while_the_gate_goes_on(tmp_path: Path, broker: Mosquitto) -> None:
    """FAULTS 7, small: `tests/bench/bench_fleet.py` has 150,000."""
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)
    events = 3000 if LONG else 1500
    found = drain(world, events, keep=300, pace=0.01, within=500.0)
    stored = world.stored()
    assert [entry.sequence for entry in stored] == list(range(1, len(stored) + 1))
    assert len(stored) >= events
    assert found.left > events, "decisions went on"
    assert world.findings() == []
