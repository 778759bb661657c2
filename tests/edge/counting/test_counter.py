"""The count of a gate: exact over kills, and honest where it is not sure."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.decision import (
    ClockTrust,
    Crowding,
    OccupancyRule,
    Outcome,
    PassbackKind,
)
from edge.journal.format import (
    AntiPassback,
    Event,
    LaneCrawlBack,
    LaneEvent,
    LaneFire,
    LaneForced,
    LaneHeldOpenByStaff,
    LaneIntrusion,
    LaneNoEntry,
    LaneOpened,
    LanePassed,
    LaneRepeated,
    LaneSensorFault,
    LaneTailgating,
    LaneUnclear,
    LaneWrongDirection,
    OccupancyCorrected,
    OccupancyRelieved,
    OccupancyReset,
    OccupancyStopped,
    OccupancyWarned,
)
from tests.bench.bench_counting import simulate
from tests.edge.counting.conftest import IN, OUT, SOFT, MakeGate
from tests.events import decided


def test_a_day_at_several_gates_is_exact_to_the_person_whatever_was_killed(tmp_path: Path) -> None:
    """The short form of tests/bench/bench_counting.py: 24 gates, kills, files that come late and twice."""
    day = simulate(tmp_path, passages=1_000, gates=24, kill_every=40)
    try:
        assert day.kills > 5
        assert day.wrong() == []
    finally:
        for gate in day.gates:
            gate.kill()


@pytest.mark.parametrize(
    ("event", "inside"),
    [
        (LanePassed(IN, "counted", "grant"), 1),
        (LaneTailgating(IN, "counted"), 1),  # let through or not, they are inside
        (LaneIntrusion(IN, "counted"), 1),
        (LaneWrongDirection(IN, "counted"), 1),
        (LaneCrawlBack(IN, "counted"), 0),
        (LaneNoEntry("grant"), 0),
        (LaneOpened("grant"), 0),
    ],
)
def test_anyone_whom_the_beams_saw_go_through_is_inside(
    make_gate: MakeGate, event: Event, inside: int
) -> None:
    gate = make_gate()
    gate.note(event)
    assert gate.inside == inside


def test_limits_are_told_once_and_entries_are_stopped_until_there_is_room(make_gate: MakeGate) -> None:
    gate = make_gate(occupancy=OccupancyRule(warn=2, stop=4, relief=1))
    for way in (IN, IN, IN, IN, IN, OUT, OUT, OUT, OUT):
        gate.crosses(way)
        gate.turn()
    assert gate.told(OccupancyWarned) == [OccupancyWarned(Crowding.WARNED, 2, 2, "counted")]
    assert gate.told(OccupancyStopped) == [OccupancyStopped(Crowding.STOPPED, 4, 4, "counted")]
    assert [event.level for event in gate.told(OccupancyRelieved)] == [Crowding.WARNED, Crowding.ROOM]
    assert gate.counter.crowding() is Crowding.ROOM


def test_a_limit_reached_in_the_moment_of_a_kill_is_told_after_it(make_gate: MakeGate) -> None:
    gate = make_gate(occupancy=OccupancyRule(stop=1, relief=0))
    gate.crosses(IN)
    gate.restart()
    assert len(gate.told(OccupancyStopped)) == 1
    gate.restart()
    assert len(gate.told(OccupancyStopped)) == 1, "and not again"


def test_a_day_over_begins_anew_once_also_when_the_gate_was_off(make_gate: MakeGate) -> None:
    gate = make_gate(occupancy=OccupancyRule(reset_at=time(4)))
    for _ in range(3):
        gate.crosses(IN)
    gate.kill()
    gate.at += timedelta(days=1)
    gate.start()
    gate.restart()
    [first, second] = gate.told(OccupancyReset)
    assert first.begun == "2026-11-03"
    assert second == OccupancyReset("2026-11-03", "2026-11-04", inside=3)
    assert gate.inside == 0
    gate.crosses(IN)
    assert gate.inside == 1


def test_a_date_set_wrong_by_hand_resets_nothing_also_over_a_restart(make_gate: MakeGate) -> None:
    gate = make_gate(occupancy=OccupancyRule(reset_at=time(4)))
    gate.crosses(IN)
    gate.trust = ClockTrust.HOLDOVER
    gate.turn()
    gate.at += timedelta(days=40)
    gate.turn()
    gate.restart()
    gate.turn()
    assert gate.inside == 1
    gate.at -= timedelta(days=40)
    gate.turn()
    gate.restart()
    assert gate.inside == 1
    assert len(gate.told(OccupancyReset)) == 1, "the first day's beginning"
    for _ in range(24 * 6):
        gate.turn(600.0)
    assert len(gate.told(OccupancyReset)) == 2
    assert gate.inside == 0


def test_more_leaving_than_came_is_put_right_where_the_gate_is_the_only_one(make_gate: MakeGate) -> None:
    gate = make_gate()
    gate.crosses(OUT)
    gate.crosses(OUT)
    gate.turn()
    assert gate.told(OccupancyCorrected) == [OccupancyCorrected(2, "below_zero", 0)]
    gate.crosses(IN)
    assert gate.inside == 1
    gate.restart()
    assert gate.inside == 1


def test_a_site_without_beams_counts_and_says_that_it_estimates(make_gate: MakeGate) -> None:
    gate = make_gate(way=IN, beams=False)
    gate.crosses(None, estimated=True, subject="ann")
    figures = gate.counter.figures()
    assert (figures.inside, figures.estimated, figures.certainty) == (1, 1, "estimated")
    passage = gate.counter.last_access("ann")
    assert passage is not None
    assert passage.direction is IN


def test_a_passage_that_may_have_gone_either_way_is_told_apart(make_gate: MakeGate) -> None:
    gate = make_gate(beams=False)
    gate.crosses(None, estimated=True)
    figures = gate.counter.figures()
    assert (figures.inside, figures.unplaced, figures.certainty) == (0, 1, "estimated")


@pytest.mark.parametrize(
    ("beams", "event", "certainty"),
    [
        (False, LaneHeldOpenByStaff("li-na"), "estimated"),
        (False, LaneForced(), "estimated"),
        (False, LaneFire(), "estimated"),
        (False, LaneRepeated(LaneEvent.FORCED, 40), "estimated"),
        (True, LaneHeldOpenByStaff("li-na"), "counted"),
        (True, LaneSensorFault("beam_outer", "stuck"), "estimated"),
        (True, LaneSensorFault("obstacle", "stuck"), "counted"),
        (True, LaneUnclear("both beams at once"), "estimated"),
        (True, LaneRepeated(LaneEvent.UNCLEAR, 40), "estimated"),
        (True, LaneRepeated(LaneEvent.TAMPER, 40), "counted"),
        (False, LaneRepeated(LaneEvent.TAMPER, 40), "counted"),
    ],
)
def test_a_lane_that_nobody_could_watch_makes_the_figures_an_estimate(
    make_gate: MakeGate, beams: bool, event: Event, certainty: str
) -> None:
    gate = make_gate(way=IN, beams=beams)
    gate.crosses(IN)
    gate.note(event)
    assert gate.counter.figures().certainty == certainty


def test_a_full_disk_stops_nobody_and_their_passages_still_count(make_gate: MakeGate) -> None:
    gate = make_gate(occupancy=OccupancyRule(stop=2, relief=0))
    gate.disk_full = True
    gate.crosses(IN, subject="ann")
    gate.crosses(IN)
    gate.turn()
    assert (gate.inside, gate.counter.crowding()) == (2, Crowding.STOPPED)
    gate.disk_full = False
    gate.turn()
    gate.restart()
    assert gate.inside == 2


def test_passing_the_same_way_again_is_an_event_with_when_and_where(make_gate: MakeGate) -> None:
    gate = make_gate(anti_passback=SOFT)
    for way in (IN, OUT, IN):
        gate.crosses(way, subject="ann")
    gate.turn()
    assert gate.told(AntiPassback) == []
    gate.crosses(IN, subject="ann")
    gate.turn()
    [event] = gate.told(AntiPassback)
    assert event == AntiPassback("ann", IN, PassbackKind.SOFT, event.before, "main")


def test_only_a_confirmed_passage_counts_against_a_person(make_gate: MakeGate) -> None:
    gate = make_gate(anti_passback=SOFT)
    entry = gate.note(decided(subject="ann"))
    assert entry is not None
    gate.note(LaneNoEntry("grant", str(entry.sequence)))
    assert gate.counter.last_access("ann") is None
    gate.note(decided(Outcome.DENY, "bob"))
    assert gate.counter.last_access("bob") is None


def test_members_of_an_exempt_group_make_no_event(make_gate: MakeGate) -> None:
    gate = make_gate(anti_passback=replace(SOFT, exempt=frozenset({"staff"})))
    gate.groups = frozenset({"staff"})
    gate.crosses(IN, subject="ann")
    gate.crosses(IN, subject="ann")
    gate.turn()
    assert gate.told(AntiPassback) == []


def test_after_a_fire_nobody_is_kept_out_for_leaving_unseen(make_gate: MakeGate) -> None:
    gate = make_gate(anti_passback=SOFT)
    gate.crosses(IN, subject="ann")
    gate.turn()
    gate.note(LaneFire())
    assert gate.counter.last_access("ann") is None
    gate.turn()
    gate.restart()
    assert gate.counter.last_access("ann") is None
