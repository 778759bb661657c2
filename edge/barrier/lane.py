"""The lane's state machine: `step(state, signal, now)` gives the next state and what is to be done.

PURE. `now` is the monotonic clock in seconds, so a step of the wall clock changes nothing. The relays,
lamps and buzzer are a function of the state (`edge.barrier.appearance`), and `step` returns only the
lines that change: no sequence of signals can leave a relay on that the state does not want on.

Two families of barrier share the machine. A *lock* (magnetic lock, strike) is released, the person moves
the door, and the door's contact tells when; it secures itself again as soon as the door stands open. A
*powered* barrier (boom, swing, flap) moves itself, so it never closes while an obstacle sensor or a beam
says that something is in its way.

What opens it is one of `Cause`, and the record of every opening names it. Fire outranks everything; the
override button and an exit request outrank a lockdown: safety outranks security.
"""

from __future__ import annotations

from edge.barrier.appearance import next_change
from edge.barrier.board import InputName
from edge.barrier.buttons import end_abuse, long_press, on_button
from edge.barrier.crossing import on_beams
from edge.barrier.kinds import Barrier
from edge.barrier.motion import (
    MOST_WAITING,
    close_or_wait,
    drive_open,
    end_prop,
    fault,
    let_through,
    on_contact,
    on_fire,
    on_way,
    prop,
    renewal,
    rest,
    what_blocks,
)
from edge.barrier.passage import Beams
from edge.barrier.signals import (
    Ask,
    Broke,
    Cause,
    Effect,
    Grant,
    Hold,
    LaneEvent,
    Lock,
    OnShift,
    Release,
    Sensed,
    Show,
    Signal,
    Unlock,
)
from edge.barrier.state import RESTING, Credit, LaneState, Notice, Phase
from edge.barrier.turn import Turn, recent
from edge.decision.policy import Outcome

NOTICE_TIME = 2.0
"""Seconds that a refusal is shown."""

WRONG_ATTEMPTS = 5
ATTEMPTS_WINDOW = 60.0
"""GB 50396: five wrong attempts are an alarm; they are counted within this time, and until a grant."""

_MAY_STICK = frozenset(
    {
        InputName.OVERRIDE,
        InputName.EXIT_REQUEST,
        InputName.BEAM_OUTER,
        InputName.BEAM_INNER,
        InputName.OBSTACLE,
    }
)
_ANNOUNCED = {
    InputName.TAMPER: (LaneEvent.TAMPER_ENDED, LaneEvent.TAMPER),
    InputName.POWER: (LaneEvent.POWER_RESTORED, LaneEvent.POWER_LOST),
}
_BUTTONS = frozenset({InputName.OVERRIDE, InputName.DURESS, InputName.EXIT_REQUEST})


def initial(
    barrier: Barrier, wired: frozenset[InputName], active: frozenset[InputName], now: float
) -> tuple[LaneState, tuple[Effect, ...]]:
    """The lane at start, with the input lines that are `active` as they are first read.

    A start opens nothing by itself. A barrier found open is not forced: the process may have died with it
    open; it is given its time to close. A button held down during the start counts as pressed now.
    """
    turn = Turn(LaneState(barrier, wired, since=now), now)
    if InputName.DOOR_CONTACT in active:
        turn.become(active={InputName.DOOR_CONTACT: now})
        turn.record(LaneEvent.FOUND_OPEN)
        if barrier.powered:
            close_or_wait(turn)
        else:
            turn.enter(Phase.OPEN, barrier.held_time)
    state, effects = turn.end()
    for line in InputName:
        if line in active and line is not InputName.DOOR_CONTACT:
            state, more = step(state, Sensed(line, True), now)
            effects += more
    return state, effects


def step(state: LaneState, signal: Signal, now: float) -> tuple[LaneState, tuple[Effect, ...]]:
    """The state after `signal` at `now`, and what to do, in order: lines (off before on), then the rest."""
    turn = Turn(state, now)
    _expire(turn)
    _take(turn, signal)
    return turn.end()


def next_deadline(state: LaneState, now: float) -> float | None:
    """When the lane has to be stepped even if no signal comes (a `Tick` at or after it); None: never."""
    times = [time for _, time in _deadlines(state)]
    change = next_change(state, now)
    if change is not None:
        times.append(change)
    return min(times, default=None)


# --- signals -----------------------------------------------------------------------------------


def _take(turn: Turn, signal: Signal) -> None:  # noqa: C901, PLR0912 - one case per signal
    match signal:
        case Sensed():
            _on_sensed(turn, signal)
        case Grant():
            _on_grant(turn, signal)
        case Show():
            _on_show(turn, signal)
        case Ask(reason=reason):
            turn.prompt(reason)
        case OnShift(who=who):
            turn.become(shift=who)
        case Hold():
            _on_hold(turn, signal)
        case Release(by=by):
            if turn.state.phase is Phase.PROPPED:
                end_prop(turn, by)
        case Lock(by=by):
            turn.record(LaneEvent.LOCKED, by=by)
            turn.become(lockdown=True, phase=_rest_instead(turn.state.phase, Phase.CLOSED, Phase.LOCKED))
        case Unlock(by=by):
            turn.record(LaneEvent.UNLOCKED, by=by)
            turn.become(lockdown=False, phase=_rest_instead(turn.state.phase, Phase.LOCKED, Phase.CLOSED))
        case Broke(what=what):
            turn.record(LaneEvent.FAULT, what=what)
            if turn.state.phase in RESTING:
                turn.enter(Phase.FAULT)
        case _:
            pass  # a Tick: deadlines were met before the signal was taken


def _rest_instead(phase: Phase, old: Phase, new: Phase) -> Phase:
    return new if phase is old else phase


def _on_grant(turn: Turn, grant: Grant) -> None:
    state = turn.state
    turn.become(denials=())
    if state.lockdown and grant.cause is Cause.GRANT:
        turn.record(LaneEvent.GRANT_REFUSED, reference=grant.reference, why="locked")
        turn.prompt("gate_locked")
    elif len(state.credits) >= MOST_WAITING:
        turn.record(LaneEvent.GRANT_REFUSED, reference=grant.reference, why="too_many_waiting")
    else:
        turn.become(notice=None)
        let_through(turn, Credit(grant.reference, grant.cause, grant.direction))


def _on_show(turn: Turn, show: Show) -> None:
    turn.become(notice=Notice(show.outcome, turn.now, turn.now + NOTICE_TIME))
    turn.prompt(show.reason)
    if show.outcome is not Outcome.DENY:
        return
    attempts = (*recent(turn.state.denials, turn.now - ATTEMPTS_WINDOW), turn.now)
    if len(attempts) >= WRONG_ATTEMPTS:
        turn.record(LaneEvent.WRONG_ATTEMPTS, count=str(len(attempts)))
        attempts = ()
    turn.become(denials=attempts)


def _on_hold(turn: Turn, hold: Hold) -> None:
    if turn.state.phase is Phase.FIRE:
        turn.record(LaneEvent.PROPPED, by=hold.by, refused="fire")
        return
    prop(turn, Cause.STAFF, hold.by, hold.seconds)


def _on_sensed(turn: Turn, sensed: Sensed) -> None:
    line, active = sensed.line, turn.state.active
    if sensed.active is (line in active):
        return  # nothing new: a line is read again now and then
    if sensed.active:
        turn.become(active=active | {line: turn.now})
    else:
        turn.become(active={name: since for name, since in active.items() if name is not line})
        if line in turn.state.stuck:
            turn.become(stuck=turn.state.stuck - {line})
            turn.record(LaneEvent.SENSOR_CLEARED, sensor=line.value)
    if line in _ANNOUNCED:
        turn.record(_ANNOUNCED[line][sensed.active])
    elif line is InputName.DOOR_CONTACT:
        on_contact(turn, sensed.active)
    elif line is InputName.FIRE:
        on_fire(turn, sensed.active)
    elif line in _BUTTONS:
        on_button(turn, line, sensed.active)
    else:
        on_beams(turn)
        on_way(turn)


# --- time --------------------------------------------------------------------------------------


def _deadlines(state: LaneState) -> list[tuple[str, float]]:
    """What is due when. The names are those of `_expire`."""
    due: list[tuple[str, float]] = []
    if state.until is not None:
        due.append(("phase", state.until))
    if state.clear_at is not None:
        due.append(("clear", state.clear_at))
    button = state.button
    if button.down is not None and not button.held:
        due.append(("long press", button.down + state.barrier.long_press))
    if button.abused is not None:
        due.append(("abuse", button.abused))
    due.extend(
        (line.value, since + state.barrier.stuck_time)
        for line, since in state.active.items()
        if line in _MAY_STICK and line not in state.stuck
    )
    return due


def _expire(turn: Turn) -> None:
    """Meet the deadlines that have come, each once and the earliest first.

    What follows from one is timed from `now`, not from when it was due: an impulse keeps its length even
    where the process was held up.
    """
    due = sorted((time, what) for what, time in _deadlines(turn.state) if time <= turn.now)
    for time, what in due:
        if (what, time) not in _deadlines(turn.state):
            continue  # an earlier one did away with it
        if what == "phase":
            _phase_over(turn)
        elif what == "clear":
            close_or_wait(turn)
        elif what == "long press":
            long_press(turn)
        elif what == "abuse":
            end_abuse(turn)
        else:
            turn.become(stuck=turn.state.stuck | {InputName(what)}, beams=Beams())
            turn.record(LaneEvent.SENSOR_FAULT, sensor=what, why="stuck")


def _phase_over(turn: Turn) -> None:
    state = turn.state
    barrier = state.barrier
    match state.phase:
        case Phase.OPENING if not barrier.powered:
            rest(turn)
        case Phase.OPENING if state.has_contact and not state.door_open:
            fault(turn, "did not open")
        case Phase.OPENING:
            turn.enter(Phase.OPEN, barrier.open_time)
        case Phase.OPEN if barrier.powered:
            close_or_wait(turn)
        case Phase.OPEN | Phase.OBSTRUCTED:
            turn.record(LaneEvent.HELD_OPEN, blocked=what_blocks(state))
            clear_at = state.clear_at
            turn.enter(Phase.HELD_OPEN)
            turn.become(clear_at=clear_at)
        case Phase.CLOSING if state.door_open:
            fault(turn, "did not close")
        case Phase.CLOSING:
            rest(turn)
        case Phase.PROPPED:
            end_prop(turn, "time")
        case Phase.FIRE:
            turn.enter(Phase.FIRE, renewal(barrier))
            drive_open(turn)
        case _:
            turn.become(until=None)
