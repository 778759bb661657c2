"""A fleet that loads broker and centre, comes back at once, or was away for a month. Each part is one table.

.venv/bin/python tests/bench/bench_fleet.py ingesters [--gates 40] [--events 500] [--database postgresql://…]
.venv/bin/python tests/bench/bench_fleet.py latency [--gates 200] [--seconds 30] [--tls]
.venv/bin/python tests/bench/bench_fleet.py reconnect [--gates 1000] [--tls]
.venv/bin/python tests/bench/bench_fleet.py month [--events 150000]

`ingesters`: every gate comes with so many events: what central stores a second, by store and number of
ingesters. `latency`: a load that all can bear: from the event's batch to its acknowledgement. Broker, centre
and gates are together on this machine: the processor's time of each stands beside.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import structlog
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from sync.simulation.core import Curve, Fault, FleetTally
from sync.simulation.result import Result
from sync.simulation.task import Load
from sync.simulation.wishes import FleetPlace, FleetWishes, simulate
from sync.transport.clock import wall
from tests.sync.fleet import arrivals, drain, most_at_once
from tests.sync.services import Mosquitto, postgresql
from tests.sync.world import World

_TICK = os.sysconf("SC_CLK_TCK")
CONSOLE = Console(width=150)


class Used:
    """The processor's seconds of the processes of a centre, between the first look and the last."""

    def __init__(self) -> None:
        self._pids: dict[str, int] = {}
        self._first: dict[str, float] = {}
        self._last: dict[str, float] = {}

    def begun(self, place: FleetPlace) -> None:
        if place.running is not None:
            self._pids = place.running.processes()
            self._first = self._now()

    def look(self, tally: FleetTally, since: float) -> None:  # noqa: ARG002
        self._last = self._now() or self._last

    def a_thousand(self, events: int) -> dict[str, float]:
        """Milliseconds for each 1,000 events, of the centrals and of the broker."""
        sums = {"central": 0.0, "broker": 0.0}
        for name, spent in self._last.items():
            kind = name.partition("-")[0]
            sums[kind] += spent - self._first.get(name, 0.0)
        return {kind: 1e6 * spent / events for kind, spent in sums.items()} if events else sums

    def _now(self) -> dict[str, float]:
        found = {}
        for name, pid in self._pids.items():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            found[name] = (int(fields[11]) + int(fields[12])) / _TICK
        return found


def load(gates: int, seconds: float, **besides: object) -> Load:
    usual = {
        "rate": 0.0,
        "curve": Curve.STEADY,
        "speed": 1.0,
        "from_hour": 9.0,
        "linger": 0.0,
        "faults": {},
        "month_events": 0,
        "seed": 1,
        "run": wall(),
    }
    return Load(seconds=seconds, gates=gates, **(usual | besides))  # type: ignore[arg-type]


def played(wishes: FleetWishes) -> tuple[Result, Used]:
    used = Used()
    found = simulate(wishes, Event(), used.look, lambda line: print(line, file=sys.stderr), used.begun)
    if not found.is_good:
        print(f"LOST OR DOUBLED: {found}", file=sys.stderr)
    return found, used


@contextmanager
def database(kind: str) -> Iterator[str | None]:
    if kind == "SQLite":
        yield None
    else:
        with postgresql() as url:
            yield url


def ingesters(gates: int, events: int) -> Table:
    table = Table(
        "store",
        "ingesters",
        "events",
        "events/s",
        "batch to ack p50 / p99 ms",
        "CPU ms / 1,000: central, broker, gates",
    )
    for kind, count in (("SQLite", 1), ("PostgreSQL", 1), ("PostgreSQL", 2), ("PostgreSQL", 4)):
        wanted = load(gates, 1.0, faults={Fault.MONTH: 1.0}, month_events=events)
        with database(kind) as url:
            found, used = played(FleetWishes(wanted, ingesters=count, database=url, drain=600.0, every=0.5))
        table.add_row(kind, str(count), *row(found, used))
    return table


def row(found: Result, used: Used) -> tuple[str, ...]:
    spent = used.a_thousand(found.acknowledged)
    gates = 1e6 * found.simulation_cpu / max(1, found.acknowledged)
    return (
        str(found.acknowledged),
        f"{found.events_a_second:.0f}",
        f"{found.wire_p50_ms} / {found.wire_p99_ms}",
        f"{spent['central']:.0f}, {spent['broker']:.0f}, {gates:.0f}",
    )


def latency(gates: int, seconds: float, rate: float, *, tls: bool) -> Table:
    table = Table(
        "broker", "events", "events/s", "batch to ack p50 / p99 ms", "CPU ms / 1,000: central, broker, gates"
    )
    for name, secured in (("Mosquitto", False), ("Mosquitto, TLS", True)) if tls else (("Mosquitto", False),):
        wanted = load(gates, seconds, rate=rate)
        found, used = played(FleetWishes(wanted, secured=secured, drain=300.0, every=1.0))
        table.add_row(name, *row(found, used))
    return table


def reconnect(gates: int, *, tls: bool) -> Table:
    """The pauses alone, and the same with real links: welcomed by central again, after an outage."""
    table = Table("gates", "how", "away s", "first s", "half s", "all s", "most in 1 s")
    alone = arrivals(gates, 300.0, 60.0)
    table.add_row(
        str(gates),
        "pauses alone",
        "300",
        *(f"{at:.1f}" for at in spread(alone)),
        str(most_at_once(alone, 1.0)),
    )
    wanted = load(gates, 120.0, faults={Fault.OUTAGE: 1.0}, rate=2.0, linger=5.0)
    found, used = played(FleetWishes(wanted, secured=tls, drain=300.0))
    how = "real links, TLS" if tls else "real links, no TLS"
    cells = [found.back_first, found.back_half, found.back_all]
    missing = f" ({len(found.away)} not)" if found.away else ""
    table.add_row(str(gates), how, "18", *map(str, cells), f"-{missing}")
    for why, count in Counter(found.away.values()).most_common(10):
        CONSOLE.print(f"{count} were not back: {why}")
    CONSOLE.print(
        f"lost {found.lost}, doubled {found.doubled}; "
        f"CPU ms / 1,000 events: {used.a_thousand(found.acknowledged)}"
    )
    return table


def spread(times: list[float]) -> tuple[float, float, float]:
    return times[0], times[len(times) // 2], times[-1]


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
    parser.add_argument("part", choices=("ingesters", "latency", "reconnect", "month"))
    parser.add_argument("--gates", type=int)
    parser.add_argument("--events", type=int)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=600.0)
    parser.add_argument("--tls", action="store_true")
    wanted = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    CONSOLE.print(f"load of this machine at the begin: {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    if wanted.part == "ingesters":
        CONSOLE.print(ingesters(wanted.gates or 40, wanted.events or 500))
    elif wanted.part == "latency":
        CONSOLE.print(latency(wanted.gates or 200, wanted.seconds, wanted.rate, tls=wanted.tls))
    elif wanted.part == "reconnect":
        CONSOLE.print(reconnect(wanted.gates or 1_000, tls=wanted.tls))
    else:
        CONSOLE.print(month(wanted.events or 150_000))


if __name__ == "__main__":
    main()
