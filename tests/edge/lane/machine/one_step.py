"""One transition by itself: a state of a lock or of a boom, and what a function makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from edge.boards.format import Barrier, BarrierKind, Drive, InputName
from edge.journal.format import LaneEvent
from edge.lane.machine.beams import Beams
from edge.lane.machine.signals import Effect, Prompt, Record
from edge.lane.machine.state import LaneState
from edge.lane.machine.transition import Transition

NOW = 1000.0
LOCK = Barrier(BarrierKind.MAGNETIC_LOCK, Drive.HOLD)
STRIKE = Barrier(BarrierKind.STRIKE, Drive.PULSE)
BOOM = Barrier(BarrierKind.BOOM, Drive.UP_STOP_DOWN)
HELD_BOOM = Barrier(BarrierKind.BOOM, Drive.HOLD)
PULSED_BOOM = Barrier(BarrierKind.BOOM, Drive.PULSE)
SWING = Barrier(BarrierKind.SWING, Drive.UP_STOP_DOWN)
TWO_WAY = Barrier(BarrierKind.SWING, Drive.UP_DOWN)
CONTACT = InputName.DOOR_CONTACT
ALL = frozenset(InputName)


def transition(
    barrier: Barrier = BOOM,
    *,
    active: Iterable[InputName] = (),
    wired: Iterable[InputName] = ALL,
    **fields: Any,
) -> Transition:
    """A transition at `NOW` of a lane whose lines are wired, and active for a second."""
    lines = dict.fromkeys(active, NOW - 1.0)
    way = None if lines and barrier.powered else NOW - 60.0
    known: dict[str, Any] = {"clear_since": way, "beams": Beams()} | fields
    return Transition(LaneState(barrier, frozenset(wired), active=lines, **known), NOW)


def effects(made: Transition) -> tuple[Effect, ...]:
    return made.end()[1]


def recorded(made: Transition) -> list[LaneEvent]:
    """The kinds of the events that it records, in order."""
    return [effect.event.kind for effect in effects(made) if isinstance(effect, Record)]


def bodies(made: Transition) -> list[Any]:
    return [effect.event for effect in effects(made) if isinstance(effect, Record)]


def prompts(made: Transition) -> list[str]:
    return [effect.reason for effect in effects(made) if isinstance(effect, Prompt)]
