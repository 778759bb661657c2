"""The demo's dispatch has life in it: each column, what is done, who is on duty, and a hole."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.signing.cose import microseconds
from sync.central.demo.duty import put_tasks
from sync.central.demo.filling import put_street
from sync.central.demo.street import MOST_SITES, street_of
from sync.central.dispatch.reading import COLUMNS, ended_tasks, live_tasks, to_on_way
from sync.central.dispatch.rosters import holes_in, on_duty
from sync.central.places.sight import EVERYWHERE
from sync.central.store import open_store
from sync.central.units import DAY
from tests.sync.tables import make_tables

NOW = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
HERE = ZoneInfo("Asia/Shanghai")


def test_every_column_has_a_task_and_some_are_done(tmp_path: Path) -> None:
    url, now, street = (
        f"sqlite:///{tmp_path}/central.sqlite",
        microseconds(NOW),
        street_of(MOST_SITES, 1, NOW),
    )
    make_tables(url)
    with closing(open_store(url)) as store:
        with store.writing() as connection:
            put_street(connection, street, NOW)
            put_tasks(connection, street, now)
        with store.reading() as connection:
            assert {each.column for each in live_tasks(connection, EVERYWHERE)} == {*COLUMNS}
            assert len(ended_tasks(connection, EVERYWHERE, now - DAY)) == 4
            assert to_on_way(connection, EVERYWHERE, now - DAY, now).count >= 4
            assert len(on_duty(connection, EVERYWHERE, HERE, now)) == 6
            assert len(holes_in(connection, EVERYWHERE, HERE, now, now + 2 * DAY)) == 1
