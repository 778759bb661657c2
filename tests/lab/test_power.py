"""What the lab keeps of a run of power cuts, and how it finds an event in a machine."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.lab.debian import GUEST
from tests.lab.power import Told


def test_what_was_told_outlives_the_run(tmp_path: Path) -> None:
    told = Told({"1 AB gate_started", "2 CD lane_opened"}, 1, [{"events": 2, "at_stake": 3, "lost": 1}])
    told.write(tmp_path / "told.json")
    assert Told.read(tmp_path / "told.json") == told


def test_an_event_is_looked_for_in_the_newest_epoch(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    with sqlite3.connect(journal) as database:
        database.execute("CREATE TABLE event (epoch, sequence, body)")
        rows = [(1, 1, b"deny"), (1, 2, b"deny"), (1, 3, b"deny"), (2, 1, b"deny"), (2, 2, b"grant")]
        database.executemany("INSERT INTO event VALUES (?, ?, ?)", rows)
    database.close()
    assert _found(journal) == "2"
    assert _found(journal, "1", "grant", "0") == "2"
    assert _found(journal, "0", "deny", "0") == "1"


def _found(journal: Path, *words: str) -> str:
    command = [sys.executable, str(GUEST / "event.py"), str(journal), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
