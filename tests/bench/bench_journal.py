"""What one event costs: appending decisions and lane events (p50, p99), and reading them as structs.

    .venv/bin/python tests/bench/bench_journal.py [events] [folder]

`folder` is where the journal lies: a disk has the fsync in it, /dev/shm only the work.
"""

from __future__ import annotations

import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from edge.decision import ClockTrust, Direction, WallTime
from edge.journal.factory import open_journal
from edge.journal.format import LanePassed, event_of
from edge.journal.reader import JournalReader
from tests.events import decided

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        path = Path(folder) / "journal.sqlite"
        took = []
        with open_journal(path, "main", WALL) as journal:
            for number in range(count):
                began = time.perf_counter()
                if number % 2:
                    journal.append(LanePassed(Direction.ENTRY, "counted", "grant", str(number)), WALL)
                else:
                    journal.append(decided(subject="li-na", once=f"pass-{number}"), WALL)
                took.append(1e6 * (time.perf_counter() - began))
        took.sort()
        print(f"append: p50 {took[count // 2]:.0f} µs, p99 {took[count * 99 // 100]:.0f} µs")
        began = time.perf_counter()
        with closing(JournalReader(path)) as reader:
            read = sum(event_of(entry) is not None for entry in reader.every())
        print(f"reading as structs: {1e6 * (time.perf_counter() - began) / read:.1f} µs an event")
        began = time.perf_counter()
        with closing(JournalReader(path)) as reader:
            assert not list(reader.verify())
        print(f"verifying: {1e6 * (time.perf_counter() - began) / read:.1f} µs an event")


if __name__ == "__main__":
    main()
