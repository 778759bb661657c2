"""What was counted is counted anew from the events that are there, and is the same; what is not, stays."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from sync.central.devices.devices import enrol_device, put_site
from sync.central.flow.keeping import tidy
from sync.central.flow.rebuilding import rebuild
from sync.central.flow.tables import flow_count, flow_day
from sync.central.journals.journals import store_batch
from sync.central.store import Store, open_store
from sync.central.tables import event
from sync.central.units import DAY, SECOND
from sync.wire import batch_of
from tests.command_line import called
from tests.sync.central.accesses.examples import Happened
from tests.sync.central.flow.examples import came, counted, entry, exit_, journal, totals, turns
from tests.sync.central.history.examples import archived
from tests.sync.wire.examples import AT, DEVICE, KEY

DAYS: list[Happened] = [
    *(entry(), turns("2026-03-02", "2026-03-01"), entry(), exit_()),
    *((86_400, turns("2026-03-03", "2026-03-02")), (86_500, entry()), (86_600, entry("estimated"))),
]

MIDNIGHT = AT - AT % DAY + DAY


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


@pytest.mark.parametrize("moved_before", [0, 1, 2], ids=["nothing moved", "a day moved", "two days moved"])
def test_counting_anew_counts_once_what_is_coarse_by_now_and_what_moved_into_files(
    store: Store, tmp_path: Path, moved_before: int
) -> None:
    """Days begin at 00:03, so that events and the ten minutes of which they are do not begin together."""
    happened: list[Happened] = []
    for day in range(4):
        at = day * 86_400 + (MIDNIGHT - AT) // SECOND + 180
        happened += [(at, turns(f"2026-03-0{day + 3}", f"2026-03-0{day + 2}"))]
        happened += [(at + minute * 60, entry()) for minute in range(20)]
    came(store, journal(happened))
    now = MIDNIGHT + 8 * DAY
    tidy(store, now)
    cut = MIDNIGHT + moved_before * DAY
    assert not archived(store, tmp_path, cut, now, most_rows=20).problems
    right = {slot: each for slot, each in counted(store).items() if any(each)}
    assert sum(each[0] for (begin, _), each in right.items() if begin < 0) == 80
    assert [each.changed for each in rebuild(store)] == [0]
    tidy(store, now)
    assert {slot: each for slot, each in counted(store).items() if any(each)} == right


def test_an_operator_shows_and_rebuilds(tmp_path: Path) -> None:
    assert called("central", "init", str(tmp_path / "centre"), "--plain", cwd=tmp_path).returncode == 0
    folder = tmp_path / "centre"
    with closing(open_store(f"sqlite:///{folder}/central.sqlite")) as store, store.writing() as connection:
        put_site(connection, SiteFile("green-court", city="Shanghai"))
        enrol_device(connection, DEVICE, ("green-court", "main"), KEY.public_key().public_bytes_raw(), 1)
        store_batch(connection, DEVICE, batch_of(journal(DAYS), 0), AT)
    made = called("central", "flow", "rebuild", cwd=folder)
    assert (made.returncode, made.stdout) == (0, f"{DEVICE}  7 events that count, 6 figures were others\n")
    shown = called("central", "flow", "show", "--json", cwd=folder)
    assert shown.returncode == 0, shown.stderr
    said = json.loads(shown.stdout)
    assert (said["name"], said["inside"], said["estimated"], said["stop"]) == ("green-court", 2, True, None)
    assert "green-court" in called("central", "flow", "show", cwd=folder).stdout
