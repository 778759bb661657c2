"""Decides by the beams who went through: the person granted, somebody behind them, or an intruder."""

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
    """Follow the beams. One beam, or a stuck one, shows no direction but still keeps a barrier open."""
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
    """Settle an opening whose door fell shut with somebody between the beams, now clear or stuck."""
    if transition.state.phase in SHUT and (transition.state.credits or transition.state.passed):
        settle(transition)


def lose_sight(transition: Transition) -> None:
    """Stop relying on the beams for the rest of this opening: from here on passages are estimates."""
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
    """The credit that this passage uses: one for its direction before one for either direction."""
    own = (credit for credit in state.credits if credit.direction is direction)
    either = (credit for credit in state.credits if credit.direction is None)
    return next(own, None) or next(either, None)


def _unasked(
    state: LaneState, direction: Direction
) -> type[LaneTailgating | LaneWrongDirection | LaneIntrusion]:
    """What to call it when somebody passes without a credit."""
    if direction in state.passed:
        return LaneTailgating
    if state.phase in STANDS_OPEN or state.phase is Phase.CLOSING:
        return LaneWrongDirection
    return LaneIntrusion
