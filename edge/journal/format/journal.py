"""What a journal says of itself."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from edge.journal.format.kinds import Event, EventKind


class JournalSalvaged(Event, frozen=True):
    """A damaged file was put aside as `damaged`, and so many events `kept`; `missing` are the others: by
    epoch (hex), pairs of first and last sequence.
    """

    kind: ClassVar = EventKind.JOURNAL_SALVAGED
    damaged: str
    kept: int
    missing: dict[str, tuple[tuple[int, int], ...]]


class JournalRecovered(Event, frozen=True):
    """So many events (`missed`, by kind) could not be stored since `since` (null: unknown); `count` is the
    random name of this count.
    """

    kind: ClassVar = EventKind.JOURNAL_RECOVERED
    missed: int
    since: datetime | None
    kinds: dict[str, int]
    count: str


class JournalEpochBegun(Event, frozen=True):
    """The journal goes on in a new epoch, and why: it follows `epoch` (hex), whose newest event has
    `sequence` and `hash` (hex; 0 and empty: it had none).
    """

    kind: ClassVar = EventKind.JOURNAL_EPOCH_BEGUN
    why: str
    epoch: str
    sequence: int
    hash: str


class UsedPassesUnknown(Event, frozen=True):
    """What was known of used one-time passes and commands before this event is lost: passes issued until then
    do not count, commands need a challenge.
    """

    kind: ClassVar = EventKind.USED_PASSES_UNKNOWN


class AcknowledgementRefused(Event, frozen=True):
    """The file `name` is not an acknowledgement of central's, by the code `reason`, so many `times` since it
    was last told; once an hour a reason at most.
    """

    kind: ClassVar = EventKind.ACKNOWLEDGEMENT_REFUSED
    name: str
    reason: str
    times: int
