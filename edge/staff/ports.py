"""What the staff's side uses of the gate that it is part of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edge.commands.core import EntryHold
from edge.configuration import GateConfiguration
from edge.counting.counter import Counter
from edge.decision import AccessVerdict, CentralTime, Policy
from edge.journal.format import Entry, Event
from edge.lane.machine import LaneState, Signal
from edge.ports import Clock
from edge.runtime.recognition import Holdings
from edge.runtime.rights_here import RightsHere
from edge.thermometry.watch import ThermometerWatch


class StaffedLane(Protocol):
    """What staff use of the lane; none of it waits."""

    @property
    def state(self) -> LaneState:
        """The lane's last state."""
        ...

    def submit(self, signal: Signal) -> None:
        """Hand in a signal."""
        ...

    def prompt(self, reason: str) -> None:
        """Say something to whoever stands there."""
        ...


@dataclass(frozen=True)
class GateFacts:
    """What a gate knows of itself, for the main loop's thread to ask. `central` is what the centre last said
    of the time, `hold` its hold of entries, `mode` what the gate asks for now; `began_at` is the newest event
    before this start (epoch and sequence; None: there was none).
    """

    configuration: GateConfiguration
    counter: Counter
    mode: Callable[[], str]
    central: Callable[[], CentralTime | None]
    hold: Callable[[], EntryHold | None]
    began_at: tuple[bytes, int] | None
    thermometer: ThermometerWatch | None = None


@dataclass(frozen=True)
class GatePorts:
    """The gate, as its staff meet it.

    `record` stores an event and returns it, or raises JournalError; `note` stores one that must not stop
    anything. Both are for the main loop's thread only; so is `locked_by_centre`, which says who ordered the
    lockdown that stands (empty: there is none), and `verdict_of`: what would be decided on a subject who
    showed a pass now. `rights` takes those that staff give here. `policy` and `holdings` are for any thread.
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
    verdict_of: Callable[[str], AccessVerdict]
    rights: RightsHere
    entropy: Callable[[int], bytes]
    facts: GateFacts
