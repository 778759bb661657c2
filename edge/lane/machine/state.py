"""The lane's state between two signals."""

from __future__ import annotations

from enum import StrEnum
from math import inf

import msgspec

from edge.boards.format import Barrier, BarrierKind, Drive, InputName, OutputName
from edge.decision import Direction, Outcome
from edge.journal.format import LaneEvent
from edge.lane.machine.beams import Beams
from edge.lane.machine.signals import Cause


class Phase(StrEnum):
    """What the barrier is doing."""

    CLOSED = "closed"
    OPENING = "opening"  # a lock released and its door still shut; a powered barrier on its way up
    OPEN = "open"
    CLOSING = "closing"  # powered barriers only
    HELD_TOO_LONG = "held_too_long"  # open longer than it may be: an alarm
    HELD_OPEN_BY_STAFF = "held_open_by_staff"  # held open with permission
    FORCED = "forced"  # open without a cause: an alarm
    OBSTRUCTED = "obstructed"  # would close, but something is in its way
    WARNING = "warning"  # is about to close without anybody having asked: lamp and buzzer say so
    HALTED = "halted"  # stopped while it opened: somebody is in the swing
    FAULT = "fault"
    FIRE = "fire"
    LOCKED = "locked"  # closed, and grants are refused


RESTING: frozenset[Phase] = frozenset({Phase.CLOSED, Phase.LOCKED})
STANDS_OPEN: frozenset[Phase] = frozenset(
    {
        Phase.OPENING,
        Phase.HALTED,
        Phase.OPEN,
        Phase.HELD_TOO_LONG,
        Phase.HELD_OPEN_BY_STAFF,
        Phase.OBSTRUCTED,
        Phase.WARNING,
        Phase.FIRE,
    }
)

HELD_UP = frozenset(
    {
        Phase.OPENING,
        Phase.HALTED,
        Phase.OPEN,
        Phase.HELD_TOO_LONG,
        Phase.OBSTRUCTED,
        Phase.WARNING,
        Phase.HELD_OPEN_BY_STAFF,
        Phase.FIRE,
    }
)
"""Phases in which a powered barrier that a relay holds is held up."""


class Impulse(msgspec.Struct, frozen=True):
    """A relay that is on until a monotonic time; `then` are those that follow, each for as long."""

    relay: OutputName
    until: float
    then: tuple[OutputName, ...] = ()


class Notice(msgspec.Struct, frozen=True):
    """A refusal being shown until a monotonic time."""

    outcome: Outcome
    since: float
    until: float


class OutputTrial(msgspec.Struct, frozen=True):
    """A lamp or the buzzer that an installer tries, from and until monotonic times."""

    output: OutputName
    since: float
    until: float


class Credit(msgspec.Struct, frozen=True):
    """One person may pass. `direction` None: either way (the staff's button says nothing of it).

    `late` is set for a person who was let through while a lock's door stood open already: until then the lock
    is released again once that door has shut.
    """

    reference: str
    cause: Cause
    direction: Direction | None
    late: float | None = None

    @property
    def kept_out(self) -> bool:
        """Whether a lockdown refuses it: a grant, but to who leaves by a gate that is the way out."""
        return self.cause is Cause.GRANT and self.direction is not Direction.EXIT


class LockRelease(msgspec.Struct, frozen=True):
    """A held lock is let go until a monotonic time.

    `assured`: for its whole time whatever the sensors say, because somebody wants to get out, or the staff
    let them in. Otherwise the lock is secured again at `secure_at`, once its door has stood open: a contact
    that only flickered cuts nobody's release short.
    """

    until: float
    assured: bool
    secure_at: float = inf

    @property
    def over_at(self) -> float:
        """When the lock holds again."""
        return min(self.until, self.secure_at)


class FireLatch(msgspec.Struct, frozen=True):
    """The release for a fire. `quiet_at` is when its input will have been quiet for long enough (None: it is
    active, or that time is over and a person has to end the release); `failed` says that the barrier does not
    stand open.
    """

    quiet_at: float | None = None
    failed: bool = False


class WaitingPerson(msgspec.Struct, frozen=True):
    """One person who may pass once the other gate of the mantrap is shut, or until a monotonic time;
    `opened`: this gate stood open meanwhile, for somebody else.
    """

    credit: Credit
    until: float
    opened: bool = False


class Button(msgspec.Struct, frozen=True):
    """The override button. `down` is since when it is pressed, `presses` the times of the recent ones, the
    duress button's too.

    `held` says that the long press was served. While `abused` (until a time) presses still open, but are
    counted in `folded` and recorded together, so that a child at the button cannot fill the journal.
    """

    down: float | None = None
    held: bool = False
    presses: tuple[float, ...] = ()
    abused: float | None = None
    folded: int = 0


class Repeat(msgspec.Struct, frozen=True):
    """How often an event came since a monotonic time, and how many of those are to be recorded together."""

    since: float
    count: int = 1
    folded: int = 0


class LaneState(msgspec.Struct, frozen=True):
    """Everything the lane remembers. `barrier` and `wired` never change; times are monotonic seconds.

    `since` is when the phase began, `until` when it ends by itself. `clear_at` is when the lane will have
    been clear for long enough to close. `active` maps the active input lines to since when, `stuck` are
    those reported as stuck; `driven` are the active outputs. `credits` are the persons let through who
    were not seen to pass, `moved` says that the door was opened. `passed` are the directions in which
    somebody passed during this opening; `blind` says that its beams cannot be relied on. `reversals` are
    how often it began to close and could not. `lockdown` outlives an opening.

    `release` is set while a lock is let go by time, `fire` while the fire panel releases the barrier;
    `stand_by` is when a barrier that is to stay open must stand open. `clear_since` is since when nothing has
    been in a powered barrier's way (None: something is), `shut_at` when it last shut after an opening, and
    `still` how many releases in a row its contact has not noticed. `break_in` is since when the alarm of a
    forced barrier lasts, `fault` what the last fault was, as long as it lasts; `out_of_order` is one that a
    person has to clear, and `renewals` how often an impulse kept it open for what is in its way. `held_by`
    says who holds it open; `holds` that a halted swing goes on to be held, until `hold_resumes`. `warns` says
    that it closes without anybody having asked, `fell_at` when reading as shut is no longer a flicker.

    `raised` is when the last opening began, `lowered` when the last closing impulse did. `waiting` are those
    let through who wait for the other gate of a mantrap, `claim` since when this gate claims the right to
    open. `trial` is an output that an installer tries. `repeats` counts the events of a kind within a minute,
    so that a contact that chatters cannot fill the journal.
    """

    barrier: Barrier
    wired: frozenset[InputName]
    phase: Phase = Phase.CLOSED
    since: float = 0.0
    until: float | None = None
    clear_at: float | None = None
    cause: Cause | None = None
    active: dict[InputName, float] = {}
    stuck: frozenset[InputName] = frozenset()
    driven: frozenset[OutputName] = frozenset()
    impulse: Impulse | None = None
    notice: Notice | None = None
    credits: tuple[Credit, ...] = ()
    passed: frozenset[Direction] = frozenset()
    moved: bool = False
    blind: bool = False
    reversals: int = 0
    release: LockRelease | None = None
    fire: FireLatch | None = None
    stand_by: float | None = None
    clear_since: float | None = None
    shut_at: float | None = None
    moved_at: float = -inf
    still: int = 0
    break_in: float | None = None
    fault: str = ""
    out_of_order: str = ""
    renewals: int = 0
    held_by: str = ""
    holds: bool = False
    hold_resumes: float | None = None
    warns: bool = False
    fell_at: float | None = None
    raised: float = -inf
    lowered: float = -inf
    waiting: tuple[WaitingPerson, ...] = ()
    claim: float | None = None
    trial: OutputTrial | None = None
    beams: Beams = Beams()
    button: Button = Button()
    denials: tuple[float, ...] = ()
    lockdown: bool = False
    shift: str = ""
    repeats: dict[LaneEvent, Repeat] = {}

    @property
    def counts(self) -> bool:
        """Whether two working beams confirm passages; without them passages are estimates."""
        return self.wired >= BEAMS and not self.blind

    @property
    def on_shift(self) -> str:
        """Who minds the gate: by name, or as the person who turned the key; empty: nobody is known to."""
        return self.shift or ("key" if InputName.SHIFT_KEY in self.active else "")

    @property
    def kept_open(self) -> bool:
        """Whether a barrier whose own controller closes it must be kept from closing."""
        if self.phase in {Phase.HELD_OPEN_BY_STAFF, Phase.FIRE}:
            return True
        if not self.barrier.powered or self.out_of_order:
            return False
        return self.phase in {Phase.OBSTRUCTED, Phase.HELD_TOO_LONG} or (
            self.phase is Phase.OPEN and self.blocked
        )

    @property
    def blocked(self) -> bool:
        """Whether something is where a powered barrier would close."""
        return self.barrier.powered and not IN_THE_WAY.isdisjoint(self.active)

    def clear_at_last(self) -> float:
        """When the way will have been clear for `clear_time`; far off while something is in it."""
        return inf if self.clear_since is None else self.clear_since + self.barrier.clear_time

    @property
    def in_the_swing(self) -> bool:
        """Whether a leaf that opens would meet somebody."""
        return self.barrier.kind is BarrierKind.SWING and not IN_THE_SWING.isdisjoint(self.active)

    @property
    def held_up(self) -> bool:
        """Whether a relay holds a powered barrier up; it closes when the relay goes off."""
        return self.barrier.powered and self.barrier.drive is Drive.HOLD and self.phase in HELD_UP

    @property
    def about_to_open(self) -> bool:
        """Whether an opening impulse is on, or follows the one that is."""
        running = self.impulse
        return running is not None and OutputName.RELAY_OPEN in (running.relay, *running.then)

    @property
    def seen_shut(self) -> bool:
        """Whether it has a contact, and that reads shut."""
        return self.has_contact and not self.door_open

    @property
    def door_open(self) -> bool:
        return InputName.DOOR_CONTACT in self.active

    @property
    def has_contact(self) -> bool:
        return InputName.DOOR_CONTACT in self.wired

    @property
    def is_shut(self) -> bool:
        """Whether nobody can get through now, as far as the lane knows."""
        if self.door_open:
            return False
        return self.phase in RESTING or (self.has_contact and self.phase in {Phase.FORCED, Phase.FAULT})


BEAMS = frozenset({InputName.BEAM_OUTER, InputName.BEAM_INNER})
IN_THE_SWING = frozenset({InputName.OBSTACLE, InputName.LEAF})
IN_THE_WAY = BEAMS | IN_THE_SWING
