"""The same on PostgreSQL: one process makes alarms at a time, and what a gate tells waits for none."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from edge.journal.format import LaneClosed, LaneForced, LaneHeldTooLong
from sync.central.alarms.core.kinds import AlarmKind
from sync.central.alarms.digesting import age, digest, is_mine
from sync.central.alarms.rules import RulesInForce
from sync.central.alarms.tables import alarm, alarm_cue, alarm_step
from sync.central.alarms.waiting import CauseGone
from sync.central.store import Store
from sync.central.units import HOUR
from tests.sync.central.accesses.examples import journal, sent
from tests.sync.migrated import empty
from tests.sync.wire.examples import AT, DEVICE


@pytest.fixture
def database(postgresql_url: str) -> str:
    empty(postgresql_url)
    return postgresql_url


def test_one_process_makes_alarms_while_the_journals_go_on(store: Store) -> None:
    sent(store, journal([LaneForced(), LaneHeldTooLong(""), LaneForced(), LaneClosed()]))
    with store.writing() as ours, store.writing() as theirs:
        assert is_mine(ours)
        assert not is_mine(theirs)
        sent(store, journal([LaneForced()], epoch=b"another epoch   "), "gp-0002")
        digest(ours, [CauseGone(AlarmKind.BARRIER_HELD, DEVICE, AT + HOUR)], AT + HOUR)
    with store.writing() as connection:
        assert is_mine(connection)
        digest(connection, (), AT + HOUR)
        age(connection, AT + 2 * HOUR, RulesInForce(connection))
        found = connection.execute(
            sa.select(alarm.c.kind, alarm.c.device, alarm.c.times).order_by(alarm.c.number)
        )
        assert {(row.kind, row.device, row.times) for row in found} == {
            ("barrier_forced", DEVICE, 2),
            ("barrier_held", DEVICE, 1),
            ("barrier_forced", "gp-0002", 1),
        }
        steps = connection.execute(sa.select(alarm_step.c.what)).scalars().all()
        assert sorted(steps) == ["ended", "escalated", "escalated", "raised", "raised", "raised"]
        assert connection.execute(sa.select(alarm_cue)).all() == []
