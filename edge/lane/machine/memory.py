"""The part of a lane's state that outlives its process. PURE.

A restart does not stand for a person: it ends no break-in alarm, clears no fault, lifts no lockdown.
"""

from __future__ import annotations

import msgspec

from edge.boards.format import InputName
from edge.lane.machine.state import LaneState, Phase


class LaneMemory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`fault` is the fault that lasts, `out_of_order` the one that a person has to clear. `fire` says that it
    was released for a fire, `held_by` who held it open, `held_too_long` that it stood open for too long.
    `stuck` are the inputs that were stuck: a restart does not count a stuck button as pressed again.
    """

    lockdown: bool = False
    break_in: bool = False
    fault: str = ""
    out_of_order: str = ""
    fire: bool = False
    held_by: str = ""
    held_too_long: bool = False
    stuck: tuple[InputName, ...] = ()


def remember(state: LaneState) -> LaneMemory:
    """The memory of this state."""
    return LaneMemory(
        lockdown=state.lockdown,
        break_in=state.break_in is not None,
        fault=state.fault,
        out_of_order=state.out_of_order,
        fire=state.fire is not None,
        held_by=state.held_by if state.phase is Phase.HELD_OPEN_BY_STAFF else "",
        held_too_long=state.phase is Phase.HELD_TOO_LONG,
        stuck=tuple(sorted(state.stuck)),
    )


NOTHING = LaneMemory()
"""What a new gate remembers."""
