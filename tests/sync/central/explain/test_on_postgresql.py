"""What the other tests ask of SQLite, on PostgreSQL: a story through every query of this room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from edge.decision import Direction
from edge.signing.cose import microseconds
from sync.central.changes.policies import policy_of
from sync.central.explain.core.tally import ReplayDoubt
from sync.central.explain.explaining import explain
from sync.central.explain.passing import can_pass
from sync.central.explain.running import Answer, WhatIfRuns, policy_id
from sync.central.explain.what_if import what_if
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, migrate_store, open_store
from tests.sync.central.explain.conftest import RED, RULES, put_gates, resident
from tests.sync.central.explain.gate import Gate
from tests.sync.central.explain.test_explaining import CASES
from tests.sync.central.registry.desk import DAY, SITE, START, Desk
from tests.sync.migrated import empty
from tests.waiting import PATIENT


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    empty(postgresql_url)
    migrate_store(postgresql_url)
    with closing(open_store(postgresql_url)) as opened:
        put_gates(opened)
        yield opened


def test_a_month_is_explained_asked_about_and_decided_again(desk: Desk, gate: Gate) -> None:
    entries = [gate.sees(evidence, **besides) for evidence, besides in CASES.values()]  # type: ignore[arg-type]
    gate.sends()
    desk.put(resident("ann", RED))
    desk.publish(7 * DAY)
    with desk.store.reading() as connection:
        found = [explain(connection, EVERYWHERE, gate.device, None, entry.sequence) for entry in entries]
        then = can_pass(connection, SITE, "ann", microseconds(START + 2 * DAY), microseconds(desk.now))
        now = can_pass(connection, SITE, "ann", microseconds(desk.now), microseconds(desk.now))
    assert all(item.is_same and not item.gaps for item in found)
    reasons = [
        item.passing.decision.reason.value
        for ways in (then, now)
        for item in ways
        if item.gate == "rear" and item.direction is Direction.ENTRY and item.passing is not None
    ]
    assert reasons[1] == "status_red"
    assert len(reasons) == 2
    assert reasons[0] != "status_red"
    span = microseconds(START), microseconds(desk.now)
    same = what_if(desk.store, SITE, policy_of(RULES), *span, page=5)
    assert (same.total, same.differ, same.doubts) == (len(CASES), 0, {})
    desk.erase("bob")
    without = what_if(desk.store, SITE, policy_of(RULES), *span)
    assert set(without.doubts) == {ReplayDoubt.RECORD}
    runs, at = WhatIfRuns(), microseconds(desk.now + timedelta(hours=1))
    runs.ask(desk.store, lambda: at, SITE, policy_of(RULES))
    assert runs.wait(PATIENT)
    kept = runs.look(desk.store, at, SITE, policy_id(policy_of(RULES)))
    assert isinstance(kept, Answer)
    assert kept.found.total == len(CASES)
