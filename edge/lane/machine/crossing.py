"""Who went through, by the beams: the one let through, somebody behind them, or somebody unasked."""

from __future__ import annotations

from edge.boards.format.board import InputName
from edge.boards.format.kinds import Drive
from edge.decision.evidence import Direction
from edge.lane.machine.beams import Beams, Crossing, observe
from edge.lane.machine.settling import settle
from edge.lane.machine.signals import LaneEvent, LanePrompt
from edge.lane.machine.state import BEAMS, RESTING, STANDS_OPEN, Credit, LaneState, Phase
from edge.lane.machine.transition import Turn, who

SHUT = RESTING | {Phase.FAULT}


def on_beams(turn: Turn) -> None:
    """One beam, or a stuck one, tells no direction; it still keeps a powered barrier from closing."""
    state = turn.state
    if state.blind and state.phase in RESTING and BEAMS.isdisjoint(state.active):
        turn.become(blind=False)
    if not state.counts:
        return
    outer, inner = InputName.BEAM_OUTER in state.active, InputName.BEAM_INNER in state.active
    beams, crossing = observe(state.beams, outer, inner, turn.now)
    turn.become(beams=beams)
    if crossing is not None:
        _on_crossing(turn, crossing)
    settle_late(turn)


def settle_late(turn: Turn) -> None:
    """A door fell shut while somebody was between the beams: now they are clear, or stuck, and it is told."""
    if turn.state.phase in SHUT and (turn.state.credits or turn.state.passed):
        settle(turn)


def lose_sight(turn: Turn) -> None:
    """For the rest of this opening the beams cannot be relied on: who passes is estimated."""
    turn.become(blind=True, beams=Beams())
    settle_late(turn)


def _on_crossing(turn: Turn, crossing: Crossing) -> None:
    state = turn.state
    if crossing.direction is None:
        turn.record(LaneEvent.UNCLEAR, why="both beams at once")
        if state.phase not in RESTING or state.credits:
            lose_sight(turn)
        return
    way = {
        "direction": crossing.direction.value,
        "counted": "counted" if crossing.certain else "estimated",
    }
    if not crossing.passed:
        turn.record(LaneEvent.CRAWL_BACK, **way)
        return
    credit = _credit_for(state, crossing.direction)
    if credit is not None:
        turn.record(LaneEvent.PASSED, **way, **who(credit))
        rest = tuple(other for other in state.credits if other is not credit)
        pulsed = state.barrier.drive is Drive.PULSE  # its own controller closes it, in its own time
        turn.become(credits=rest)
        if not rest and state.phase is Phase.OPEN and state.barrier.powered and not pulsed:
            turn.become(until=turn.now + state.barrier.clear_time)
    elif state.phase in {Phase.PROPPED, Phase.FIRE}:
        turn.record(LaneEvent.PASSED, **way, cause=state.phase.value)
    else:
        turn.record(_unasked(state, crossing.direction), **way)
        turn.prompt(LanePrompt.ONE_AT_A_TIME)
    if state.phase not in RESTING or credit is not None:
        turn.become(passed=state.passed | {crossing.direction})


def _credit_for(state: LaneState, direction: Direction) -> Credit | None:
    """The credit that this passage uses up: one of its own direction before one of either."""
    own = (credit for credit in state.credits if credit.direction is direction)
    either = (credit for credit in state.credits if credit.direction is None)
    return next(own, None) or next(either, None)


def _unasked(state: LaneState, direction: Direction) -> LaneEvent:
    """What it is called when somebody passes for whom nothing was opened."""
    if direction in state.passed:
        return LaneEvent.TAILGATING
    if state.phase in STANDS_OPEN or state.phase is Phase.CLOSING:
        return LaneEvent.WRONG_DIRECTION
    return LaneEvent.INTRUSION
