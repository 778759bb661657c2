"""The stored count: a failed write is tried again, and nothing is pruned that it needs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.counting.recovery import STORE_NAME
from edge.counting.store import LedgerPosition, open_store
from edge.errors import JournalError
from tests.edge.counting.conftest import IN, SOFT, MakeGate


def test_a_store_that_cannot_be_written_is_tried_again(make_gate: MakeGate, tmp_path: Path) -> None:
    gate = make_gate(anti_passback=SOFT)
    before = gate.counter.stored_position
    gate.store._connection.execute("PRAGMA query_only = 1")
    gate.crosses(IN, subject="ann")
    gate.turn()
    assert gate.counter.stored_position == before, "nothing may be pruned that is not kept"
    gate.store._connection.execute("PRAGMA query_only = 0")
    gate.turn()
    last = gate.journal.last()
    assert last is not None
    assert gate.counter.stored_position == LedgerPosition(last.epoch, last.sequence)
    with closing(sqlite3.connect(gate.folder / STORE_NAME)) as connection:
        assert [row[0] for row in connection.execute("SELECT subject FROM person")] == ["ann"]
    with pytest.raises(JournalError):
        open_store(tmp_path / "main" / STORE_NAME / "below-a-file")
