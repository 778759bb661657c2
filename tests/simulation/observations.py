"""What can be seen of a world from outside, and what is true in it: all that the checkers get.

None of it is the product's own word about itself: relays are read from the wires, events from the card and
from central's tables, people's ways from the simulator. `at` is true time, in seconds from the begin; so is
every other time.

What a step made durable is told at the end of that step, a kill within it included: so before anything that
follows from it, the acknowledgement or the relay.
"""

from __future__ import annotations

from dataclasses import dataclass

CLONE = "~"
"""A second computer with the card of `main` is seen as `main~2`; at central it is `main`."""


def identity_of(device: str) -> str:
    """The device that central takes it for: of a clone the one whose card was copied."""
    return device.partition(CLONE)[0]


@dataclass(frozen=True)
class Seen:
    at: float


# --- a gate --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wire(Seen):
    """A line of a lane changed: an output that the gate drives, or an input that the world drives."""

    device: str
    line: str
    active: bool
    output: bool


@dataclass(frozen=True)
class OfEvent(Seen):
    """One event of a device's journal."""

    device: str
    epoch: bytes
    sequence: int
    hash: bytes
    kind: str
    body: bytes


@dataclass(frozen=True)
class Stored(OfEvent):
    """An event lies on a gate's card, as the journal's file was left by a step."""


@dataclass(frozen=True)
class Copied(OfEvent):
    """An event lies on a copy that somebody makes of the card of `device`: also one that no reader of the
    card itself has seen, since its sync failed.
    """


@dataclass(frozen=True)
class Gone(Seen):
    """Events up to `through` of an epoch are no longer on the card, though the card is the same: pruned."""

    device: str
    epoch: bytes
    through: int


@dataclass(frozen=True)
class Acknowledged(Seen):
    """A gate's card says that central has its events up to this one; what follows from it may be pruned."""

    device: str
    epoch: bytes
    sequence: int
    hash: bytes


@dataclass(frozen=True)
class CardChanged(Seen):
    """What is on the card is no longer what the gate left there. `how` is the plan's fault that did it, or
    `new`; of a damaged state file `file` is its name. What then lies on the card is told again.
    """

    device: str
    how: str
    file: str = ""


@dataclass(frozen=True)
class InForce(Seen):
    """The registry that a gate decides by, as its status file says; 0: none."""

    device: str
    version: int
    issued: float


@dataclass(frozen=True)
class Counted(Seen):
    """How many persons a gate counted each way, by its file for the other gates (`counts.outbox`), over all
    its stores and days; `lapses` are the times in which it may have missed some.
    """

    device: str
    entered: int
    left: int
    lapses: int = 0


@dataclass(frozen=True)
class ProcessBegan(Seen):
    device: str
    process: str  # gate, sync; of central: the ingester's name with process "ingester"


RAISED, STARVED = "raised", "starved"
"""How a process ends that its watchdog ends, since it names no reason to wait; more words may follow."""


@dataclass(frozen=True)
class ProcessEnded(Seen):
    device: str
    process: str
    how: str


@dataclass(frozen=True)
class Linked(Seen):
    """Whether a device's messages reach a working ingester and announcements reach the device: in truth."""

    device: str
    linked: bool


@dataclass(frozen=True)
class ClockState(Seen):
    """How far a device's wall clock is from true time, in seconds; whether a time server disciplines it."""

    device: str
    off: float
    disciplined: bool


# --- people --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Came(Seen):
    """Somebody stands before a gate and shows something. `pass_id` is what they show, if anything."""

    device: str
    person: str
    how: str
    visit: int
    pass_id: str = ""


@dataclass(frozen=True)
class Scanned(Seen):
    """A code that has come whole over the cable of a scanner that works to a gate that reads it, or a number
    over that of a keypad: `reader` is its name in events. It is to be decided on once.
    """

    device: str
    reader: str


@dataclass(frozen=True)
class Told(Seen):
    """The gate has said something to whoever stands there: a decision (with its outcome) or a prompt."""

    device: str
    reason: str
    outcome: str = ""


@dataclass(frozen=True)
class Walked(Seen):
    """Somebody went through a lane, seen by its beams or not. `inward` is entry."""

    device: str
    person: str
    inward: bool
    beams_worked: bool
    gate_lived: bool


@dataclass(frozen=True)
class Left(Seen):
    """Somebody no longer stands before a gate."""

    device: str
    person: str
    visit: int


# --- central -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AtCentral(OfEvent):
    """An event is in central's table of events."""


@dataclass(frozen=True)
class CentralRestored(Seen):
    """Central's database is that of an earlier moment."""

    as_of: float


@dataclass(frozen=True)
class FoundAtCentral(Seen):
    """A finding about a device in central's tables; from `first` to `last` where it is about events."""

    device: str
    kind: str
    detail: str
    epoch: bytes = b""
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class Published(Seen):
    version: int
    expires: float


@dataclass(frozen=True)
class Standing(Seen):
    """What is true of a person from now on, as central's people have decided and published it. Told of
    everybody at the begin, before the first `InForce`, and then at each change.
    """

    person: str
    admitted: bool
    isolated: bool = False
    urgent: bool = False


@dataclass(frozen=True)
class Commanded(Seen):
    device: str
    kind: str
    nonce: bytes
    replayed: bool = False


# --- the world -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Began(Seen):
    """A fault of the plan begins; `Ended` when it is over. `number` is its place in the plan."""

    number: int
    fault: str
    target: str


@dataclass(frozen=True)
class Ended(Seen):
    number: int
    fault: str
    target: str


@dataclass(frozen=True)
class Calm(Seen):
    """No fault is left: from here on everything converges within the bound."""


@dataclass(frozen=True)
class Over(Seen):
    """The world has come to its end."""


Observation = (
    Wire | Stored | Copied | Gone | Acknowledged | CardChanged | InForce | Counted
    | ProcessBegan | ProcessEnded | Linked | ClockState
    | Came | Scanned | Told | Walked | Left
    | AtCentral | CentralRestored | FoundAtCentral | Published | Standing | Commanded
    | Began | Ended | Calm | Over
)  # fmt: skip


@dataclass(frozen=True)
class Violation:
    """A promise that did not hold: which checker, when, and what was seen."""

    checker: str
    at: float
    what: str
