"""Tabulates what the lane does in every phase at every input, by the machine itself: for docs/safety.md.

PURE. Each phase is reached as it is at a gate; then one thing happens, and the table shows what follows at
once.
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.boards.format import RELAYS, Barrier, BarrierKind, Drive, InputName, OutputName
from edge.lane.machine import (
    Broke,
    Grant,
    Hold,
    LaneState,
    Lock,
    Phase,
    Release,
    Reset,
    Sensed,
    Signal,
    Tick,
    Unlock,
    deadlines,
    initial,
    remember,
    step,
)

LOCK = Barrier(BarrierKind.STRIKE, Drive.HOLD)
POWERED = Barrier(BarrierKind.SWING, Drive.UP_STOP_DOWN, travel=3.0)

KINDS = {
    "A lock (released as long as its relay is on)": LOCK,
    "A powered barrier (impulses to open, stop and close)": POWERED,
}

_WIRED = frozenset(InputName) - {InputName.INTERLOCK}
_GRANT = Grant("1")
_OPENS = Sensed(InputName.DOOR_CONTACT, True)
_SHUTS = Sensed(InputName.DOOR_CONTACT, False)
_THERE = Sensed(InputName.OBSTACLE, True)

_RESTART = "restart"
_NOTHING = "nothing, for ten minutes"

History = tuple[tuple[float, Signal], ...]
"""Signals, each with the seconds since the one before."""

_OPENED: History = ((1.0, _GRANT), (0.5, _OPENS))
_STANDS: History = (*_OPENED, (3.0, Tick()))
_CLOSES: History = (*_STANDS, (6.0, Tick()))

LOCK_REACHES: dict[Phase, History] = {
    Phase.CLOSED: (),
    Phase.LOCKED: ((1.0, Lock("li")),),
    Phase.OPENING: ((1.0, _GRANT),),
    Phase.OPEN: (*_OPENED, (2.0, Tick())),
    Phase.HELD_TOO_LONG: (*_OPENED, (30.0, Tick())),
    Phase.HELD_OPEN_BY_STAFF: ((1.0, Hold("li")),),
    Phase.FORCED: ((1.0, _OPENS),),
    Phase.FAULT: ((1.0, Broke("a device")),),
    Phase.FIRE: ((1.0, Sensed(InputName.FIRE, True)),),
}
POWERED_REACHES: dict[Phase, History] = {
    Phase.CLOSED: (),
    Phase.LOCKED: ((1.0, Lock("li")),),
    Phase.OPENING: _OPENED,
    Phase.HALTED: (*_OPENED, (0.5, _THERE)),
    Phase.OPEN: _STANDS,
    Phase.OBSTRUCTED: (*_STANDS, (0.5, _THERE), (8.0, Tick())),
    Phase.HELD_TOO_LONG: (*_STANDS, (0.5, _THERE), (8.0, Tick()), (30.0, Tick())),
    Phase.HELD_OPEN_BY_STAFF: ((1.0, Hold("li")), (0.5, _OPENS), (3.0, Tick())),
    Phase.CLOSING: (*_CLOSES, (0.5, Tick())),
    Phase.FORCED: ((1.0, _OPENS),),
    Phase.WARNING: ((1.0, _OPENS), (1.0, Reset("li", "has looked"))),
    Phase.FAULT: (*_CLOSES, (4.0, Tick())),
    Phase.FIRE: ((1.0, Sensed(InputName.FIRE, True)), (1.0, _OPENS), (3.0, Tick())),
}

INPUTS: tuple[tuple[str, Signal], ...] = (
    ("grant", Grant("2")),
    ("exit button", Sensed(InputName.EXIT_REQUEST, True)),
    ("staff's button", Sensed(InputName.OVERRIDE, True)),
    ("duress", Sensed(InputName.DURESS, True)),
    ("hold", Hold("mei")),
    ("end of a hold", Release("mei")),
    ("lockdown", Lock("mei")),
    ("end of it", Unlock("mei")),
    ("reset by a person", Reset("mei", "has looked")),
    ("fire", Sensed(InputName.FIRE, True)),
    ("contact: open", _OPENS),
    ("contact: shut", _SHUTS),
    ("beam", Sensed(InputName.BEAM_OUTER, True)),
    ("obstacle", _THERE),
    ("leaf", Sensed(InputName.LEAF, True)),
    ("tamper", Sensed(InputName.TAMPER, True)),
    ("mains lost", Sensed(InputName.POWER, True)),
    (_RESTART, Tick()),
    (_NOTHING, Tick()),
)


AT_ONCE = 0.1
"""Seconds that a response may take."""

_IMPULSE_OVER = 0.6
"""Seconds after which the impulse that led into a phase is over."""


def table(barrier: Barrier) -> Iterator[str]:
    """The table as Markdown, line by line: a row an input, a column a phase.

    A cell is the next phase; in brackets, if the relays change, those that are on then. A dash: no change.
    """
    reaches = POWERED_REACHES if barrier.powered else LOCK_REACHES
    yield f"| | {' | '.join(f'**{phase.value}**' for phase in reaches)} |"
    yield f"|---|{'---|' * len(reaches)}"
    for name, signal in INPUTS:
        cells = (_cell(barrier, phase, history, name, signal) for phase, history in reaches.items())
        yield f"| {name} | {' | '.join(cells)} |"


def _cell(barrier: Barrier, phase: Phase, history: History, name: str, signal: Signal) -> str:
    state, now = reached(barrier, history)
    before = state.driven & RELAYS
    if name == _RESTART:
        state, now = _restarted(state, now)
    else:
        state, _ = step(state, signal, now)
    state = _later(state, now, 600.0 if name == _NOTHING else AT_ONCE)
    after = state.driven & RELAYS
    if state.phase is phase and after == before:
        return "–"
    if after == before:
        return state.phase.value
    return f"{state.phase.value} ({_names(after)})"


def _names(relays: frozenset[OutputName]) -> str:
    return " ".join(sorted(relay.value.removeprefix("relay_") for relay in relays)) or "off"


def _restarted(state: LaneState, now: float) -> tuple[LaneState, float]:
    """The lane after its process ended and began again a second later, with the same inputs."""
    lines = frozenset(state.active)
    return initial(state.barrier, _WIRED, lines, now + 1.0, remember(state))[0], now + 1.0


def _later(state: LaneState, now: float, seconds: float) -> LaneState:
    """The lane after `seconds` in which only deadlines come."""
    end = now + seconds
    while (due := min((time for _, time in deadlines(state)), default=end)) < end:
        now = max(now, due)
        state, _ = step(state, Tick(), now)
    return step(state, Tick(), end)[0]


def reached(barrier: Barrier, history: History) -> tuple[LaneState, float]:
    """The lane after a history, and when that is (monotonic seconds)."""
    now = 1000.0
    state, _ = initial(barrier, _WIRED, frozenset(), now)
    for after, signal in history:
        now += after
        state, _ = step(state, signal, now)
    return _later(state, now, _IMPULSE_OVER), now + _IMPULSE_OVER
