"""The signals that go into the lane's state machine, and the effects that come out.

Signals go in: a decision, a line that changed, a request of the staff, the passing of time. Effects come
out: lines to drive, prompts to give, events to record. Both are values; nothing here acts.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.boards.format import InputName, OutputName
from edge.decision import Direction, Outcome
from edge.journal.format import LaneRecord


class Cause(StrEnum):
    """What may open the barrier; nothing else does."""

    GRANT = "grant"
    OVERRIDE = "override"
    DURESS = "duress"
    EXIT_REQUEST = "exit_request"
    STAFF = "staff"  # through the console, by name
    FIRE = "fire"
    OBSTACLE = "obstacle"  # a closing barrier opens again for what is in its way


class Grant(msgspec.Struct, frozen=True):
    """Let one person through. `reference` ties the passage to the decision in the journal.

    `direction` None: at a gate for both ways the beams say which way they went.
    """

    reference: str
    direction: Direction | None = Direction.ENTRY
    cause: Cause = Cause.GRANT


class Show(msgspec.Struct, frozen=True):
    """A decision that opens nothing: lamp, buzzer and prompt only. `reason` is the reason's code."""

    outcome: Outcome
    reason: str


class AskPerson(msgspec.Struct, frozen=True):
    """Ask the person for something (`reason` is the code of the text), and decide nothing."""

    reason: str


class OnShift(msgspec.Struct, frozen=True):
    """Who is on shift from now on; the override's records name them. Empty: nobody is known to be."""

    who: str


class Sensed(msgspec.Struct, frozen=True):
    """An input line settled on a level (debounced); `active` as the board file defines it."""

    line: InputName
    active: bool


class Hold(msgspec.Struct, frozen=True):
    """Staff hold the barrier open for `seconds` (None: until they release it)."""

    by: str
    seconds: float | None = None


class Release(msgspec.Struct, frozen=True):
    """Staff end a hold."""

    by: str


class Lock(msgspec.Struct, frozen=True):
    """Staff lock the lane down: nobody is let in by a grant; exit request, override, fire, and a grant at an
    exit still open.
    """

    by: str


class Unlock(msgspec.Struct, frozen=True):
    """Staff end the lockdown."""

    by: str


class Reset(msgspec.Struct, frozen=True):
    """A person has looked: the break-in alarm, a fault, or the release for a fire that is over, ends.

    Raises ValueError without a name and a reason.
    """

    by: str
    reason: str

    def __post_init__(self) -> None:
        """Refuse a reset without a name or a reason."""
        if not self.by.strip() or not self.reason.strip():
            raise ValueError("a reset needs a name and a reason")


class TryLine(msgspec.Struct, frozen=True):
    """An installer tries a lamp or the buzzer; nothing happens unless the lane rests."""

    output: OutputName


class Broke(msgspec.Struct, frozen=True):
    """A device of the lane failed; `what` says which and how."""

    what: str


class Tick(msgspec.Struct, frozen=True):
    """Nothing but time has passed."""


Signal = (
    Grant
    | Show
    | AskPerson
    | OnShift
    | Sensed
    | Hold
    | Release
    | Lock
    | Unlock
    | Reset
    | TryLine
    | Broke
    | Tick
)


class LanePrompt(StrEnum):
    """The lane's own prompts; the reasons of decisions are prompted as well (`Show`, `AskPerson`)."""

    LOCKED = "gate_locked"
    OUT_OF_ORDER = "lane_out_of_order"
    ONE_AT_A_TIME = "lane_one_at_a_time"
    CLEAR_THE_WAY = "lane_clear_the_way"
    OTHER_GATE = "lane_other_gate"  # wait until the other gate of the mantrap is shut


class SetOutput(msgspec.Struct, frozen=True):
    """Drive one output line active or inactive."""

    output: OutputName
    active: bool


class Prompt(msgspec.Struct, frozen=True):
    """Say and show the text of a reason's code."""

    reason: str


class Record(msgspec.Struct, frozen=True):
    """An event for the journal."""

    event: LaneRecord


Effect = SetOutput | Prompt | Record
