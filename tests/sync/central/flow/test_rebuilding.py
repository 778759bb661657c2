"""What was counted is counted anew from the events that are there, and is the same; what is not, stays."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from sync.central.devices.devices import enrol_device, put_site
from sync.central.flow.rebuilding import rebuild
from sync.central.flow.tables import flow_count, flow_day
from sync.central.journals.journals import store_batch
from sync.central.store import Store, open_store
from sync.central.tables import event
from sync.wire import batch_of
from tests.command_line import called
from tests.sync.central.accesses.examples import Happened
from tests.sync.central.flow.examples import came, counted, entry, exit_, journal, totals, turns
from tests.sync.wire.examples import AT, DEVICE, KEY

DAYS: list[Happened] = [
    *(entry(), turns("2026-03-02", "2026-03-01"), entry(), exit_()),
    *((86_400, turns("2026-03-03", "2026-03-02")), (86_500, entry()), (86_600, entry("estimated"))),
]


def test_a_journal_that_was_stored_by_an_older_version_is_counted(store: Store) -> None:
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(journal(DAYS), 0), AT)
    assert totals(store) == {}
    [made] = rebuild(store)
    assert (made.device, made.events) == (DEVICE, len(DAYS))
    assert made.changed > 0
    assert {day: each[:2] for day, each in totals(store).items()} == {
        "2026-03-01": (1, 0),
        "2026-03-02": (1, 1),
        "2026-03-03": (2, 0),
    }


def test_counting_anew_changes_nothing_that_was_right_and_puts_right_what_was_not(store: Store) -> None:
    came(store, journal(DAYS))
    right = counted(store)
    assert [each.changed for each in rebuild(store, DEVICE)] == [0]
    with store.writing() as connection:
        connection.execute(sa.update(flow_count).values(entered=77))
        connection.execute(sa.delete(flow_day))
    assert [each.changed > 0 for each in rebuild(store)] == [True]
    assert counted(store) == right
    assert [*rebuild(store, "gp-0002")] == []


def test_what_was_counted_of_events_that_are_kept_elsewhere_stays(store: Store) -> None:
    came(store, journal(DAYS))
    right = counted(store)
    with store.writing() as connection:
        connection.execute(sa.delete(event).where(event.c.sequence < 5))
    assert [each.events for each in rebuild(store)] == [3]
    assert {slot: each for slot, each in counted(store).items() if any(each)} == right


def test_an_operator_shows_and_rebuilds(tmp_path: Path) -> None:
    assert called("central", "init", str(tmp_path / "centre"), "--plain", cwd=tmp_path).returncode == 0
    folder = tmp_path / "centre"
    with closing(open_store(f"sqlite:///{folder}/central.sqlite")) as store, store.writing() as connection:
        put_site(connection, SiteFile("green-court", city="Shanghai"))
        enrol_device(connection, DEVICE, ("green-court", "main"), KEY.public_key().public_bytes_raw(), 1)
        store_batch(connection, DEVICE, batch_of(journal(DAYS), 0), AT)
    made = called("central", "flow", "rebuild", cwd=folder)
    assert (made.returncode, made.stdout) == (0, f"{DEVICE}  7 events that count, 7 figures were others\n")
    shown = called("central", "flow", "show", "--json", cwd=folder)
    assert shown.returncode == 0, shown.stderr
    said = json.loads(shown.stdout)
    assert (said["name"], said["inside"], said["estimated"], said["stop"]) == ("green-court", 2, True, None)
    assert "green-court" in called("central", "flow", "show", cwd=folder).stdout
