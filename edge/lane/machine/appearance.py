"""Computes the output lines: relays, lamps and buzzer as a function of state and time.

PURE. Lamps differ by rhythm as well as by colour, so that they can be told apart without seeing red from
green: a steady light is a state, a fast blink a refusal or an alarm, a slow blink a request to wait.
"""

from __future__ import annotations

from enum import StrEnum
from math import floor, inf

import msgspec

from edge.boards.format import Drive, Interlock, OutputName
from edge.decision import Outcome
from edge.lane.machine.state import RESTING, LaneState, OutputTrial, Phase

FAST = 0.125
SLOW = 0.5
"""Seconds that a blinking lamp is on, and off."""

BEEPS = 3
BEEP = 0.15
"""A refusal beeps so often, so long (s), with pauses as long."""

_ROUNDING = 1e-6
"""Part of a beat by which a time may fall short of its edge: four times 0.15 s is not quite 0.6 s."""

_HELD = frozenset({Phase.HELD_OPEN_BY_STAFF, Phase.FIRE})
_ALARMS = frozenset({Phase.HELD_TOO_LONG, Phase.FORCED, Phase.OBSTRUCTED, Phase.HALTED})
_GO = frozenset({Phase.OPENING, Phase.OPEN, Phase.HELD_OPEN_BY_STAFF, Phase.FIRE})


class Light(msgspec.Struct, frozen=True):
    """Which lamps, and how: steady (`half` None), or on and off for `half` seconds each, from `since`."""

    lamps: tuple[OutputName, ...]
    half: float | None = None
    since: float = 0.0


class Sound(StrEnum):
    SILENCE = "silence"
    BEEPS = "beeps"
    ALARM = "alarm"
    WARNING = "warning"
    TRIAL = "trial"


def outputs(state: LaneState, now: float) -> frozenset[OutputName]:
    """The output lines that should be active at `now` (monotonic seconds)."""
    return _relays(state) | _lamps(state, now) | _buzzer(state, now) | _interlock(state)


def next_change(state: LaneState, now: float) -> float | None:
    """When `outputs` changes next without a signal, apart from the state's own deadlines; None: never."""
    times = []
    if state.notice is not None and now < state.notice.until:
        times.append(state.notice.until)
        times.append(_next_edge(state.notice.since, _rhythm(state.notice.outcome), now))
        times.append(_next_edge(state.notice.since, BEEP, now))
    shown = light(state, now)
    if shown.half is not None:
        times.append(_next_edge(shown.since, shown.half, now))
    if sound(state, now) is Sound.ALARM:
        times.append(_next_edge(state.since, FAST, now))
    elif state.phase is Phase.WARNING:
        times.append(_next_edge(state.since, SLOW, now))
    if state.break_in is not None and now < _siren_until(state):
        times.append(_siren_until(state))
    tried = _tried(state, now)
    if tried is not None:
        times.append(tried.until)
    return min(times, default=None)


def _relays(state: LaneState) -> frozenset[OutputName]:
    relays = set() if state.impulse is None else {state.impulse.relay}
    if state.barrier.drive is Drive.HOLD and _held(state):
        relays.add(OutputName.RELAY_OPEN)
    if OutputName.RELAY_OPEN in relays:
        relays -= {OutputName.RELAY_CLOSE, OutputName.RELAY_STOP}
    return frozenset(relays)


def _interlock(state: LaneState) -> frozenset[OutputName]:
    """The line to the other gate of a mantrap: active while this one is shut and will not open."""
    at_rest = state.phase in RESTING or (state.phase is Phase.FAULT and state.seen_shut)
    shut = at_rest and not state.door_open and state.impulse is None and state.claim is None
    locked_together = state.barrier.interlock is not Interlock.NONE
    return frozenset({OutputName.INTERLOCK}) if locked_together and shut else frozenset()


def _held(state: LaneState) -> bool:
    """Whether the holding relay is on: for a powered barrier until it may close, for a lock while it is
    released.
    """
    if state.barrier.powered:
        return state.held_up
    return state.phase in _HELD or state.release is not None


def light(state: LaneState, now: float) -> Light:
    """The lamps that are lit at `now`, and how they blink."""
    notice = state.notice
    let_go = state.phase is Phase.FIRE or state.release is not None
    if notice is not None and now < notice.until and not let_go:
        lamp = OutputName.LAMP_RED if notice.outcome is Outcome.DENY else OutputName.LAMP_YELLOW
        return Light((lamp,), _rhythm(notice.outcome), notice.since)
    tried = _tried(state, now)
    if tried is not None and tried.output is not OutputName.BUZZER:
        return Light((tried.output,), SLOW, tried.since)
    if state.break_in is not None and not _opens_for_somebody(state):
        return Light((OutputName.LAMP_RED,), FAST, state.break_in)
    if _may_go(state):
        return Light((OutputName.LAMP_GREEN,))
    if state.phase in RESTING and state.out_of_order:
        return _OUT_OF_ORDER
    return _phase_light(state)


def _opens_for_somebody(state: LaneState) -> bool:
    """Whether the barrier is being opened now, for a person or for a fire."""
    if state.phase in {Phase.OPENING, Phase.HELD_OPEN_BY_STAFF, Phase.FIRE} or state.release is not None:
        return True
    return state.barrier.powered and state.phase is Phase.OPEN


def _may_go(state: LaneState) -> bool:
    """Whether somebody may go through: a green lamp must not promise what a lock keeps shut.

    A lock holds again once its door stands open; the contact is believed only if it moved since the release.
    """
    if state.phase is Phase.FIRE:
        return state.fire is None or not state.fire.failed
    if state.phase is Phase.OPEN and not state.barrier.powered and state.release is None:
        return state.cause is not None and state.moved_at >= state.raised
    return state.phase in _GO or state.release is not None


def _phase_light(state: LaneState) -> Light:
    if state.phase in _ALARMS:
        return Light((OutputName.LAMP_RED,), FAST, state.since)
    if state.phase in {Phase.FAULT, Phase.FIRE} or (state.phase is Phase.CLOSING and state.fault):
        return _OUT_OF_ORDER
    if state.phase is Phase.WARNING:
        return Light((OutputName.LAMP_YELLOW,), SLOW, state.since)
    return Light((OutputName.LAMP_YELLOW if state.phase is Phase.CLOSING else OutputName.LAMP_RED,))


_OUT_OF_ORDER = Light((OutputName.LAMP_RED, OutputName.LAMP_YELLOW))


def sound(state: LaneState, now: float) -> Sound:
    """The sound that the buzzer makes at `now`."""
    if state.phase is Phase.FIRE:
        return Sound.ALARM if state.fire is not None and state.fire.failed else Sound.SILENCE
    notice = state.notice
    if notice is not None and now < notice.until and notice.outcome is Outcome.DENY:
        return Sound.BEEPS if now < notice.since + BEEP * (2 * BEEPS - 1) else Sound.SILENCE
    tried = _tried(state, now)
    if tried is not None and tried.output is OutputName.BUZZER:
        return Sound.TRIAL
    if state.phase is Phase.HELD_TOO_LONG or (state.break_in is not None and now < _siren_until(state)):
        return Sound.ALARM
    return Sound.WARNING if state.phase is Phase.WARNING else Sound.SILENCE


def _tried(state: LaneState, now: float) -> OutputTrial | None:
    """What an installer tries at `now`; it ends at once where anything else happens at the lane."""
    trial = state.trial
    rests = state.phase is Phase.CLOSED and state.break_in is None and state.impulse is None
    return trial if trial is not None and now < trial.until and rests else None


def _siren_until(state: LaneState) -> float:
    """When the buzzer falls silent after a break-in; the lamp goes on blinking."""
    return inf if state.break_in is None else state.break_in + state.barrier.siren_time


def _lamps(state: LaneState, now: float) -> frozenset[OutputName]:
    shown = light(state, now)
    lit = shown.half is None or _beats_on(shown.since, shown.half, now)
    return frozenset(shown.lamps) if lit else frozenset()


def _rhythm(outcome: Outcome) -> float:
    return FAST if outcome is Outcome.DENY else SLOW


def _beats_on(since: float, half: float, now: float) -> bool:
    return _beat(since, half, now) % 2 == 0


def _next_edge(since: float, half: float, now: float) -> float:
    return since + half * (_beat(since, half, now) + 1)


def _beat(since: float, half: float, now: float) -> int:
    """Which beat of `half` seconds it is at `now`; at an edge the one that begins, whatever rounding says."""
    return floor((now - since) / half + _ROUNDING)


def _buzzer(state: LaneState, now: float) -> frozenset[OutputName]:
    match sound(state, now):
        case Sound.BEEPS if state.notice is not None:
            on = _beats_on(state.notice.since, BEEP, now)
        case Sound.ALARM:
            on = _beats_on(state.since, FAST, now)
        case Sound.TRIAL:
            on = True
        case Sound.WARNING:
            on = _beats_on(state.since, SLOW, now)
        case _:
            on = False
    return frozenset({OutputName.BUZZER}) if on else frozenset()
