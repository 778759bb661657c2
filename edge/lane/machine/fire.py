"""Releases the barrier for a fire: latched, supervised, and over only once the panel has been quiet.

A contact that chatters must not drop a magnet five times a second, and a gate that stays shut under a fire
must not show green.
"""

from __future__ import annotations

from msgspec.structs import replace

from edge.boards.format import InputName
from edge.journal.format import LaneFire, LaneFireEnded, LaneHoldEnded
from edge.lane.machine.closing import fault
from edge.lane.machine.driving import raise_it
from edge.lane.machine.motion import stop_standing_open
from edge.lane.machine.settling import refuse
from edge.lane.machine.signals import Cause
from edge.lane.machine.state import FireLatch, Phase
from edge.lane.machine.transition import Transition


def on_fire(transition: Transition, burning: bool) -> None:
    """Handle a change of the fire panel's line."""
    latch = transition.state.fire
    if not burning:
        if latch is not None:
            transition.become(
                fire=replace(latch, quiet_at=transition.now + transition.state.barrier.fire_quiet)
            )
    elif latch is not None:
        transition.become(fire=replace(latch, quiet_at=None))
    else:
        release_for_fire(transition, FireLatch())


def release_for_fire(transition: Transition, latch: FireLatch) -> None:
    """Open the barrier and keep it open until the latch ends."""
    state = transition.state
    if state.phase is Phase.HELD_OPEN_BY_STAFF:
        transition.record(LaneHoldEnded(by="fire", held_by=state.held_by))
    transition.record(LaneFire())
    transition.opened(Cause.FIRE)
    leaving = tuple(waits.credit for waits in state.waiting if waits.credit.cause is not Cause.GRANT)
    for waits in state.waiting:
        if waits.credit.cause is Cause.GRANT:
            refuse(transition, waits.credit, "fire")
    transition.become(credits=(*state.credits, *leaving), waiting=(), claim=None)
    transition.become(cause=Cause.FIRE, notice=None, moved=state.moved or state.door_open, fire=latch)
    raise_it(transition)
    transition.enter(Phase.FIRE)
    if state.barrier.powered and state.seen_shut:
        transition.become(stand_by=transition.now + state.barrier.travel)


def quiet_for_long_enough(transition: Transition) -> None:
    """End the release, as its input has been quiet; wait for a person where the board requires one."""
    if not transition.state.barrier.fire_reset:
        end_fire(transition)
    elif transition.state.fire is not None:
        transition.become(fire=replace(transition.state.fire, quiet_at=None))


def may_be_reset(transition: Transition) -> bool:
    """Whether only a person's reset is missing to end the release."""
    latch = transition.state.fire
    return latch is not None and latch.quiet_at is None and InputName.FIRE not in transition.state.active


def end_fire(transition: Transition) -> None:
    """End the release: the barrier closes as after an ordinary opening."""
    failed = transition.state.fire is not None and transition.state.fire.failed
    transition.record(LaneFireEnded())
    transition.become(fire=None)
    if failed and transition.state.seen_shut:
        fault(transition, "did not open")
    else:
        stop_standing_open(transition)
