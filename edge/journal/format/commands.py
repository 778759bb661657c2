"""What the centre asked of the gate, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from edge.journal.format.kinds import Event, EventKind


class CommandTaken(Event, frozen=True):
    """A genuine command is about to be carried out: its `nonce` (hex, used up with this event), what it
    asks, who gave it, and by which `counter` of which `issuer` (the id of the key that signed, hex).
    """

    kind: ClassVar = EventKind.COMMAND_TAKEN
    nonce: str
    command: str
    argument: str
    actor: str
    issuer: str
    counter: int


class CommandResultEvent(Event, frozen=True):
    """What became of a genuine command: the `outcome` and, for people or as JSON, a `text`; `challenge` (hex;
    empty: none) is what it has to be signed again with.
    """

    kind: ClassVar = EventKind.COMMAND_RESULT
    nonce: str
    command: str
    argument: str
    actor: str
    outcome: str
    text: str
    challenge: str = ""


class CommandRefused(Event, frozen=True):
    """Something that is not a genuine command came, so many `times` since it was last told; once a minute a
    reason at most.
    """

    kind: ClassVar = EventKind.COMMAND_REFUSED
    reason: str
    times: int


class HoldEnd(StrEnum):
    """How a hold of entries ended."""

    LAPSED = "lapsed"  # by itself, at its time
    ORDERED = "ordered"  # by a command


class EntriesReleased(Event, frozen=True):
    """Entries are held no more: `until` when they were to be, `by` whom and `why`, and how that came to its
    `end`.
    """

    kind: ClassVar = EventKind.ENTRIES_RELEASED
    until: datetime
    by: str
    why: str
    end: HoldEnd


class StandingOrdersDamaged(Event, frozen=True):
    """What the centre had ordered could not be read at a start; `locked`: the lane is therefore locked
    down.
    """

    kind: ClassVar = EventKind.STANDING_ORDERS_DAMAGED
    text: str
    locked: bool
