"""Who went through, by the beams: the one let through, somebody behind them, or somebody unasked."""

from __future__ import annotations

from edge.boards.format import Drive, InputName
from edge.decision import Direction
from edge.journal.format import (
    Counted,
    LaneCrawlBack,
    LaneIntrusion,
    LanePassed,
    LaneTailgating,
    LaneUnclear,
    LaneWrongDirection,
)
from edge.lane.machine.beams import Beams, Crossing, observe
from edge.lane.machine.settling import settle
from edge.lane.machine.signals import LanePrompt
from edge.lane.machine.state import BEAMS, RESTING, STANDS_OPEN, Credit, LaneState, Phase
from edge.lane.machine.transition import Transition

SHUT = RESTING | {Phase.FAULT}


def on_beams(transition: Transition) -> None:
    """One beam, or a stuck one, tells no direction; it still keeps a powered barrier from closing."""
    state = transition.state
    if state.blind and state.phase in RESTING and BEAMS.isdisjoint(state.active):
        transition.become(blind=False)
    if not state.counts:
        return
    outer, inner = InputName.BEAM_OUTER in state.active, InputName.BEAM_INNER in state.active
    beams, crossing = observe(state.beams, outer, inner, transition.now)
    transition.become(beams=beams)
    if crossing is not None:
        _on_crossing(transition, crossing)
    settle_late(transition)


def settle_late(transition: Transition) -> None:
    """A door fell shut while somebody was between the beams: now they are clear, or stuck, and it is told."""
    if transition.state.phase in SHUT and (transition.state.credits or transition.state.passed):
        settle(transition)


def lose_sight(transition: Transition) -> None:
    """For the rest of this opening the beams cannot be relied on: who passes is estimated."""
    transition.become(blind=True, beams=Beams())
    settle_late(transition)


def _on_crossing(transition: Transition, crossing: Crossing) -> None:
    state = transition.state
    if crossing.direction is None:
        transition.record(LaneUnclear(why="both beams at once"))
        if state.phase not in RESTING or state.credits:
            lose_sight(transition)
        return
    way, counted = crossing.direction, _counted(crossing)
    if not crossing.passed:
        transition.record(LaneCrawlBack(way, counted))
        return
    credit = _credit_for(state, crossing.direction)
    if credit is not None:
        transition.record(LanePassed(way, counted, credit.cause, credit.reference))
        rest = tuple(other for other in state.credits if other is not credit)
        pulsed = state.barrier.drive is Drive.PULSE  # its own controller closes it, in its own time
        transition.become(credits=rest)
        if not rest and state.phase is Phase.OPEN and state.barrier.powered and not pulsed:
            transition.become(until=transition.now + state.barrier.clear_time)
    elif state.phase in {Phase.HELD_OPEN_BY_STAFF, Phase.FIRE}:
        transition.record(LanePassed(way, counted, state.phase))
    else:
        transition.record(_unasked(state, way)(way, counted))
        transition.prompt(LanePrompt.ONE_AT_A_TIME)
    if state.phase not in RESTING or credit is not None:
        transition.become(passed=state.passed | {crossing.direction})


def _counted(crossing: Crossing) -> Counted:
    return "counted" if crossing.certain else "estimated"


def _credit_for(state: LaneState, direction: Direction) -> Credit | None:
    """The credit that this passage uses up: one of its own direction before one of either."""
    own = (credit for credit in state.credits if credit.direction is direction)
    either = (credit for credit in state.credits if credit.direction is None)
    return next(own, None) or next(either, None)


def _unasked(
    state: LaneState, direction: Direction
) -> type[LaneTailgating | LaneWrongDirection | LaneIntrusion]:
    """What it is called when somebody passes for whom nothing was opened."""
    if direction in state.passed:
        return LaneTailgating
    if state.phase in STANDS_OPEN or state.phase is Phase.CLOSING:
        return LaneWrongDirection
    return LaneIntrusion
