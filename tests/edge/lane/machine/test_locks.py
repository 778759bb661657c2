"""Locks: let go for the whole of their time for whoever leaves, until the door has opened for a grant."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from msgspec.structs import replace

from edge.boards.format import Barrier
from edge.decision import Direction
from edge.lane.machine.locks import (
    MOST_STILL,
    SECURES_AFTER,
    door_opened,
    door_shut,
    held_no_longer,
    late,
    late_over_at,
    notice_stillness,
    release,
    released_for_long_enough,
    secure,
    settle_late_comers,
)
from edge.lane.machine.signals import Cause
from edge.lane.machine.state import BEAMS, Credit, LockRelease, Phase
from tests.edge.lane.machine.one_step import (
    ALL,
    BOOM,
    CONTACT,
    LOCK,
    NOW,
    STRIKE,
    bodies,
    recorded,
    transition,
)

OPEN_TIME = LOCK.open_time
ANN = Credit("ref-1", Cause.GRANT, Direction.ENTRY)
BUTTON = Credit("", Cause.OVERRIDE, None)
OPEN: dict[str, Any] = {"phase": Phase.OPEN, "active": (CONTACT,)}
FOR_ANN = LockRelease(NOW + 3.0, assured=False)
FOR_THE_STAFF = LockRelease(NOW + 3.0, assured=True)


@pytest.mark.parametrize(
    ("barrier", "phase", "marked"),
    [
        (LOCK, Phase.CLOSED, None),
        (LOCK, Phase.OPENING, None),
        (LOCK, Phase.OPEN, NOW + OPEN_TIME),
        (LOCK, Phase.HELD_TOO_LONG, NOW + OPEN_TIME),
        (LOCK, Phase.FORCED, NOW + OPEN_TIME),
        (LOCK, Phase.HELD_OPEN_BY_STAFF, None),
        (BOOM, Phase.OPEN, None),
    ],
)
def test_whoever_is_let_through_a_door_that_stands_open_has_it_released_again(
    barrier: Barrier, phase: Phase, marked: float | None
) -> None:
    assert late(transition(barrier, phase=phase), ANN).late == marked


@pytest.mark.parametrize(
    ("fields", "phase", "events"),
    [
        ({}, Phase.OPENING, ["lane_opened"]),
        ({"active": (CONTACT,), "phase": Phase.FAULT}, Phase.OPEN, ["lane_opened"]),
        ({"phase": Phase.OPENING, "release": FOR_ANN}, Phase.OPENING, []),
        (OPEN, Phase.OPEN, ["lane_opened"]),
        ({"phase": Phase.FORCED, "active": (CONTACT,)}, Phase.FORCED, ["lane_opened"]),
        ({"phase": Phase.HELD_OPEN_BY_STAFF}, Phase.HELD_OPEN_BY_STAFF, []),
        ({"phase": Phase.FIRE}, Phase.FIRE, []),
    ],
)
def test_a_release_counts_from_now_in_every_phase(
    fields: dict[str, Any], phase: Phase, events: list[str]
) -> None:
    made = transition(LOCK, **fields)
    release(made, Cause.GRANT, "ref-1", assured=False)
    assert made.state.release == LockRelease(NOW + OPEN_TIME, assured=False)
    assert (made.state.phase, recorded(made)) == (phase, events)
    assert (made.state.raised == NOW) is bool(events)


@pytest.mark.parametrize(
    ("before", "assured", "after"),
    [(None, False, False), (None, True, True), (FOR_ANN, False, False), (FOR_THE_STAFF, False, True)],
)
def test_a_grant_cuts_no_release_short_that_is_for_the_whole_time(
    before: LockRelease | None, assured: bool, after: bool
) -> None:
    made = transition(LOCK, phase=Phase.OPENING if before else Phase.CLOSED, release=before)
    release(made, Cause.GRANT, "", assured=assured)
    assert made.state.release is not None
    assert made.state.release.assured is after


@pytest.mark.parametrize(("assured", "pulses"), [(False, False), (True, True)])
def test_a_running_impulse_is_begun_anew_for_the_staff_only(assured: bool, pulses: bool) -> None:
    made = transition(STRIKE)
    release(made, Cause.GRANT, "", assured=False)
    running = made.state.impulse
    made.now += 0.2
    release(made, Cause.OVERRIDE, "", assured=assured)
    assert (made.state.impulse != running) is pulses
    assert recorded(made) == ["lane_opened"]


@pytest.mark.parametrize(("before", "secure_at"), [(FOR_ANN, NOW + SECURES_AFTER), (FOR_THE_STAFF, inf)])
def test_a_grants_lock_is_secured_once_its_door_has_stood_open(before: LockRelease, secure_at: float) -> None:
    made = transition(LOCK, phase=Phase.OPENING, release=before)
    door_opened(made)
    assert made.state.release is not None
    assert made.state.release.secure_at == secure_at
    assert (made.state.phase, made.state.until) == (Phase.OPEN, NOW + LOCK.held_time)


def test_a_flicker_of_the_contact_ends_no_release() -> None:
    made = transition(LOCK, phase=Phase.OPEN, release=LockRelease(NOW + 3.0, False, NOW + 0.1))
    assert door_shut(made) == ()
    assert made.state.release == FOR_ANN
    assert (made.state.phase, made.state.until) == (Phase.OPENING, NOW + 3.0)


@pytest.mark.parametrize(
    ("raised", "phase", "after"),
    [
        (NOW - 1.0, Phase.OPEN, Phase.OPENING),  # its own timer still releases it
        (NOW - OPEN_TIME, Phase.OPEN, Phase.CLOSED),
        (NOW - 1.0, Phase.FORCED, Phase.CLOSED),
    ],
)
def test_a_rattle_of_a_pulsed_strike_is_no_passage(raised: float, phase: Phase, after: Phase) -> None:
    made = transition(STRIKE, phase=phase, raised=raised, moved=True)
    door_shut(made)
    assert made.state.phase is after


def test_those_let_through_late_are_let_through_again_as_it_shuts() -> None:
    in_time, too_late = (
        Credit(name, Cause.GRANT, None, NOW + left) for name, left in (("b", 1.0), ("c", 0.0))
    )
    made = transition(LOCK, wired=ALL - BEAMS, phase=Phase.OPEN, credits=(ANN, in_time, too_late), moved=True)
    assert door_shut(made) == (in_time,)
    assert (made.state.phase, made.state.credits) == (Phase.CLOSED, ())
    assert [event.reference for event in bodies(made) if event.kind == "lane_passed"] == ["ref-1", "c"]


def test_a_lock_that_is_released_yet_waits_for_the_rest_of_its_time() -> None:
    made = transition(LOCK, phase=Phase.OPEN, release=FOR_THE_STAFF, credits=(ANN,))
    door_shut(made)
    assert made.state.credits == (), "settled: this was their opening"
    assert (made.state.phase, made.state.until) == (Phase.OPENING, NOW + 3.0)


@pytest.mark.parametrize(
    ("fields", "phase", "until"),
    [
        ({"active": (CONTACT,)}, Phase.OPEN, NOW + LOCK.held_time),
        ({"active": (CONTACT,), "break_in": NOW - 9.0}, Phase.FORCED, None),
        ({}, Phase.CLOSED, None),
        ({"release": FOR_THE_STAFF}, Phase.OPENING, NOW + 3.0),
        ({"release": LockRelease(NOW + 3.0, False, NOW + 0.2)}, Phase.OPENING, NOW + 0.2),
    ],
)
def test_what_follows_a_hold(fields: dict[str, Any], phase: Phase, until: float | None) -> None:
    made = transition(LOCK, phase=Phase.HELD_OPEN_BY_STAFF, **fields)
    held_no_longer(made)
    assert made.state.phase is phase
    assert made.state.until == pytest.approx(until)


@pytest.mark.parametrize(
    ("phase", "still", "credits_left"),
    [
        (Phase.OPENING, 1, 1),
        (Phase.HELD_TOO_LONG, 1, 0),
        (Phase.FORCED, 1, 0),
        (Phase.HELD_OPEN_BY_STAFF, 0, 1),
        (Phase.FIRE, 0, 1),
    ],
)
def test_the_end_of_a_release(phase: Phase, still: int, credits_left: int) -> None:
    made = transition(LOCK, phase=phase, release=FOR_ANN, raised=NOW - OPEN_TIME, credits=(ANN,))
    released_for_long_enough(made)
    assert made.state.release is None
    assert (made.state.still, len(made.state.credits)) == (still, credits_left)


@pytest.mark.parametrize(
    ("barrier", "phase", "wired", "over_at"),
    [
        (LOCK, Phase.OPEN, ALL - BEAMS, NOW + 1.0),
        (LOCK, Phase.OPEN, ALL, None),  # the beams tell
        (LOCK, Phase.FORCED, ALL, NOW + 1.0),
        (LOCK, Phase.CLOSED, ALL - BEAMS, None),
        (BOOM, Phase.OPEN, ALL - BEAMS, None),
    ],
)
def test_when_whoever_was_let_through_late_does_not_come_any_more(
    barrier: Barrier, phase: Phase, wired: frozenset[Any], over_at: float | None
) -> None:
    people = tuple(Credit("", Cause.GRANT, None, late) for late in (None, NOW + 2.0, NOW + 1.0))
    assert late_over_at(transition(barrier, phase=phase, wired=wired, credits=people).state) == over_at


def test_late_comers_are_settled_each_at_their_time() -> None:
    over, yet = Credit("over", Cause.GRANT, None, NOW), Credit("yet", Cause.GRANT, None, NOW + 0.1)
    made = transition(LOCK, wired=ALL - BEAMS, moved=True, credits=(ANN, over, yet), **OPEN)
    settle_late_comers(made)
    assert made.state.credits == (ANN, yet)
    assert [event.reference for event in bodies(made)] == ["over"]


@pytest.mark.parametrize(
    ("active", "words"), [((), "sticks"), ((CONTACT,), "its wire is cut or its magnet gone")]
)
def test_a_contact_that_never_moves_is_told_of_once(active: tuple[Any, ...], words: str) -> None:
    made = transition(LOCK, active=active)
    for _ in range(MOST_STILL + 3):
        notice_stillness(made, NOW - 5.0)
    [event] = bodies(made)
    assert words in event.what


@pytest.mark.parametrize(
    ("wired", "moved_at", "still"),
    [(ALL, NOW - 5.1, 1), (ALL, NOW - 5.0, 0), (ALL - {CONTACT}, NOW - 9.0, 0)],
)
def test_a_contact_that_moved_since_is_not_still(wired: frozenset[Any], moved_at: float, still: int) -> None:
    made = transition(LOCK, wired=wired, moved_at=moved_at)
    notice_stillness(made, NOW - 5.0)
    assert made.state.still == still


@pytest.mark.parametrize(
    ("fields", "secured", "refused"),
    [
        ({"phase": Phase.OPENING, "release": FOR_ANN}, True, ["ref-1"]),
        ({"phase": Phase.OPEN, "active": (CONTACT,), "release": FOR_ANN}, True, []),  # as the door has shut
        ({"phase": Phase.OPENING, "release": FOR_THE_STAFF}, False, []),
        ({"phase": Phase.HELD_OPEN_BY_STAFF, "release": FOR_ANN}, False, []),
        ({"phase": Phase.FIRE, "release": FOR_ANN}, False, []),
    ],
)
def test_a_lockdown_ends_a_grants_release_and_nobody_elses(
    fields: dict[str, Any], secured: bool, refused: list[str]
) -> None:
    made = transition(LOCK, credits=(ANN, BUTTON), **fields)
    secure(made)
    assert (made.state.release is None) is secured
    assert [event.reference for event in bodies(made) if event.kind == "lane_grant_refused"] == refused
    assert [event.reference for event in bodies(made) if event.kind == "lane_no_entry"] == (
        [""] if refused else []
    )


def test_a_lockdown_leaves_whom_an_exit_has_let_out() -> None:
    leaves = replace(ANN, direction=Direction.EXIT)
    made = transition(LOCK, credits=(leaves,), phase=Phase.OPENING, release=FOR_ANN)
    secure(made)
    assert (made.state.release, made.state.credits) == (FOR_ANN, (leaves,))
