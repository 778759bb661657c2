"""The release for a fire: latched, watched, and over only when the panel has been quiet.

A contact that chatters must not drop a magnet five times a second, and a gate that stays shut under a fire
must not show green.
"""

from __future__ import annotations

from msgspec.structs import replace

from edge.boards.format.board import InputName
from edge.lane.machine.closing import fault
from edge.lane.machine.driving import raise_it
from edge.lane.machine.motion import stop_standing_open
from edge.lane.machine.settling import refuse
from edge.lane.machine.signals import Cause, LaneEvent
from edge.lane.machine.state import FireLatch, Phase
from edge.lane.machine.transition import Turn


def on_fire(turn: Turn, burning: bool) -> None:
    """The panel's line changed."""
    latch = turn.state.fire
    if not burning:
        if latch is not None:
            turn.become(fire=replace(latch, quiet_at=turn.now + turn.state.barrier.fire_quiet))
    elif latch is not None:
        turn.become(fire=replace(latch, quiet_at=None))
    else:
        release_for_fire(turn, FireLatch())


def release_for_fire(turn: Turn, latch: FireLatch) -> None:
    """Open, and stay so until the latch is over."""
    state = turn.state
    if state.phase is Phase.PROPPED:
        turn.record(LaneEvent.PROP_ENDED, by="fire", held_by=state.held_by)
    turn.record(LaneEvent.FIRE)
    turn.opened(Cause.FIRE)
    leaving = tuple(waits.credit for waits in state.waiting if waits.credit.cause is not Cause.GRANT)
    for waits in state.waiting:
        if waits.credit.cause is Cause.GRANT:
            refuse(turn, waits.credit, "fire")
    turn.become(credits=(*state.credits, *leaving), waiting=(), claim=None)
    turn.become(cause=Cause.FIRE, notice=None, moved=state.moved or state.door_open, fire=latch)
    raise_it(turn)
    turn.enter(Phase.FIRE)
    if state.barrier.powered and state.seen_shut:
        turn.become(stand_by=turn.now + state.barrier.travel)


def quiet_for_long_enough(turn: Turn) -> None:
    """The input has been quiet: over, unless the board wants a person to say so."""
    if not turn.state.barrier.fire_reset:
        end_fire(turn)
    elif turn.state.fire is not None:
        turn.become(fire=replace(turn.state.fire, quiet_at=None))


def may_be_reset(turn: Turn) -> bool:
    """Whether the release waits for nothing but a person."""
    latch = turn.state.fire
    return latch is not None and latch.quiet_at is None and InputName.FIRE not in turn.state.active


def end_fire(turn: Turn) -> None:
    """The release is over: the barrier closes as after an ordinary opening."""
    failed = turn.state.fire is not None and turn.state.fire.failed
    turn.record(LaneEvent.FIRE_ENDED)
    turn.become(fire=None)
    if failed and turn.state.seen_shut:
        fault(turn, "did not open")
    else:
        stop_standing_open(turn)
