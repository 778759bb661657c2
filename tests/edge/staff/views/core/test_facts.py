"""Each fact of a gate: what it says, since when, and whether it is as it should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace as changed

from edge.boards.files import load_board
from edge.commands.core import EntryHold
from edge.counting.core import SiteFigures
from edge.decision import CentralTime, ClockTrust, Crowding, OccupancyRule, Policy, WallTime
from edge.lane.machine import LaneState, Phase
from edge.staff.protocol.now import Facts, HeldFact
from edge.staff.views.core.facts import (
    LATE_AFTER,
    CentreLink,
    Device,
    FactWatch,
    GateReadings,
    RegistryHeld,
    Since,
)

NOON = datetime(2026, 3, 3, 4, tzinfo=UTC)
LANE = LaneState(load_board("simulated").barrier, frozenset(), since=40.0)
NOBODY = SiteFigures("2026-03-03", 0, 0, 0, 0, 0, 0, 0, 0)
HELD = RegistryHeld(
    5, NOON - timedelta(hours=1), NOON + timedelta(days=1), Policy(occupancy=OccupancyRule(stop=600))
)
BEGAN = FactWatch(10.0, Since(Device("opening"), 10.0))
PLAIN = GateReadings(
    50.0, WallTime(NOON, ClockTrust.TRUSTED), LANE, NOBODY, Crowding.ROOM, HELD, None, None, CentreLink(True)
)


def facts(*looks: GateReadings, watch: FactWatch = BEGAN) -> Facts:
    for readings in looks:
        watch = watch.looked(readings)
    return watch.facts(looks[-1])


def broken(found: Facts) -> set[str]:
    parts = ("lane", "registry", "clock", "link", "camera", "thermometer")
    return {name for name in parts if getattr(getattr(found, name), "broken", False)}


@pytest.mark.parametrize(
    ("readings", "wrong"),
    [
        (PLAIN, set()),
        (replace(PLAIN, lane=changed(LANE, phase=Phase.OPENING)), set()),
        (replace(PLAIN, lane=changed(LANE, phase=Phase.HELD_OPEN_BY_STAFF)), set()),
        (replace(PLAIN, lane=changed(LANE, phase=Phase.LOCKED, lockdown=True)), set()),
        (replace(PLAIN, lane=changed(LANE, phase=Phase.FORCED)), {"lane"}),
        (replace(PLAIN, lane=changed(LANE, phase=Phase.HELD_TOO_LONG)), {"lane"}),
        (replace(PLAIN, lane=changed(LANE, phase=Phase.FIRE)), {"lane"}),
        (replace(PLAIN, lane=changed(LANE, out_of_order="motor")), {"lane"}),
        (replace(PLAIN, registry=None), {"registry"}),
        (replace(PLAIN, registry=replace(HELD, expires=NOON)), {"registry"}),
        (replace(PLAIN, registry=replace(HELD, issued=NOON - timedelta(days=8))), {"registry"}),
        (replace(PLAIN, wall=WallTime(NOON, ClockTrust.HOLDOVER)), set()),
        (replace(PLAIN, wall=WallTime(NOON, ClockTrust.UNTRUSTED)), {"clock"}),
        (replace(PLAIN, link=CentreLink(False)), set()),
        (replace(PLAIN, link=CentreLink(True, 3, 50.0 - LATE_AFTER)), set()),
        (replace(PLAIN, link=CentreLink(True, 3, 49.0 - LATE_AFTER)), {"link"}),
        (replace(PLAIN, thermometer=Device("working")), set()),
        (replace(PLAIN, thermometer=Device("silent")), {"thermometer"}),
    ],
)
def test_what_is_not_as_it_should_be(readings: GateReadings, wrong: set[str]) -> None:
    assert broken(facts(readings)) == wrong


@pytest.mark.parametrize(
    ("state", "wrong"),
    [("opening", False), ("streaming", False), ("finished", False), ("none", False)]
    + [(state, True) for state in ("blind", "gone", "stalled", "failed")],
)
def test_a_camera_that_sees_nothing_is_broken(state: str, wrong: bool) -> None:
    found = facts(PLAIN, watch=BEGAN.device(Device(state, "why"), 30.0))
    assert (found.camera.broken, found.camera.since, found.camera.detail) == (
        wrong,
        10.0 if state == "opening" else 30.0,
        "why",
    )


def test_a_state_that_is_said_again_is_no_newer() -> None:
    watch = BEGAN.device(Device("blind", "black"), 30.0).device(Device("blind", "all of one colour"), 40.0)
    assert facts(PLAIN, watch=watch).camera.since == 30.0


def test_each_fact_holds_since_it_changed_and_none_before_the_start() -> None:
    later = replace(
        PLAIN, now=70.0, wall=WallTime(NOON, ClockTrust.UNTRUSTED), figures=changed(NOBODY, inside=3)
    )
    found = facts(PLAIN, later, replace(later, now=90.0))
    assert (found.clock.since, found.inside.since, found.registry.since) == (70.0, 70.0, 10.0)
    assert found.lane.since == 40.0


def test_a_clock_set_by_a_day_makes_nothing_younger_than_now() -> None:
    for step in (timedelta(days=1), timedelta(days=-1)):
        watch, when = BEGAN, []
        for second in range(5):
            at = NOON + timedelta(seconds=second) + (step if second > 1 else timedelta(0))
            readings = replace(PLAIN, now=50.0 + second, wall=WallTime(at, ClockTrust.TRUSTED))
            found = facts(readings, watch=watch)
            watch = watch.looked(readings)
            when += [found.lane.since, found.inside.since, found.registry.since, found.link.since]
            assert all(since <= readings.now for since in when)


def test_how_full_it_is_and_how_sure_that_is() -> None:
    figures = changed(NOBODY, inside=412, estimated=3)
    found = facts(replace(PLAIN, figures=figures, crowding=Crowding.STOPPED)).inside
    assert (found.inside, found.most, found.estimated, found.full) == (412, 600, True, True)


def test_the_link_went_when_what_waits_began_to_wait() -> None:
    down = replace(PLAIN, now=500.0, link=CentreLink(True, 213, 120.0))
    found = facts(PLAIN, down).link
    assert (found.since, found.waiting) == (120.0, 213)
    up = facts(PLAIN, down, replace(PLAIN, now=510.0, link=CentreLink(True, 2, 509.0))).link
    assert (up.since, up.waiting, up.broken) == (510.0, 0, False)


def test_a_hold_says_who_holds_it_and_until_when() -> None:
    held = changed(LANE, phase=Phase.HELD_OPEN_BY_STAFF, until=350.0, held_by="wang")
    found = facts(replace(PLAIN, lane=held)).lane
    assert (found.held_by, found.until) == ("wang", 350.0)
    assert facts(replace(PLAIN, lane=changed(LANE, until=60.0))).lane.until is None


def test_held_entries_say_by_whom_why_and_since_when() -> None:
    hold = EntryHold(NOON + timedelta(minutes=30), "Wang Fang", "full", 1850.0, 60.0)
    held = replace(PLAIN, now=70.0, hold=hold)
    found = facts(PLAIN, held, replace(held, now=90.0, hold=hold.charged_on(90.0))).held
    assert found == HeldFact(hold.until, "Wang Fang", "full", 70.0)
    assert facts(held, replace(PLAIN, now=95.0)).held is None


def test_how_far_the_clock_is_off_the_centres() -> None:
    central = CentralTime(NOON + timedelta(seconds=30), 50.0, 50.0)
    assert facts(replace(PLAIN, central=central)).clock.off == pytest.approx(-30.0)


def test_scanners_stand_beside_the_camera_by_their_names() -> None:
    watch = BEGAN.scanner("lane", Device("working"), 20.0).scanner("desk", Device("gone", "unplugged"), 25.0)
    watch = watch.scanner("lane", Device("working", "again"), 30.0)
    found = facts(PLAIN, watch=watch).scanners
    assert [(each.name, each.since, each.broken) for each in found] == [
        ("desk", 25.0, True),
        ("lane", 20.0, False),
    ]
