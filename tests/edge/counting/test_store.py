"""The stored count: a failed write is tried again, and nothing is pruned that it needs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.counting.recovery import STORE_NAME
from edge.counting.store import LedgerPosition, open_store
from edge.errors import JournalError
from edge.support.due import NEVER
from tests.edge.counting.conftest import IN, SOFT, MakeGate


def test_a_count_says_when_it_is_to_be_stored(make_gate: MakeGate) -> None:
    """Once a second where people pass, and not at all where nothing happens."""
    gate = make_gate()
    gate.turn()
    assert gate.counter.next_due(gate.now) == NEVER
    for later in (5.0, 0.25, 0.25):
        gate.turn(later)
        gate.crosses(IN)
        gate.turn(0.0)
    last = gate.journal.last()
    assert last is not None
    position = LedgerPosition(last.epoch, last.sequence)
    assert gate.counter.stored_position != position, "the first of them was stored"
    due = gate.counter.next_due(gate.now)
    assert gate.now < due <= gate.now + 1.0
    gate.turn(due - gate.now)
    assert gate.counter.stored_position == position
    assert gate.counter.next_due(gate.now) == NEVER


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
