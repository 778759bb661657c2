"""The lane's state machine: `step(state, signal, now)` gives the next state and what is to be done.

PURE. `now` is the monotonic clock in seconds, so a step of the wall clock changes nothing. Relays, lamps and
buzzer are a function of the state (`appearance.outputs`), and `step` returns the lines that changed: no
sequence of signals can leave a relay on that the state does not want on.

What opens it is one of `Cause`, and the record of every opening names it. Fire outranks everything; the
override button and an exit request outrank a lockdown: safety outranks security.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from edge.barrier.appearance import outputs
from edge.barrier.board import InputName, OutputName
from edge.barrier.kinds import Barrier, Drive
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
    Prompt,
    Record,
    Release,
    Sensed,
    SetOutput,
    Show,
    Signal,
    Tick,
    Unlock,
)
from edge.barrier.state import RESTING, Impulse, LaneState, Notice, Phase

NOTICE_TIME = 2.0
"""Seconds for which a refusal is shown."""

_ORDER = {output: place for place, output in enumerate(OutputName)}
Stepped = tuple[LaneState, tuple[Effect, ...]]


def initial(barrier: Barrier, wired: frozenset[InputName], now: float) -> LaneState:
    """The lane at start: at rest, every output inactive, no line known to be active."""
    return LaneState(barrier, wired, since=now)


def step(state: LaneState, signal: Signal, now: float) -> Stepped:
    """The state after `signal` arrived at `now`, and what to do, in order: lines off, lines on, the rest."""
    state, late = _expire(state, now)
    state, effects = _TAKE[type(signal)](state, signal, now)
    wanted = outputs(state, now)
    changed = sorted(wanted ^ state.driven, key=lambda output: (output in wanted, _ORDER[output]))
    lines = tuple(SetOutput(output, output in wanted) for output in changed)
    return replace(state, driven=wanted), (*lines, *late, *effects)


# --- time ----------------------------------------------------------------------------------


def _expire(state: LaneState, now: float) -> Stepped:
    """What the passing of time has brought about by `now`."""
    impulses = tuple(impulse for impulse in state.impulses if now < impulse.until)
    notice = state.notice if state.notice is not None and now < state.notice.until else None
    state = replace(state, impulses=impulses, notice=notice)
    if state.until is None or now < state.until:
        return state, ()
    if state.phase is Phase.PROPPED:
        return _shut(state, now, _record(LaneEvent.PROP_ENDED, why="its time is over"))
    if state.phase is Phase.OPENING and not state.door_open:
        return _shut(state, now)
    if state.phase in {Phase.OPENING, Phase.OPEN}:
        held = replace(state, phase=Phase.HELD_OPEN, since=now, until=None)
        return held, (_record(LaneEvent.HELD_OPEN, cause=_cause(state)),)
    return state, ()


def _shut(state: LaneState, now: float, *effects: Effect) -> Stepped:
    """Bring the lane to rest: where fire still burns or a door still stands open, that is not rest."""
    if InputName.FIRE in state.active:
        return replace(state, phase=Phase.FIRE, since=now, until=None, cause=Cause.FIRE), effects
    if state.door_open:
        until = now + state.barrier.held_time
        return replace(state, phase=Phase.OPEN, since=now, until=until), effects
    resting = Phase.LOCKED if state.lockdown else Phase.CLOSED
    closed = _record(LaneEvent.CLOSED, cause=_cause(state))
    return replace(state, phase=resting, since=now, until=None, cause=None), (*effects, closed)


# --- what opens it -------------------------------------------------------------------------


def _open(state: LaneState, cause: Cause, now: float, **details: str) -> Stepped:
    """Release the barrier for one opening; one that is open already only stays so for longer."""
    if state.phase is Phase.FIRE:
        return state, ()
    barrier = state.barrier
    impulses = state.impulses
    if barrier.drive is not Drive.HOLD:
        impulses = (*impulses, Impulse(OutputName.RELAY_OPEN, now + barrier.pulse))
    if state.phase is Phase.PROPPED:
        return replace(state, impulses=impulses), (_record(LaneEvent.OPENED, cause=cause, **details),)
    opened = replace(
        state,
        phase=Phase.OPENING,
        since=now,
        until=now + barrier.open_time,
        cause=cause,
        notice=None,
        impulses=impulses,
    )
    return opened, (_record(LaneEvent.OPENED, cause=cause, **details),)


def _prop(state: LaneState, cause: Cause, seconds: float | None, now: float, by: str) -> Stepped:
    """Hold the barrier open with permission, for a time or until it is released."""
    if state.phase is Phase.FIRE:
        return state, ()
    until = None if seconds is None else now + seconds
    propped = replace(state, phase=Phase.PROPPED, since=now, until=until, cause=cause, notice=None)
    return propped, (_record(LaneEvent.PROPPED, by=by, seconds=str(seconds)),)


def _granted(state: LaneState, signal: Grant, now: float) -> Stepped:
    if state.lockdown or state.phase is Phase.LOCKED:
        return state, (_record(LaneEvent.GRANT_REFUSED, reference=signal.reference, why="locked down"),)
    return _open(state, signal.cause, now, reference=signal.reference, direction=signal.direction.value)


# --- lines ---------------------------------------------------------------------------------


def _sensed(state: LaneState, signal: Sensed, now: float) -> Stepped:
    active = dict(state.active)
    if signal.active:
        active[signal.line] = now
    else:
        active.pop(signal.line, None)
    state = replace(state, active=active)
    take = _LINES.get(signal.line)
    return (state, ()) if take is None else take(state, signal.active, now)


def _override(state: LaneState, active: bool, now: float) -> Stepped:
    """The staff's button: a press opens once. What it does not need: a decision, a registry, a disk."""
    if not active:
        return state, ()
    state, effects = _open(state, Cause.OVERRIDE, now)
    return state, (_record(LaneEvent.OVERRIDE, by=state.shift or "nobody known on shift"), *effects)


def _duress(state: LaneState, active: bool, now: float) -> Stepped:
    """Opens as the button does, and says so to operations alone."""
    if not active:
        return state, ()
    state, effects = _open(state, Cause.OVERRIDE, now)
    return state, (_record(LaneEvent.DURESS, by=state.shift), *effects)


def _exit_request(state: LaneState, active: bool, now: float) -> Stepped:
    if not active:
        return state, ()
    state, effects = _open(state, Cause.EXIT_REQUEST, now)
    return state, (_record(LaneEvent.EXIT_REQUESTED), *effects)


def _fire(state: LaneState, active: bool, now: float) -> Stepped:
    if active:
        burning = replace(state, phase=Phase.FIRE, since=now, until=None, cause=Cause.FIRE, notice=None)
        return burning, (_record(LaneEvent.FIRE), _record(LaneEvent.OPENED, cause=Cause.FIRE))
    return _shut(state, now, _record(LaneEvent.FIRE_ENDED))


def _door(state: LaneState, active: bool, now: float) -> Stepped:
    if active and state.phase in RESTING:
        forced = replace(state, phase=Phase.FORCED, since=now, until=None)
        return forced, (_record(LaneEvent.FORCED),)
    if active and state.phase is Phase.OPENING:
        return replace(state, phase=Phase.OPEN, since=now, until=now + state.barrier.held_time), ()
    if not active and state.phase in {Phase.OPEN, Phase.HELD_OPEN, Phase.FORCED}:
        return _shut(state, now)
    return state, ()


def _tamper(state: LaneState, active: bool, now: float) -> Stepped:
    del now
    return state, (_record(LaneEvent.TAMPER if active else LaneEvent.TAMPER_ENDED),)


def _power(state: LaneState, active: bool, now: float) -> Stepped:
    del now
    return state, (_record(LaneEvent.POWER_LOST if active else LaneEvent.POWER_RESTORED),)


_LINES: dict[InputName, Callable[[LaneState, bool, float], Stepped]] = {
    InputName.OVERRIDE: _override,
    InputName.DURESS: _duress,
    InputName.EXIT_REQUEST: _exit_request,
    InputName.FIRE: _fire,
    InputName.DOOR_CONTACT: _door,
    InputName.TAMPER: _tamper,
    InputName.POWER: _power,
}


# --- words ---------------------------------------------------------------------------------


def _shown(state: LaneState, signal: Show, now: float) -> Stepped:
    """A refusal: it never touches a barrier that stands open for somebody else."""
    notice = Notice(signal.outcome, now, now + NOTICE_TIME)
    return replace(state, notice=notice), (Prompt(signal.reason),)


def _asked(state: LaneState, signal: Ask, now: float) -> Stepped:
    del now
    return state, (Prompt(signal.reason),)


def _on_shift(state: LaneState, signal: OnShift, now: float) -> Stepped:
    del now
    return replace(state, shift=signal.who), ()


def _hold(state: LaneState, signal: Hold, now: float) -> Stepped:
    return _prop(state, Cause.STAFF, signal.seconds, now, signal.by)


def _release(state: LaneState, signal: Release, now: float) -> Stepped:
    if state.phase is not Phase.PROPPED:
        return state, ()
    return _shut(state, now, _record(LaneEvent.PROP_ENDED, by=signal.by))


def _lock(state: LaneState, signal: Lock, now: float) -> Stepped:
    phase = Phase.LOCKED if state.phase is Phase.CLOSED else state.phase
    return replace(state, lockdown=True, phase=phase, since=now), (_record(LaneEvent.LOCKED, by=signal.by),)


def _unlock(state: LaneState, signal: Unlock, now: float) -> Stepped:
    phase = Phase.CLOSED if state.phase is Phase.LOCKED else state.phase
    return replace(state, lockdown=False, phase=phase, since=now), (
        _record(LaneEvent.UNLOCKED, by=signal.by),
    )


def _broke(state: LaneState, signal: Broke, now: float) -> Stepped:
    del now
    return state, (_record(LaneEvent.FAULT, what=signal.what),)


def _ticked(state: LaneState, signal: Tick, now: float) -> Stepped:
    del signal, now
    return state, ()


_TAKE: dict[type, Callable[..., Stepped]] = {
    Grant: _granted,
    Show: _shown,
    Ask: _asked,
    OnShift: _on_shift,
    Sensed: _sensed,
    Hold: _hold,
    Release: _release,
    Lock: _lock,
    Unlock: _unlock,
    Broke: _broke,
    Tick: _ticked,
}


def _record(event: LaneEvent, **details: str) -> Record:
    return Record(event, {name: str(value) for name, value in details.items()})


def _cause(state: LaneState) -> str:
    return "unknown" if state.cause is None else state.cause.value
