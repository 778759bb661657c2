"""Who went through, by the beams: the person granted, somebody behind them, or an intruder."""

from __future__ import annotations

from typing import Any

import pytest

from edge.boards.format import Barrier, InputName
from edge.decision import Direction
from edge.lane.machine.beams import AT_ONCE, Beams
from edge.lane.machine.crossing import lose_sight, on_beams, settle_late
from edge.lane.machine.signals import Cause
from edge.lane.machine.state import BEAMS, Credit, Phase
from edge.lane.machine.transition import Transition
from tests.edge.lane.machine.one_step import (
    ALL,
    BOOM,
    LOCK,
    NOW,
    PULSED_BOOM,
    bodies,
    prompts,
    recorded,
    transition,
)

IN, OUT = Direction.ENTRY, Direction.EXIT
OUTER, INNER = InputName.BEAM_OUTER, InputName.BEAM_INNER
ANN, BOB = Credit("ann", Cause.GRANT, IN), Credit("bob", Cause.GRANT, OUT)
EITHER = Credit("", Cause.OVERRIDE, None)
Levels = tuple[set[InputName], ...]
INWARDS: Levels = ({OUTER}, {OUTER, INNER}, {INNER}, set())
OUTWARDS: Levels = ({INNER}, {OUTER, INNER}, {OUTER}, set())
BACK: Levels = ({OUTER}, {OUTER, INNER}, {OUTER}, set())


def walked(made: Transition, *levels: set[InputName]) -> Transition:
    """The same lane after the beams went through these levels, slowly enough to see which came first."""
    for active in levels:
        made.now += 2.0 * AT_ONCE
        made.become(active=dict.fromkeys(active, made.now))
        on_beams(made)
    return made


@pytest.mark.parametrize(
    ("levels", "fields", "kind", "left"),
    [
        (INWARDS, {"credits": (ANN,)}, "lane_passed", ()),
        (OUTWARDS, {"credits": (ANN,)}, "lane_wrong_direction", (ANN,)),
        (INWARDS, {"credits": (EITHER, ANN)}, "lane_passed", (EITHER,)),  # their own before one for either
        (OUTWARDS, {"credits": (EITHER, ANN)}, "lane_passed", (ANN,)),
        (BACK, {"credits": (ANN,)}, "lane_crawl_back", (ANN,)),
        (INWARDS, {"passed": frozenset({IN})}, "lane_tailgating", ()),
        (INWARDS, {"passed": frozenset({OUT})}, "lane_wrong_direction", ()),
        (INWARDS, {"phase": Phase.CLOSING}, "lane_wrong_direction", ()),
        (INWARDS, {"phase": Phase.CLOSED}, "lane_intrusion", ()),
        (INWARDS, {"phase": Phase.LOCKED}, "lane_intrusion", ()),
        (INWARDS, {"phase": Phase.FORCED}, "lane_intrusion", ()),
        (INWARDS, {"phase": Phase.HELD_OPEN_BY_STAFF}, "lane_passed", ()),
        (INWARDS, {"phase": Phase.FIRE}, "lane_passed", ()),
    ],
)
def test_what_a_passage_is(
    levels: Levels, fields: dict[str, Any], kind: str, left: tuple[Credit, ...]
) -> None:
    known: dict[str, Any] = {"phase": Phase.OPEN, "moved": True} | fields
    made = walked(transition(BOOM, **known), *levels)
    assert recorded(made)[0] == kind
    if made.state.phase is not Phase.CLOSED:
        assert made.state.credits == left
    unasked = kind in {"lane_tailgating", "lane_wrong_direction", "lane_intrusion"}
    assert prompts(made) == (["lane_one_at_a_time"] if unasked else [])


def test_a_passage_is_counted_with_its_direction_and_its_grant() -> None:
    made = walked(transition(BOOM, phase=Phase.OPEN, credits=(ANN,)), *INWARDS)
    [event] = bodies(made)
    assert (event.direction, event.counted, event.cause, event.reference) == (IN, "counted", "grant", "ann")
    assert made.state.passed == {IN}


@pytest.mark.parametrize(
    ("barrier", "people", "soon"),
    [
        (BOOM, (ANN,), True),
        (BOOM, (ANN, BOB), False),  # one more is to come
        (PULSED_BOOM, (ANN,), False),  # its own controller closes it
        (LOCK, (ANN,), False),
    ],
)
def test_after_the_last_has_passed_it_closes_as_soon_as_the_way_is_clear(
    barrier: Barrier, people: tuple[Credit, ...], soon: bool
) -> None:
    made = walked(transition(barrier, phase=Phase.OPEN, credits=people, until=NOW + 99.0), *INWARDS)
    assert made.state.until == (made.now + barrier.clear_time if soon else NOW + 99.0)


@pytest.mark.parametrize(
    ("phase", "people", "blind"),
    [(Phase.OPEN, (), True), (Phase.CLOSED, (), False), (Phase.CLOSED, (ANN,), True)],
)
def test_both_beams_at_once_show_no_direction(phase: Phase, people: tuple[Credit, ...], blind: bool) -> None:
    made = transition(BOOM, phase=phase, credits=people)
    for active in (BEAMS, frozenset[InputName]()):
        made.now += AT_ONCE / 10.0
        made.become(active=dict.fromkeys(active, made.now))
        on_beams(made)
    assert recorded(made)[0] == "lane_unclear"
    if not people:
        assert made.state.blind is blind


@pytest.mark.parametrize("beams", [{OUTER}, {INNER}, set()])
def test_fewer_than_two_beams_show_nothing(beams: set[InputName]) -> None:
    made = walked(transition(BOOM, wired=(ALL - BEAMS) | beams, phase=Phase.OPEN, credits=(ANN,)), *INWARDS)
    assert (recorded(made), made.state.credits) == ([], (ANN,))


@pytest.mark.parametrize(
    ("phase", "active", "blind"),
    [
        (Phase.CLOSED, set(), False),
        (Phase.LOCKED, set(), False),
        (Phase.CLOSED, {OUTER}, True),
        (Phase.OPEN, set(), True),
    ],
)
def test_blind_beams_are_believed_again_at_rest_once_clear(
    phase: Phase, active: set[InputName], blind: bool
) -> None:
    made = transition(BOOM, phase=phase, blind=True, active=active)
    on_beams(made)
    assert made.state.blind is blind


@pytest.mark.parametrize(
    ("phase", "settled"),
    [(Phase.CLOSED, True), (Phase.LOCKED, True), (Phase.FAULT, True), (Phase.OPEN, False)],
)
def test_an_opening_is_settled_once_it_is_shut_and_nobody_is_between_the_beams(
    phase: Phase, settled: bool
) -> None:
    made = transition(BOOM, phase=phase, credits=(ANN,))
    settle_late(made)
    assert (made.state.credits == ()) is settled


def test_without_sight_passages_are_estimates() -> None:
    made = walked(transition(BOOM, phase=Phase.OPEN, credits=(ANN,)), {OUTER})
    lose_sight(made)
    assert (made.state.blind, made.state.beams) == (True, Beams())
    assert made.state.credits == (ANN,)
