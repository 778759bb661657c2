"""A fleet that comes back at once, and a gate that was away for a month.

.venv/bin/python tests/bench/bench_fleet.py [--gates 1000] [--events 150000] [--longest 60]
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.sync.fleet import arrivals, comes_back, drain, most_at_once
from tests.sync.services import Mosquitto
from tests.sync.world import World


def reconnecting(gates: int, longest: float) -> Table:
    table = Table(
        "gates", "how", "first s", "half s", "all s", "most in 1 s", title="back after a broker's end"
    )
    alone = arrivals(gates, 300.0, longest)
    with TemporaryDirectory() as name:
        broker = Mosquitto(Path(name))
        broker.start()
        real = comes_back(broker, gates, longest, away=longest / 4) or []
        broker.kill()
    for how, times in (("pauses alone, away 300 s", alone), ("real connections, no TLS", real)):
        if times:
            cells = (f"{times[0]:.1f}", f"{times[len(times) // 2]:.1f}", f"{times[-1]:.1f}")
            table.add_row(str(gates), how, *cells, str(most_at_once(times, 1.0)))
        else:
            table.add_row(str(gates), how, "-", "-", "not all", "-")
    return table


def month(events: int) -> Table:
    table = Table("events", "drained in s", "events/s", "append p50 / p99 ms before", "during")
    with TemporaryDirectory() as name:
        broker = Mosquitto(Path(name))
        broker.start()
        world = World(Path(name), f"sqlite:///{name}/central.sqlite", broker.port)
        found = drain(world, events, keep=1000, pace=0.05, within=1800.0)
        broker.kill()
    before, during = (f"{p50:.2f} / {p99:.2f}" for p50, p99 in (found.before, found.during))
    table.add_row(str(events), f"{found.seconds:.0f}", f"{events / found.seconds:.0f}", before, during)
    return table


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--gates", type=int, default=1000)
    parser.add_argument("--events", type=int, default=150_000)
    parser.add_argument("--longest", type=float, default=60.0)
    wanted = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console()
    console.print(reconnecting(wanted.gates, wanted.longest))
    console.print(month(wanted.events))


if __name__ == "__main__":
    main()
