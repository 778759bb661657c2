"""What the lane's lines show in each state: relays, lamps and buzzer as a function of state and time.

PURE. Lamps differ by rhythm as well as by colour, so that they can be told apart without seeing red from
green: a steady light is a state, a fast blink a refusal or an alarm, a slow blink a request to wait.
"""

from __future__ import annotations

from enum import StrEnum
from math import floor

import msgspec

from edge.barrier.board import InputName, OutputName
from edge.barrier.kinds import Drive, Interlock
from edge.barrier.state import RESTING, LaneState, Phase
from edge.decision.policy import Outcome

FAST = 0.125
SLOW = 0.5
"""Seconds that a blinking lamp is on, and off."""

BEEPS = 3
BEEP = 0.15
"""A refusal beeps so often, so long (s), with pauses as long."""

_RELEASED = frozenset({Phase.OPENING, Phase.PROPPED, Phase.FIRE})
_ALARMS = frozenset({Phase.HELD_OPEN, Phase.FORCED, Phase.OBSTRUCTED})
_GO = frozenset({Phase.OPENING, Phase.OPEN, Phase.PROPPED, Phase.FIRE})


class Light(msgspec.Struct, frozen=True):
    """Which lamps, and how: steady (`half` None), or on and off for `half` seconds each, from `since`."""

    lamps: tuple[OutputName, ...]
    half: float | None = None
    since: float = 0.0


class Sound(StrEnum):
    SILENCE = "silence"
    BEEPS = "beeps"
    ALARM = "alarm"


def outputs(state: LaneState, now: float) -> frozenset[OutputName]:
    """The output lines that are to be active at `now`."""
    return _relays(state) | _lamps(state, now) | _buzzer(state, now) | _interlock(state)


def next_change(state: LaneState, now: float) -> float | None:
    """When `outputs` changes next without a signal, apart from the state's own deadlines; None: never."""
    times = []
    if state.notice is not None and now < state.notice.until:
        times.append(state.notice.until)
        times.append(_next_edge(state.notice.since, _rhythm(state.notice.outcome), now))
        times.append(_next_edge(state.notice.since, BEEP, now))
    elif state.phase in _ALARMS:
        times.append(_next_edge(state.since, FAST, now))
    return min(times, default=None)


def _relays(state: LaneState) -> frozenset[OutputName]:
    relays = set() if state.impulse is None else {state.impulse.relay}
    if state.barrier.drive is Drive.HOLD and _held(state):
        relays.add(OutputName.RELAY_OPEN)
    if OutputName.RELAY_OPEN in relays:
        relays -= {OutputName.RELAY_CLOSE, OutputName.RELAY_STOP}
    return frozenset(relays)


def _interlock(state: LaneState) -> frozenset[OutputName]:
    """What the other gate of a mantrap is told: that this one is shut, and does not mean to open."""
    shut = state.phase in RESTING and not state.door_open and state.impulse is None and state.claim is None
    locked_together = state.barrier.interlock is not Interlock.NONE
    return frozenset({OutputName.INTERLOCK}) if locked_together and shut else frozenset()


def _held(state: LaneState) -> bool:
    """Whether a barrier driven by holding is held open.

    A powered one stays so until it may close. A lock secures again as soon as its door stands open, so
    that the door locks when it falls shut; without a contact it never leaves OPENING before its time.
    """
    if state.phase in _RELEASED:
        return True
    return state.barrier.powered and state.phase in {Phase.OPEN, Phase.HELD_OPEN, Phase.OBSTRUCTED}


def light(state: LaneState, now: float) -> Light:
    """What the lamps show at `now`."""
    notice = state.notice
    if notice is not None and now < notice.until:
        lamp = OutputName.LAMP_RED if notice.outcome is Outcome.DENY else OutputName.LAMP_YELLOW
        return Light((lamp,), _rhythm(notice.outcome), notice.since)
    if state.phase in _GO:
        return Light((OutputName.LAMP_GREEN,))
    if state.phase in _ALARMS:
        return Light((OutputName.LAMP_RED,), FAST, state.since)
    if state.phase is Phase.FAULT:
        return Light((OutputName.LAMP_RED, OutputName.LAMP_YELLOW))
    if state.phase is Phase.CLOSING:
        return Light((OutputName.LAMP_YELLOW,))
    return Light((OutputName.LAMP_RED,))


def sound(state: LaneState, now: float) -> Sound:
    """What the buzzer does at `now`."""
    notice = state.notice
    if notice is not None and now < notice.until and notice.outcome is Outcome.DENY:
        return Sound.BEEPS if now < notice.since + BEEP * (2 * BEEPS - 1) else Sound.SILENCE
    if state.phase in {Phase.HELD_OPEN, Phase.FORCED} and InputName.FIRE not in state.active:
        return Sound.ALARM
    return Sound.SILENCE


def _lamps(state: LaneState, now: float) -> frozenset[OutputName]:
    shown = light(state, now)
    lit = shown.half is None or _beats_on(shown.since, shown.half, now)
    return frozenset(shown.lamps) if lit else frozenset()


def _rhythm(outcome: Outcome) -> float:
    return FAST if outcome is Outcome.DENY else SLOW


def _beats_on(since: float, half: float, now: float) -> bool:
    return floor((now - since) / half) % 2 == 0


def _next_edge(since: float, half: float, now: float) -> float:
    edge = since + half * (floor((now - since) / half) + 1)
    return edge if edge > now else edge + half


def _buzzer(state: LaneState, now: float) -> frozenset[OutputName]:
    match sound(state, now):
        case Sound.BEEPS if state.notice is not None:
            on = _beats_on(state.notice.since, BEEP, now)
        case Sound.ALARM:
            on = _beats_on(state.since, FAST, now)
        case _:
            on = False
    return frozenset({OutputName.BUZZER}) if on else frozenset()
