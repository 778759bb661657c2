"""The protocols by which the parts of a gate meet, and the event of a decided encounter."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from edge.decision import (
    Crowding,
    Decision,
    Direction,
    Evidence,
    LastAccess,
    Mode,
    Outcome,
    PassUse,
    Subject,
    TemperatureReading,
    WallTime,
)
from edge.journal.format import CommandUse, Entry, Event, KnownOfCommand


@dataclass(frozen=True)
class AccessEvent:
    """One decided encounter. `entry` is None where the journal could not take it.

    `latency_ms` is by stage: `watch` to `embed` in the worker (the slowest frame), `recognise` to `lane`
    here, `total` their sum; `gather` is the time from the first frame that it rests on to the last.
    """

    input: str
    mode: Mode
    evidence: Evidence
    subject: Subject | None
    decision: Decision
    entry: Entry | None
    latency_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Noted:
    """An event that is no decision was written down. `entry` is None where the journal could not take it."""

    event: Event
    entry: Entry | None


class Lane(Protocol):
    """What the access controller asks of the lane; none of it waits for the barrier to move."""

    def grant(self, reference: str, direction: Direction | None) -> None:
        """Let one person through (None: either way); `reference` names the decision in the journal."""
        ...

    def refuse(self, outcome: Outcome, reason: str) -> None:
        """Show a denial or a referral by lamp, buzzer and prompt."""
        ...

    def prompt(self, reason: str) -> None:
        """Ask the person for something, and decide nothing."""
        ...

    @property
    def locked_down(self) -> bool:
        """Whether a lockdown is in force: nobody is let in by a grant."""
        ...


class Clock(Protocol):
    def monotonic(self) -> float:
        """Seconds on the clock that durations are measured by."""
        ...

    def wall(self) -> WallTime:
        """The wall clock's reading and how far to believe it."""
        ...


class EventLog(Protocol):
    """What the access controller asks of the journal."""

    def append(
        self,
        event: Event,
        wall: WallTime,
        *,
        used_pass: str | None = None,
        used_command: CommandUse | None = None,
        refused: Entry | None = None,
    ) -> Entry:
        """Store one event durably, or raise JournalError; `refused` is the grant whose one-time pass the
        event gives back.
        """
        ...

    def use_of(self, pass_id: str, issued: datetime | None = None) -> PassUse:
        """Whether a one-time pass that was `issued` then has let somebody through."""
        ...

    def known_of(self, nonce: str, issuer: str) -> KnownOfCommand:
        """What was taken of a command and its issuer. Raises JournalError where that cannot be told."""
        ...


class PeopleCount(Protocol):
    """What the access controller asks of the count of people."""

    def occupancy(self) -> int | None:
        """How many people are inside; None where nobody counts."""
        ...

    def crowding(self) -> Crowding:
        """How full the site is."""
        ...

    def last_access(self, subject: str) -> LastAccess | None:
        """When and which way somebody was last seen to pass."""
        ...


class Thermometry(Protocol):
    """What the access controller asks of the thermometer; none of it waits."""

    def reading(self, since: float) -> TemperatureReading | None:
        """What was measured of the person who stands there since `since` (monotonic seconds)."""
        ...

    def working(self, now: float) -> bool:
        """Whether a measurement may be expected."""
        ...

    def note_reading(self, reading: TemperatureReading) -> None:
        """A person was decided on with this reading."""
        ...


class NobodyCounts:
    """A gate that counts nobody: a replay, a bench."""

    def occupancy(self) -> int | None:
        return None

    def crowding(self) -> Crowding:
        return Crowding.ROOM

    def last_access(self, subject: str) -> LastAccess | None:
        del subject
        return None
