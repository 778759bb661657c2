"""A restart finds the count as it was, and says where it cannot be sure."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from edge.counting.recovery import STORE_NAME
from edge.decision import (
    OccupancyRule,
)
from edge.journal.format import (
    CameraStateEvent,
    CountsUnsure,
    LanePassed,
)
from tests.edge.counting.conftest import IN, OUT, SOFT, MakeGate
from tests.events import decided


@pytest.mark.parametrize("lost", ["nothing", "the store", "damaged"])
def test_a_restart_finds_what_was_at_every_event(make_gate: MakeGate, lost: str) -> None:
    gate = make_gate(occupancy=OccupancyRule(warn=2, stop=3, relief=1), anti_passback=SOFT)
    walk = [IN, IN, OUT, IN, IN, OUT, OUT, IN]
    for number, way in enumerate(walk):
        gate.crosses(way, subject=f"person-{number}")
        gate.turn()
        before = gate.counter.figures(), gate.counter.crowding()
        gate.kill()
        store = gate.folder / STORE_NAME
        if lost == "the store":
            store.unlink()
        elif lost == "damaged":
            store.write_bytes(b"noise" * 4096)
        gate.start()
        assert (gate.counter.figures(), gate.counter.crowding()) == before
        passage = gate.counter.last_access(f"person-{number}")
        assert passage is not None
        assert passage.direction is way


def test_somebody_granted_before_the_kill_and_seen_after_it_is_still_known(make_gate: MakeGate) -> None:
    gate = make_gate(anti_passback=SOFT)
    entry = gate.note(decided(subject="ann"))
    gate.turn()
    gate.restart()
    assert entry is not None
    gate.note(LanePassed(IN, "counted", "grant", str(entry.sequence)))
    passage = gate.counter.last_access("ann")
    assert passage is not None
    assert passage.direction is IN


def test_events_that_are_gone_from_the_journal_are_said_to_be(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.crosses(IN)
    gate.turn()
    for _ in range(3):
        gate.crosses(IN)
    gate.kill()
    with closing(sqlite3.connect(gate.folder / "journal.sqlite")) as connection, connection:
        connection.execute("DELETE FROM event WHERE sequence < 4")
    gate.start()
    assert gate.inside == 2
    assert gate.counter.figures().certainty == "estimated"
    [event] = gate.told(CountsUnsure)
    assert "2 to 3" in event.why


def test_a_journal_pruned_up_to_where_it_was_read_leaves_no_doubt(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.crosses(IN)
    gate.turn()
    gate.note(CameraStateEvent("streaming", ""))
    gate.turn(61.0)
    gate.note(CameraStateEvent("lost", ""))
    gate.kill()
    with closing(sqlite3.connect(gate.folder / "journal.sqlite")) as connection, connection:
        connection.execute("DELETE FROM event WHERE sequence < 3")
    gate.start()
    assert (gate.inside, gate.counter.figures().certainty) == (1, "counted")
    assert gate.told(CountsUnsure) == []
