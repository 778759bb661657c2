"""Stories of held entries at a gate: who waits, who goes, and how a hold ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from edge.commands.core import CommandKind, CommandOutcome
from edge.commands.core.entry_hold import hold_argument
from edge.decision import ClockTrust, Outcome, Reason
from edge.journal.format import EntriesReleased, HoldEnd, understood
from edge.journal.reader import JournalReader
from edge.support.due import NEVER
from tests.edge.commands.test_handler import DAMAGE, Seat, keys, signed, tracker_of
from tests.edge.runtime.conftest import NOON, Bench

HALF = timedelta(minutes=30)


@pytest.fixture
def seat(bench: Bench, tmp_path: Path) -> Seat:
    believed = keys()
    return Seat(tracker_of(bench.clock, bench.journal, bench.lane, believed, tmp_path), bench.clock, believed)


def hold(seat: Seat, lasts: timedelta = HALF, why: str = "full") -> CommandOutcome:
    argument = hold_argument(seat.clock.wall().at + lasts, why)
    result = seat.handler.handle(signed(seat.order(CommandKind.HOLD_ENTRIES, argument)))
    assert result is not None
    return result.outcome


def release(seat: Seat) -> str:
    result = seat.handler.handle(signed(seat.order(CommandKind.RELEASE_ENTRIES)))
    assert result is not None
    assert result.outcome is CommandOutcome.DONE
    return result.text


def restarted(bench: Bench, seat: Seat, folder: Path) -> Seat:
    seat.handler = tracker_of(bench.clock, bench.journal, bench.lane, seat.keys, folder)
    return seat


def ends(bench: Bench) -> list[tuple[str, HoldEnd]]:
    reader = JournalReader(bench.configuration.journal.path)
    found = [understood(entry) for entry in reader.every()]
    reader.close()
    return [(event.why, event.end) for event in found if isinstance(event, EntriesReleased)]


def test_who_comes_waits_until_it_is_released_and_the_journal_has_until_when(
    bench: Bench, seat: Seat
) -> None:
    hold_of_gate = seat.handler
    bench.controller.decider.held_until = lambda: (
        None if hold_of_gate.hold is None else hold_of_gate.hold.until
    )
    assert hold(seat) is CommandOutcome.DONE
    [waits] = bench.show(faces=(1,), seconds=1.0)
    assert (waits.decision.outcome, waits.decision.reason) == (Outcome.REFER, Reason.ENTRIES_HELD)
    assert waits.entry is not None
    assert understood(waits.entry).circumstances.held_until == NOON + HALF  # type: ignore[union-attr]
    bench.leave()
    assert release(seat) == ""
    [goes] = bench.show(faces=(1,), seconds=1.0)
    assert goes.decision.outcome is Outcome.GRANT
    assert ends(bench) == [("full", HoldEnd.ORDERED)]
    assert release(seat) == "no entries were held"


def test_it_ends_by_itself_once_and_is_written_down(seat: Seat, bench: Bench) -> None:
    hold(seat)
    assert seat.handler.poll() == seat.clock.monotonic() + 60.0, "to keep how much of it is used up"
    seat.clock.advance(HALF.total_seconds())
    assert seat.handler.hold is None, "before anybody looks after it"
    assert seat.handler.poll() == NEVER
    assert seat.handler.poll() == NEVER
    assert ends(bench) == [("full", HoldEnd.LAPSED)]


def test_a_new_hold_takes_the_place_of_the_one_before(seat: Seat, bench: Bench) -> None:
    hold(seat, HALF, "first")
    hold(seat, timedelta(minutes=10), "second")
    assert seat.handler.hold is not None
    assert (seat.handler.hold.why, seat.handler.hold.by) == ("second", "Wang Fang")
    seat.clock.advance(600.0)
    seat.handler.poll()
    assert ends(bench) == [("second", HoldEnd.LAPSED)]


def test_it_outlives_a_restart_and_a_mode_or_lockdown_leaves_it(
    bench: Bench, seat: Seat, tmp_path: Path
) -> None:
    hold(seat)
    seat.handler.handle(signed(seat.order(CommandKind.SET_MODE, "code")))
    seat.clock.advance(300.0)
    seat = restarted(bench, seat, tmp_path)
    assert seat.handler.restore() == ""
    assert seat.handler.hold is not None
    assert seat.handler.hold.until == NOON + HALF
    seat.clock.advance(HALF.total_seconds() - 300.0)
    assert seat.handler.hold is None


def test_who_locked_the_gate_is_not_who_holds_its_entries(seat: Seat) -> None:
    seat.handler.handle(signed(seat.order(CommandKind.LOCK_DOWN)))
    argument = hold_argument(NOON + HALF, "full")
    seat.handler.handle(signed(seat.order(CommandKind.HOLD_ENTRIES, argument, counter=9)))
    assert seat.handler.locked_by == "Wang Fang"
    assert seat.handler._standing.since == NOON, "of the lockdown"


def test_one_that_ended_while_the_gate_was_off_is_released_at_the_start(
    bench: Bench, seat: Seat, tmp_path: Path
) -> None:
    hold(seat)
    seat.clock.advance(7200.0)
    seat = restarted(bench, seat, tmp_path)
    seat.handler.restore()
    assert seat.handler.hold is None
    seat.handler.poll()
    assert ends(bench) == [("full", HoldEnd.LAPSED)]
    assert restarted(bench, seat, tmp_path).handler.restore() == ""
    assert seat.handler.poll() == NEVER, "and is not told twice"


def test_a_gate_whose_clock_is_never_set_holds_no_longer_by_being_restarted(
    bench: Bench, seat: Seat, tmp_path: Path
) -> None:
    hold(seat)
    seat.clock.set_trust(ClockTrust.UNTRUSTED)
    held = 0.0
    for _ in range(40):
        for _ in range(3):
            if seat.handler.hold is not None:
                held += 50.0
            seat.clock.advance(50.0)
            seat.handler.poll()
        seat.clock.step_wall(timedelta(days=-1))
        seat = restarted(bench, seat, tmp_path)
        seat.handler.restore()
    assert 600.0 <= held <= HALF.total_seconds()
    assert ends(bench) == [("full", HoldEnd.LAPSED)]


@pytest.mark.parametrize("how", [how for how in DAMAGE if how != "missing"])
def test_damage_to_the_orders_ends_no_hold_but_locks(
    bench: Bench, seat: Seat, tmp_path: Path, how: str
) -> None:
    hold(seat)
    for name in ("standing-orders.json", "standing-orders.copy.json"):
        DAMAGE[how](tmp_path / name)
    seat = restarted(bench, seat, tmp_path)
    assert "locked until a signed order lifts it" in seat.handler.restore()
    assert seat.handler.locked


def test_orders_that_cannot_be_stored_are_an_answer_and_change_nothing(seat: Seat, tmp_path: Path) -> None:
    hold(seat)
    file = tmp_path / "standing-orders.json"
    file.unlink()
    (file / "in the way").mkdir(parents=True)
    assert hold(seat, timedelta(hours=2), "longer") is CommandOutcome.FAILED
    assert seat.handler.hold is not None
    assert seat.handler.hold.why == "full"
    seat.clock.advance(60.0)
    seat.handler.poll()
    assert seat.handler.hold is not None, "it goes on"
    seat.clock.advance(HALF.total_seconds())
    seat.handler.poll()
    assert seat.handler.hold is None, "and ends"
