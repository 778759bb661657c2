"""What the lane reports: who went through, what its barrier and its sensors do, what was done by hand.

`reference` names the decision (or the command) that let somebody through; absent: nobody was let through by
one. `cause` is why the barrier opened (`edge.lane.machine.Cause`). `shift` is who minds the gate; empty:
nobody is known to. `sensor`, and `by` of an obstacle, are input lines as the board file names them.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from edge.decision import Direction
from edge.journal.format.kinds import Event, LaneEvent

Counted = Literal["counted", "estimated"]
"""Whether beams saw a passage for certain."""


class LaneRecord(Event, frozen=True):
    """An event of the lane."""

    kind: ClassVar[LaneEvent]


# --- the barrier ---------------------------------------------------------------------------


class LaneFoundOpen(LaneRecord, frozen=True):
    """At a start the barrier stood open."""

    kind: ClassVar = LaneEvent.FOUND_OPEN


class LaneFoundUnknown(LaneRecord, frozen=True):
    """At a start no contact told whether the boom was up; it is lowered."""

    kind: ClassVar = LaneEvent.FOUND_UNKNOWN


class LaneOpened(LaneRecord, frozen=True):
    """The barrier opens, or is released, and why (`cause`); `reference` where it is for somebody."""

    kind: ClassVar = LaneEvent.OPENED
    cause: str
    reference: str = ""


class LaneClosed(LaneRecord, frozen=True):
    """The barrier is closed."""

    kind: ClassVar = LaneEvent.CLOSED


class LaneHeldTooLong(LaneRecord, frozen=True):
    """The barrier stands open for longer than it may; `blocked` names the lines that keep it open."""

    kind: ClassVar = LaneEvent.HELD_TOO_LONG
    blocked: str


class LaneHeldOpenByStaff(LaneRecord, frozen=True):
    """Staff hold the barrier open, for so many `seconds` (absent: until they end it); or it was `refused`, or
    `waits` for something first.
    """

    kind: ClassVar = LaneEvent.HELD_OPEN_BY_STAFF
    by: str
    seconds: float | None = None
    refused: str = ""
    waits: str = ""


class LaneHoldEnded(LaneRecord, frozen=True):
    """A hold ended: `by` whom or what, `why`, and who had held it (`held_by`)."""

    kind: ClassVar = LaneEvent.HOLD_ENDED
    by: str
    held_by: str = ""
    why: str = ""


class LaneForced(LaneRecord, frozen=True):
    """The barrier was opened by force: a break-in alarm."""

    kind: ClassVar = LaneEvent.FORCED


class LaneReopened(LaneRecord, frozen=True):
    """The barrier opened again before it had settled: a latch that does not catch."""

    kind: ClassVar = LaneEvent.REOPENED


class LaneReset(LaneRecord, frozen=True):
    """A person, or the board's rule, ended what waited for one: `by` whom, for which `reason`, and what
    `ended` (break_in, fault, fire; nothing).
    """

    kind: ClassVar = LaneEvent.RESET
    by: str
    reason: str
    ended: str


class LaneDiagnosis(LaneRecord, frozen=True):
    """What the sensors and releases together say is broken."""

    kind: ClassVar = LaneEvent.DIAGNOSIS
    what: str


class LaneObstructed(LaneRecord, frozen=True):
    """Something is in the way (`by` which lines) of a barrier that ought to move."""

    kind: ClassVar = LaneEvent.OBSTRUCTED
    by: str


class LaneFault(LaneRecord, frozen=True):
    """The barrier, or a device of the lane, failed."""

    kind: ClassVar = LaneEvent.FAULT
    what: str


class LaneFire(LaneRecord, frozen=True):
    """The fire input is active: the barrier opens and stays so."""

    kind: ClassVar = LaneEvent.FIRE


class LaneFireEnded(LaneRecord, frozen=True):
    """The release for a fire ended."""

    kind: ClassVar = LaneEvent.FIRE_ENDED


class LaneInterlockOverridden(LaneRecord, frozen=True):
    """The barrier opened while the other gate of the mantrap was not shut, and why (`cause`)."""

    kind: ClassVar = LaneEvent.INTERLOCK_OVERRIDDEN
    cause: str


# --- by hand -------------------------------------------------------------------------------


class LaneLocked(LaneRecord, frozen=True):
    """The lane is locked down: grants are refused."""

    kind: ClassVar = LaneEvent.LOCKED
    by: str


class LaneUnlocked(LaneRecord, frozen=True):
    """A lockdown ended."""

    kind: ClassVar = LaneEvent.UNLOCKED
    by: str


class LaneOverride(LaneRecord, frozen=True):
    """The override button was pressed; `presses` where so many are told together."""

    kind: ClassVar = LaneEvent.OVERRIDE
    shift: str
    presses: int = 1


class LaneOverrideStuck(LaneRecord, frozen=True):
    """The override button has been down for too long to be a press."""

    kind: ClassVar = LaneEvent.OVERRIDE_STUCK
    shift: str


class LaneOverrideAbuse(LaneRecord, frozen=True):
    """The override button was pressed so often (`presses`) within a minute that it is an alarm."""

    kind: ClassVar = LaneEvent.OVERRIDE_ABUSE
    presses: int
    shift: str


class LaneShift(LaneRecord, frozen=True):
    """`who` minds the gate from now on, and who did `before`; empty: nobody is known to."""

    kind: ClassVar = LaneEvent.SHIFT
    who: str
    before: str


class LaneDuress(LaneRecord, frozen=True):
    """The duress button was pressed. `folded`: so often that the override button would have left no event of
    its own for this press; it counts in those that the override button leaves then.
    """

    kind: ClassVar = LaneEvent.DURESS
    shift: str
    folded: bool = False


class LaneExitRequested(LaneRecord, frozen=True):
    """The exit button was pressed."""

    kind: ClassVar = LaneEvent.EXIT_REQUESTED


# --- wires and sensors ---------------------------------------------------------------------


class LaneTamper(LaneRecord, frozen=True):
    """The tamper contact is active."""

    kind: ClassVar = LaneEvent.TAMPER


class LaneTamperEnded(LaneRecord, frozen=True):
    """The tamper contact is quiet again."""

    kind: ClassVar = LaneEvent.TAMPER_ENDED


class LanePowerLost(LaneRecord, frozen=True):
    """The mains are gone: the gate runs on its battery."""

    kind: ClassVar = LaneEvent.POWER_LOST


class LanePowerRestored(LaneRecord, frozen=True):
    """The mains are back."""

    kind: ClassVar = LaneEvent.POWER_RESTORED


class LaneSensorFault(LaneRecord, frozen=True):
    """A `sensor` cannot be relied on, and `why`."""

    kind: ClassVar = LaneEvent.SENSOR_FAULT
    sensor: str
    why: str


class LaneSensorCleared(LaneRecord, frozen=True):
    """A `sensor` that was stuck moved again."""

    kind: ClassVar = LaneEvent.SENSOR_CLEARED
    sensor: str


# --- who went through ----------------------------------------------------------------------


REFUSED_SHUT = frozenset({"interlock", "locked", "too_many_waiting"})
"""Why the lane refuses a grant for which it has opened nothing, nor let go of anything."""


class LaneGrantRefused(LaneRecord, frozen=True):
    """The decision granted, the lane could not, and `why`."""

    kind: ClassVar = LaneEvent.GRANT_REFUSED
    reference: str
    why: str

    @property
    def opened_nothing(self) -> bool:
        """Whether nothing was opened for them: a code that this grant used up is given back, and the centre
        counts no passage.
        """
        return self.why in REFUSED_SHUT


class LanePassed(LaneRecord, frozen=True):
    """Somebody who was let through (or for whom it stood open: `cause`) passed, which way (null: nobody
    saw), and whether beams `counted` them.
    """

    kind: ClassVar = LaneEvent.PASSED
    direction: Direction | None
    counted: Counted
    cause: str
    reference: str = ""


class LaneNoEntry(LaneRecord, frozen=True):
    """Somebody who was let through did not pass."""

    kind: ClassVar = LaneEvent.NO_ENTRY
    cause: str
    reference: str = ""


class _Unasked(LaneRecord, frozen=True):
    """Somebody for whom nothing was opened went through."""

    direction: Direction
    counted: Counted


class LaneTailgating(_Unasked, frozen=True):
    """Somebody passed behind one who was let through."""

    kind: ClassVar = LaneEvent.TAILGATING


class LaneWrongDirection(_Unasked, frozen=True):
    """Somebody passed an open barrier the other way."""

    kind: ClassVar = LaneEvent.WRONG_DIRECTION


class LaneIntrusion(_Unasked, frozen=True):
    """Somebody passed a barrier that was shut."""

    kind: ClassVar = LaneEvent.INTRUSION


class LaneCrawlBack(_Unasked, frozen=True):
    """Somebody turned back between the beams."""

    kind: ClassVar = LaneEvent.CRAWL_BACK


class LaneUnclear(LaneRecord, frozen=True):
    """Nobody can tell who passed, or which way, and `why`; `cause` and `reference` where somebody had been
    let through.
    """

    kind: ClassVar = LaneEvent.UNCLEAR
    why: str
    cause: str = ""
    reference: str = ""


class LaneWrongAttempts(LaneRecord, frozen=True):
    """So many (`count`) were denied one after another that it is an alarm."""

    kind: ClassVar = LaneEvent.WRONG_ATTEMPTS
    count: int


class LaneRepeated(LaneRecord, frozen=True):
    """Events `of` one kind that was told often enough within a minute: it happened so many `times` more."""

    kind: ClassVar = LaneEvent.REPEATED
    of: LaneEvent
    times: int
