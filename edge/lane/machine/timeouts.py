"""Deadlines of a lane: what is due when, and what then happens."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from edge.boards.format import Drive, InputName, OutputName
from edge.journal.format import LaneEvent, LaneOverrideStuck, LaneSensorFault
from edge.lane.machine.alarms import break_in_over_at, end_break_in_by_rule
from edge.lane.machine.buttons import end_abuse, long_press
from edge.lane.machine.closing import close_or_wait, fault, hold_too_long, what_blocks
from edge.lane.machine.crossing import lose_sight
from edge.lane.machine.fire import quiet_for_long_enough
from edge.lane.machine.holds import end_hold
from edge.lane.machine.interlock import (
    claim,
    give_up,
    may_claim_at,
    may_open_at,
    note_open,
    open_claimed,
)
from edge.lane.machine.locks import late_over_at, released_for_long_enough, settle_late_comers
from edge.lane.machine.motion import fell, go_on_opening, renew, stand_by_missed
from edge.lane.machine.settling import rest
from edge.lane.machine.state import BEAMS, IN_THE_SWING, LaneState, Phase
from edge.lane.machine.transition import MINUTE, Transition


class Due(StrEnum):
    """The kinds of deadline."""

    PHASE = "phase"  # the phase's own time is over
    IMPULSE = "impulse"  # a relay has been on for long enough
    CLEAR = "clear"  # the way has been clear for long enough
    RENEWAL = "renewal"  # a barrier that closes by itself needs its impulse again to stay open
    MAY_CLAIM = "may_claim"  # the other gate has had its time to go first
    CLAIM = "claim"  # the other gate has had its time to object
    WAIT = "wait"  # somebody has waited for the other gate for too long
    LONG_PRESS = "long_press"
    RELEASE = "release"  # a lock has been let go for long enough
    STAND_BY = "stand_by"  # a barrier that is held open ought to stand open by now
    FIRE_QUIET = "fire_quiet"  # the fire input has been quiet for long enough
    BREAK_IN = "break_in"  # the alarm of a forced barrier ends by the board's rule
    FELL = "fell"  # a barrier that ought to stand open has been seen shut for too long
    LATE = "late"  # somebody let through while the door stood open does not come any more
    ABUSE = "abuse"  # the button has been abused, and its minute is over


What = Due | InputName | LaneEvent
"""What is due: one of the above, an input to report as stuck, or a kind of event counted for a minute."""

_MAY_STICK = BEAMS | {InputName.OVERRIDE, InputName.DURESS, InputName.EXIT_REQUEST} | IN_THE_SWING


def deadlines(state: LaneState) -> list[tuple[What, float]]:
    """Every deadline of the state, as (what, monotonic seconds)."""
    barrier, button = state.barrier, state.button
    renews = barrier.drive is Drive.PULSE and state.kept_open
    pressed = button.down is not None and not button.held
    due: list[tuple[What, float | None]] = [
        (Due.PHASE, state.until),
        (Due.IMPULSE, None if state.impulse is None else state.impulse.until),
        (Due.CLEAR, state.clear_at),
        (Due.RENEWAL, state.raised + barrier.open_time / 2.0 if renews else None),
        (Due.MAY_CLAIM, may_claim_at(state)),
        (Due.CLAIM, may_open_at(state)),
        (Due.WAIT, state.waiting[0].until if state.waiting else None),
        (Due.LONG_PRESS, (button.down or 0.0) + barrier.long_press if pressed else None),
        (Due.RELEASE, None if state.release is None else state.release.over_at),
        (Due.STAND_BY, state.stand_by),
        (Due.FIRE_QUIET, None if state.fire is None else state.fire.quiet_at),
        (Due.BREAK_IN, break_in_over_at(state)),
        (Due.FELL, state.fell_at if state.seen_shut else None),
        (Due.LATE, late_over_at(state)),
        (Due.ABUSE, button.abused),
    ]
    due += [
        (line, since + barrier.stuck_time)
        for line, since in state.active.items()
        if line in _MAY_STICK and line not in state.stuck
    ]
    due += [(event, repeat.since + MINUTE) for event, repeat in state.repeats.items() if repeat.folded]
    return [(what, time) for what, time in due if time is not None]


def expire(transition: Transition) -> None:
    """Meet the deadlines that have come, each once and the earliest first.

    What follows is timed from `now`, not from when it was due: an impulse keeps its length even if the
    process was held up.
    """
    for what, time in sorted(deadlines(transition.state), key=lambda due: due[1]):
        if time <= transition.now and (what, time) in deadlines(
            transition.state
        ):  # an earlier one may have undone it
            _meet(transition, what)
            note_open(transition)


def _meet(transition: Transition, what: What) -> None:
    match what:
        case Due():
            _DUE[what](transition)
        case InputName():
            _report_stuck(transition, what)
        case LaneEvent():
            transition.record_folded(what)


def _next_impulse(transition: Transition) -> None:
    ended = transition.state.impulse
    following = () if ended is None else ended.then
    transition.impulse(*following)
    if following and following[0] is OutputName.RELAY_OPEN:
        transition.become(raised=transition.now)
    if following and following[0] is OutputName.RELAY_CLOSE:
        transition.become(lowered=transition.now)
    if following and transition.state.phase in {Phase.OPENING, Phase.CLOSING}:
        transition.become(
            until=transition.now + transition.state.barrier.travel
        )  # it was halted first: it moves from now on


def _report_stuck(transition: Transition, line: InputName) -> None:
    transition.become(stuck=transition.state.stuck | {line})
    if line is InputName.OVERRIDE:
        transition.record(LaneOverrideStuck(shift=transition.state.on_shift))
    else:
        transition.record(LaneSensorFault(sensor=line, why="stuck"))
    if line in BEAMS:
        lose_sight(transition)


def _phase_over(transition: Transition) -> None:
    state = transition.state
    match state.phase:
        case Phase.OPENING:
            _opening_over(transition)
        case Phase.OPEN | Phase.WARNING if state.barrier.powered:
            close_or_wait(transition)
        case Phase.OPEN | Phase.OBSTRUCTED:
            hold_too_long(transition)
        case Phase.HALTED:
            fault(transition, f"halted, and {what_blocks(state)} does not clear")
        case Phase.CLOSING if state.door_open:
            fault(transition, "did not close")
        case Phase.CLOSING if state.fault and state.seen_shut:  # and was so all the time
            transition.enter(Phase.FAULT)
        case Phase.CLOSING:
            rest(transition)
        case Phase.HELD_OPEN_BY_STAFF:
            end_hold(transition, "time", held_by=state.held_by)
        case _:
            transition.become(until=None)


def _opening_over(transition: Transition) -> None:
    if not transition.state.barrier.powered:
        released_for_long_enough(transition)
        rest(transition)
    elif transition.state.seen_shut:
        fault(transition, "did not open")
    else:
        transition.enter(Phase.OPEN, transition.state.barrier.open_time)


def _way_clear(transition: Transition) -> None:
    if transition.state.phase is Phase.HALTED:
        go_on_opening(transition)
    else:
        close_or_wait(transition)


_DUE: dict[Due, Callable[[Transition], None]] = {
    Due.PHASE: _phase_over,
    Due.IMPULSE: _next_impulse,
    Due.CLEAR: _way_clear,
    Due.RENEWAL: renew,
    Due.MAY_CLAIM: claim,
    Due.CLAIM: open_claimed,
    Due.WAIT: give_up,
    Due.LONG_PRESS: long_press,
    Due.RELEASE: released_for_long_enough,
    Due.STAND_BY: stand_by_missed,
    Due.FIRE_QUIET: quiet_for_long_enough,
    Due.BREAK_IN: end_break_in_by_rule,
    Due.FELL: fell,
    Due.LATE: settle_late_comers,
    Due.ABUSE: end_abuse,
}
