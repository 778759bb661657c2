"""What the staff's side uses of the gate that it is part of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edge.decision import Policy
from edge.journal.format import Entry, Event
from edge.lane.machine import LaneState, Signal
from edge.ports import Clock
from edge.runtime.recognition import Holdings


class StaffedLane(Protocol):
    """What staff use of the lane; none of it waits."""

    @property
    def state(self) -> LaneState:
        """The lane's last state."""
        ...

    def submit(self, signal: Signal) -> None:
        """Hand in a signal."""
        ...


@dataclass(frozen=True)
class GatePorts:
    """The gate, as its staff meet it.

    `record` stores an event and returns it, or raises JournalError; `note` stores one that must not stop
    anything. Both are for the main loop's thread only; so is `locked_by_centre`, which says who ordered the
    lockdown that stands (empty: there is none). `policy` and `holdings` are for any thread.
    """

    gate: str
    site: str
    language: str
    version: str
    clock: Clock
    record: Callable[[Event], Entry]
    note: Callable[[Event], None]
    lane: StaffedLane
    policy: Callable[[], Policy]
    holdings: Callable[[], Holdings | None]
    locked_by_centre: Callable[[], str]
    entropy: Callable[[int], bytes]
