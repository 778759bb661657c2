"""A standby is away, and events come on: a gate, a broker, a centre and two servers, all real."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.journal.format import LaneTamper
from sync.central.alarms.tables import alarm
from sync.central.store import open_store
from sync.wire import MOST_ROWS
from tests.cluster.postgres import Server, url_of
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE
from tests.sync.world import WALL, World, append
from tests.waiting import soon

_MANY = 4 * MOST_ROWS
"""More than a gate sends without an answer."""


def test_events_and_alarms_come_while_no_standby_confirms_and_all_of_them_again_where_the_primary_is_lost(
    servers: tuple[Server, Server], broker: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.agent.core.stored_notices.ASKED_AFTER", 1.0)
    primary, standby = servers
    world = World(tmp_path, url_of(primary, standby), broker.port)
    with world.journal() as journal, world.central(), world.agent() as agent:

        def waits() -> int:
            return agent._uploader.progress()[2]

        told = append(journal, 5)
        soon(lambda: not waits(), "nothing is acknowledged", meanwhile=agent.poll)
        standby.stop()
        told += append(journal, _MANY)
        told.append(journal.append(LaneTamper(), WALL))
        soon(lambda: world.stored() == told, "they do not come", meanwhile=agent.poll)
        soon(lambda: open_alarms(world) == ["tampered"], "nobody is called", meanwhile=agent.poll)
        assert waits() == _MANY + 1, "acknowledged what only one machine has"
        standby.start()
        soon(lambda: not waits(), "they are not acknowledged afterwards", meanwhile=agent.poll)

        standby.stop()
        told += append(journal, _MANY)
        soon(lambda: world.stored() == told, "they do not come", meanwhile=agent.poll)
        assert waits() == _MANY
        primary.kill()
        standby.start()
        standby.promote()
        assert int(standby.ask("SELECT count(*) FROM event")) == len(told) - _MANY
        soon(lambda: not waits(), "they do not come again", meanwhile=agent.poll)
        assert world.stored() == told
        assert world.findings() == []


def open_alarms(world: World) -> list[str]:
    """The kinds of the gate's alarms that have not ended."""
    of_gate = (alarm.c.device == DEVICE) & alarm.c.ended_at.is_(None)
    with closing(open_store(world.url)) as store, store.reading() as connection:
        return [*connection.execute(sa.select(alarm.c.kind).where(of_gate)).scalars()]
