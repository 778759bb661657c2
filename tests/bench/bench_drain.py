"""A gate that was offline for 30 days: how fast its journal drains, and whether decisions notice.

    .venv/bin/python tests/bench/bench_drain.py [events] [appends a second]

Real processes: `gatepost sync`, `gatepost central` on SQLite, a Mosquitto; the appends are this process's.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from edge.decision import ClockTrust, WallTime
from edge.journal.store import Journal
from tests.bench.bench_sync import BODY
from tests.events import decided
from tests.sync.offline import filled_at_once
from tests.sync.services import Mosquitto
from tests.sync.world import World

APART = 200
"""Appends of which the percentiles are taken, at least."""


def append(journal: Journal, rate: float) -> float:
    """One decision written down; the seconds that it took."""
    begun = time.perf_counter()
    journal.append(decided(subject="li-na"), WallTime(datetime.now(UTC), ClockTrust.TRUSTED))
    took = time.perf_counter() - begun
    time.sleep(max(0.0, 1 / rate - took))
    return took


def percentile(values: list[float], share: float) -> str:
    return f"{sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000:.2f}"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 150_000
    rate = float(sys.argv[2]) if len(sys.argv) > 2 else 20.0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        broker = Mosquitto(folder)
        broker.start()
        stack.callback(broker.kill)
        # The centre is another machine: its commits must not wait for this disk, nor take this CPU.
        memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
        far = stack.enter_context(TemporaryDirectory(dir=memory if memory.is_dir() else None))
        world = World(folder, f"sqlite:///{far}/central.sqlite", broker.port)
        filled_at_once(world.journal_path(), count, BODY)
        journal = stack.enter_context(world.journal())
        before = [append(journal, rate) for _ in range(APART)]
        files = {"central": world.central_file(), "sync": world.sync_file()}
        for group, file in files.items():
            command = [
                "nice",
                "-n",
                "10",
                sys.executable,
                "-m",
                "sync.cli.main",
                group,
                "run",
                "--config",
                str(file),
            ]
            with (folder / f"{group}.log").open("wb") as log:
                process = subprocess.Popen(["nice", "-n", "10", *command], stderr=log)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        begun = time.perf_counter()
        during: list[float] = []
        looked, stored = begun, 0
        while stored < count:
            during.append(append(journal, rate))
            if time.perf_counter() - looked > 1.0:
                looked, stored = time.perf_counter(), world.count()
        took = time.perf_counter() - begun
        table = Table(
            "", "appends", "p50 ms", "p99 ms", "worst ms", title=f"{count} events drained in {took:.0f} s"
        )
        for name, values in (("before", before), ("while it drains", during)):
            cells = [percentile(values, share) for share in (0.5, 0.99, 1.0)]
            table.add_row(name, str(len(values)), *cells)
        Console().print(table)
        print(f"{count / took:,.0f} events a second")


if __name__ == "__main__":
    main()
