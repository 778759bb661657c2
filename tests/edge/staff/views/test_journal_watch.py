"""What the journal says at a start, and what the centre has of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.decision import ClockTrust, Decision, Direction, Evidence, Mode, Outcome, Reason, WallTime
from edge.devices.clock import FixedClock
from edge.journal.factory import open_journal
from edge.journal.format import (
    AccessDecided,
    Acknowledgement,
    LaneClosed,
    LaneGrantRefused,
    LaneOpened,
    StaffActTaken,
)
from edge.journal.store import Journal
from edge.staff.views.core.facts import CentreLink
from edge.staff.views.core.recent import RecentWaits
from edge.staff.views.journal_watch import JournalWatch

NOW = datetime(2026, 3, 3, 4, tzinfo=UTC)


class Place:
    """A journal, and a clock."""

    def __init__(self, path: Path, journal: Journal) -> None:
        self.path, self.journal, self.clock = path, journal, FixedClock(NOW)

    def access(self, who: str = "ann", outcome: Outcome = Outcome.GRANT) -> int:
        reason = Reason.FACE_MATCHED if outcome is Outcome.GRANT else Reason.FACE_UNKNOWN
        decision = Decision(outcome, reason, "rule", subject_id=who)
        event = AccessDecided(decision, Evidence(Direction.ENTRY), Mode.FACE_OR_CODE, 1, "camera")
        return self.journal.append(event, self.clock.wall()).sequence

    def acknowledge(self) -> None:
        last = self.journal.last()
        assert last is not None
        said = Acknowledgement(last.epoch, last.sequence, last.hash, 0)
        self.journal.acknowledge(said, b"signed", self.clock.wall())

    def watch(self, *, centre: bool = True, page: int = 1000) -> JournalWatch:
        last = self.journal.last()
        until = None if last is None else (last.epoch, last.sequence)
        return JournalWatch(
            self.path,
            until,
            lambda: "Asia/Shanghai",
            self.clock.wall,
            self.clock.monotonic,
            centre=centre,
            page=page,
        )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    path = tmp_path / "journal.sqlite"
    with closing(open_journal(path, "main", WallTime(NOW, ClockTrust.TRUSTED))) as journal:
        yield Place(path, journal)


def test_the_last_accesses_and_the_days_figures_survive_a_restart(place: Place) -> None:
    place.clock.step_wall(timedelta(days=-1))
    place.access()
    place.clock.step_wall(timedelta(days=1))
    for who in ("bob", "cai"):
        place.access(who)
        place.journal.append(LaneClosed(), place.clock.wall())
    denied = place.access("dan", Outcome.DENY)
    place.journal.append(StaffActTaken("let_in", "wang", "papers_seen", about=denied), place.clock.wall())
    watch = place.watch()
    place.access("later")
    watch.poll()
    assert watch.past is not None
    people = [row.staff or (row.person and row.person.id) for row in watch.past.rows]
    assert people == ["wang", "dan", "cai", "bob", "ann"]
    today = watch.past.today(NOW, RecentWaits())
    assert (today.granted, today.denied, today.by_staff) == (2, 1, 1)


def test_whom_the_lane_let_through_before_a_restart_is_told(place: Place) -> None:
    """Else a receipt that stands open says after it that the barrier has not opened yet."""
    numbers = [place.access(who) for who in ("ann", "bob", "cai")]
    place.journal.append(LaneOpened("grant", str(numbers[0])), place.clock.wall())
    place.journal.append(LaneGrantRefused(str(numbers[1]), "interlock"), place.clock.wall())
    watch = place.watch()
    watch.poll()
    assert watch.past is not None
    told = {row.number: (row.opened, row.refused) for row in watch.past.rows}
    assert [told[number] for number in numbers] == [(True, ""), (False, "interlock"), (False, "")]


def test_all_of_a_long_day_is_counted(place: Place) -> None:
    for _ in range(40):
        place.access()
        place.journal.append(LaneClosed(), place.clock.wall())
    watch = place.watch(page=5)
    watch.poll()
    assert watch.past is not None
    assert watch.past.today(NOW, RecentWaits()).granted == 40


def test_an_event_that_waits_for_the_centre_is_waited_for_since_it_was_seen(place: Place) -> None:
    place.access()
    place.acknowledge()
    watch = place.watch()
    watch.poll()
    assert watch.link == CentreLink(True)
    place.access()
    place.clock.advance(5.0)
    watch.poll()
    since = place.clock.monotonic()
    assert watch.link == CentreLink(True, 1, since)
    place.clock.advance(60.0)
    place.access()
    watch.poll()
    assert watch.link == CentreLink(True, 2, since)
    place.acknowledge()
    watch.poll()
    assert watch.link == CentreLink(True)


def test_what_waited_before_the_start_waits_since_it_was_written(place: Place) -> None:
    place.access()
    place.clock.advance(3600.0)
    watch = place.watch()
    watch.poll()
    began = watch.link.waits_since
    assert began is not None
    assert place.clock.monotonic() - began == pytest.approx(3600.0, abs=1.0)


def test_a_clock_that_is_set_moves_no_waiting_and_none_waits_since_tomorrow(place: Place) -> None:
    place.access()
    place.clock.step_wall(timedelta(days=-1))
    watch = place.watch()
    watch.poll()
    assert watch.link.waits_since == place.clock.monotonic()


def test_a_gate_without_a_centre_waits_for_none(place: Place) -> None:
    place.access()
    watch = place.watch(centre=False)
    watch.poll()
    assert watch.link == CentreLink(False)


def test_where_there_is_no_journal_it_looks_again(tmp_path: Path) -> None:
    clock = FixedClock(NOW)
    watch = JournalWatch(
        tmp_path / "none.sqlite", None, lambda: "UTC", clock.wall, clock.monotonic, centre=True
    )
    assert watch.poll() > clock.monotonic()
    assert watch.past is None
