"""The lane's state machine: `step(state, signal, now)` returns the next state and the effects.

PURE. `now` is the monotonic clock in seconds, so a step of the wall clock changes nothing. The relays,
lamps and buzzer are a function of the state (`edge.lane.machine.appearance`), and `step` returns only the
lines that change: no sequence of signals can leave a relay on that the state does not want on.

Two families of barrier share the machine. A *lock* (magnetic lock, strike) is released, the person moves
the door, and the door's contact tells when; it secures itself again as soon as the door stands open. A
*powered* barrier (boom, swing, flap) moves itself, so it never closes while an obstacle sensor or a beam
says that something is in its way.

What opens it is one of `Cause`, and the record of every opening names it. Fire outranks everything; the
override button, an exit request and a grant at an exit outrank a lockdown: safety outranks security.
"""

from __future__ import annotations

from edge.boards.format import Barrier, InputName
from edge.decision import Outcome, Reason
from edge.journal.format import (
    LaneFault,
    LaneFoundOpen,
    LaneFoundUnknown,
    LaneHoldEnded,
    LaneLocked,
    LanePowerLost,
    LanePowerRestored,
    LaneSensorCleared,
    LaneShift,
    LaneTamper,
    LaneTamperEnded,
    LaneUnlocked,
    LaneWrongAttempts,
)
from edge.lane.machine.alarms import reset
from edge.lane.machine.appearance import next_change
from edge.lane.machine.buttons import on_button
from edge.lane.machine.closing import close_or_wait, hold_too_long, warn_and_close
from edge.lane.machine.crossing import on_beams
from edge.lane.machine.fire import on_fire, release_for_fire
from edge.lane.machine.holds import end_hold, end_hold_now, hold
from edge.lane.machine.interlock import note_open, on_other, refuse_waiting, request_opening
from edge.lane.machine.locks import secure
from edge.lane.machine.memory import NOTHING, LaneMemory
from edge.lane.machine.motion import MOST_WAITING, on_contact, on_way, waiting
from edge.lane.machine.settling import refuse
from edge.lane.machine.signals import (
    AskPerson,
    Broke,
    Cause,
    Effect,
    Grant,
    Hold,
    LanePrompt,
    Lock,
    OnShift,
    Release,
    Reset,
    Sensed,
    Show,
    Signal,
    TryLine,
    Unlock,
)
from edge.lane.machine.state import IN_THE_WAY, RESTING, Credit, FireLatch, LaneState, Notice, Phase
from edge.lane.machine.timeouts import deadlines, expire
from edge.lane.machine.transition import Transition, recent
from edge.lane.machine.trial import try_output

NOTICE_TIME = 2.0
"""Seconds that a refusal is shown."""

WRONG_ATTEMPTS = 5
ATTEMPTS_WINDOW = 60.0
"""GB 50396: five wrong attempts are an alarm; they are counted within this time, and until a grant."""

_NO_ATTEMPT = frozenset({Reason.GATE_LOCKED, Reason.LOCKED_DOWN})
"""Denials of a gate that lets nobody in: whoever comes then attempts nothing."""

_ANNOUNCED = {
    InputName.TAMPER: (LaneTamperEnded(), LaneTamper()),
    InputName.POWER: (LanePowerRestored(), LanePowerLost()),
}
_LEVELS = IN_THE_WAY | {InputName.DOOR_CONTACT, InputName.INTERLOCK}
"""Inputs whose level counts at a start; the others count when they become active."""

_BUTTONS = frozenset({InputName.OVERRIDE, InputName.DURESS, InputName.EXIT_REQUEST})


def initial(
    barrier: Barrier,
    wired: frozenset[InputName],
    active: frozenset[InputName],
    now: float,
    remembered: LaneMemory = NOTHING,
) -> tuple[LaneState, tuple[Effect, ...]]:
    """The lane's first state and effects: `active` are the input lines as first read, `remembered` is what
    outlived the last process.

    A start opens nothing by itself. A barrier found open is not forced: the process may have died with it
    open; it is given its time to close, and an arm warns before it does. A button held down during the start
    counts as pressed now.
    """
    transition = Transition(_at_start(barrier, wired, active, now, remembered), now)
    if remembered.held_by:
        transition.record(LaneHoldEnded(by="restart", held_by=remembered.held_by))
    _begin_as_found(transition)
    if remembered.held_too_long and transition.state.phase in {Phase.OPEN, Phase.OBSTRUCTED}:
        hold_too_long(transition)
    if remembered.fire:
        release_for_fire(transition, FireLatch(quiet_at=now + barrier.fire_quiet))
    on_beams(transition)
    state, effects = transition.end()
    for line in InputName:
        if line in active - _LEVELS - set(remembered.stuck):
            state, more = step(state, Sensed(line, True), now)
            effects += more
    return state, effects


def _at_start(
    barrier: Barrier,
    wired: frozenset[InputName],
    active: frozenset[InputName],
    now: float,
    remembered: LaneMemory,
) -> LaneState:
    return LaneState(
        barrier,
        wired,
        phase=Phase.LOCKED if remembered.lockdown else Phase.CLOSED,
        since=now,
        active={line: now for line in InputName if line in active & (_LEVELS | set(remembered.stuck))},
        stuck=frozenset(remembered.stuck) & active,
        moved=InputName.DOOR_CONTACT in active,
        clear_since=None if active & IN_THE_WAY else now,
        lockdown=remembered.lockdown,
        break_in=now if remembered.break_in else None,
        fault=remembered.fault,
        out_of_order=remembered.out_of_order,
    )


def _begin_as_found(transition: Transition) -> None:
    """Enter the phase that fits how the barrier is found at a start."""
    state, barrier = transition.state, transition.state.barrier
    unknown = barrier.lowered and not state.has_contact
    if not state.door_open and not unknown:
        transition.become(fault="")  # it is shut: the movement that failed is done
        return
    transition.record(LaneFoundOpen() if state.door_open else LaneFoundUnknown())
    if state.door_open and state.break_in is not None:
        transition.enter(Phase.FORCED)
    elif not barrier.powered:
        transition.enter(Phase.OPEN, barrier.held_time)
    elif state.fault or state.out_of_order:
        transition.become(out_of_order=state.out_of_order or state.fault)
        transition.enter(Phase.FAULT)  # it does not close again before a person resets it
    elif state.blocked:
        transition.become(warns=True)
        if not barrier.lowered:  # one without a closing relay is opened again; an arm stays where it is
            transition.opened(Cause.OBSTACLE)
        close_or_wait(transition)
    else:
        warn_and_close(transition)


def step(state: LaneState, signal: Signal, now: float) -> tuple[LaneState, tuple[Effect, ...]]:
    """The state after `signal` at `now`, and the effects in order: lines (off before on), then the rest."""
    transition = Transition(state, now)
    expire(transition)
    _handle(transition, signal)
    note_open(transition)
    return transition.end()


def next_deadline(state: LaneState, now: float) -> float | None:
    """When the lane must be stepped even if no signal comes (a `Tick` at or after it); None: never."""
    times = [time for _, time in deadlines(state)]
    change = next_change(state, now)
    if change is not None:
        times.append(change)
    return min(times, default=None)


# --- signals -----------------------------------------------------------------------------------


def _handle(transition: Transition, signal: Signal) -> None:  # noqa: C901, PLR0912 - one case per signal
    match signal:
        case Sensed():
            _on_sensed(transition, signal)
        case Grant():
            _on_grant(transition, signal)
        case Show():
            _on_show(transition, signal)
        case AskPerson(reason=reason):
            transition.prompt(reason)
        case OnShift(who=who):
            transition.record(LaneShift(who=who, before=transition.state.on_shift))
            transition.become(shift=who)
        case Hold(by=by, seconds=seconds):
            hold(transition, Cause.STAFF, by, seconds)
        case Release(by=by):
            if transition.state.phase is Phase.HELD_OPEN_BY_STAFF:
                end_hold(transition, by)
        case Lock(by=by):
            _on_lock(transition, by)
        case Unlock(by=by):
            transition.record(LaneUnlocked(by=by))
            transition.become(
                lockdown=False, phase=_rest_instead(transition.state.phase, Phase.LOCKED, Phase.CLOSED)
            )
        case Reset():
            reset(transition, signal)
        case TryLine():
            try_output(transition, signal)
        case Broke(what=what):
            transition.record(LaneFault(what=what))
            if transition.state.phase in RESTING:
                transition.become(fault=what)
                transition.enter(Phase.FAULT)
        case _:
            pass  # a Tick: deadlines are met before the signal is handled


def _on_lock(transition: Transition, by: str) -> None:
    """Lock the lane down: end a hold, and refuse everybody who waits to be let in by a grant."""
    transition.record(LaneLocked(by=by))
    refuse_waiting(transition)
    secure(transition)
    transition.become(lockdown=True, phase=_rest_instead(transition.state.phase, Phase.CLOSED, Phase.LOCKED))
    if transition.state.phase is Phase.HELD_OPEN_BY_STAFF or transition.state.holds:
        end_hold_now(transition, by)


def _rest_instead(phase: Phase, old: Phase, new: Phase) -> Phase:
    return new if phase is old else phase


def _on_grant(transition: Transition, grant: Grant) -> None:
    state = transition.state
    transition.become(denials=())
    credit = Credit(grant.reference, grant.cause, grant.direction)
    if state.lockdown and credit.kept_out:
        refuse(transition, credit, "locked" if state.is_shut else "locked_again")
        transition.prompt(LanePrompt.LOCKED)
    elif waiting(state) >= MOST_WAITING:
        refuse(transition, credit, "too_many_waiting" if state.is_shut else "too_many_open")
    else:
        transition.become(notice=None)
        request_opening(transition, credit)


def _on_show(transition: Transition, show: Show) -> None:
    transition.become(notice=Notice(show.outcome, transition.now, transition.now + NOTICE_TIME))
    transition.prompt(show.reason)
    if show.outcome is not Outcome.DENY or show.reason in _NO_ATTEMPT:
        return
    attempts = (*recent(transition.state.denials, transition.now - ATTEMPTS_WINDOW), transition.now)
    if len(attempts) >= WRONG_ATTEMPTS:
        transition.record(LaneWrongAttempts(count=len(attempts)))
        attempts = ()
    transition.become(denials=attempts)


def _on_sensed(transition: Transition, sensed: Sensed) -> None:
    line, active = sensed.line, transition.state.active
    before = transition.state.on_shift
    if sensed.active is (line in active):
        return  # nothing new: lines are read again besides their edges
    if sensed.active:
        transition.become(active=active | {line: transition.now})
    else:
        transition.become(active={name: since for name, since in active.items() if name is not line})
        if line in transition.state.stuck:
            transition.become(stuck=transition.state.stuck - {line})
            transition.record(LaneSensorCleared(sensor=line))
    if line in _ANNOUNCED:
        transition.record(_ANNOUNCED[line][sensed.active])
    elif line is InputName.DOOR_CONTACT:
        on_contact(transition, sensed.active)
    elif line is InputName.FIRE:
        on_fire(transition, sensed.active)
    elif line in _BUTTONS:
        on_button(transition, line, sensed.active)
    elif line is InputName.SHIFT_KEY:
        transition.record(LaneShift(who=transition.state.on_shift, before=before))
    elif line is InputName.INTERLOCK:
        on_other(transition, sensed.active)
    else:
        on_beams(transition)
        on_way(transition)
