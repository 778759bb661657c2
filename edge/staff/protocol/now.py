"""What the page Now shows of a gate, as values; and what staff say of a face that was mistaken.

`since` and `until` are seconds of the clock that only goes forward, as `NowView.monotonic` is: whatever
happens to the gate's wall clock, nothing is younger than now. Reasons, rules and states are codes: who shows
them has the words.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from edge.decision import ClockTrust, Outcome, Status
from edge.signing.cose import Name
from edge.staff.protocol.envelope import Message, Sequence
from edge.staff.protocol.people import FaultShown


class Stage(StrEnum):
    """How far an encounter has come."""

    WAITING = "waiting"  # somebody is there, and nothing was said to them yet
    ASKING = "asking"  # they were asked for something
    DECIDED = "decided"


class Means(StrEnum):
    """How somebody showed who they are, or who let them in."""

    FACE = "face"
    CODE = "code"
    BOTH = "both"
    NUMBER = "number"
    STAFF = "staff"
    BUTTON = "button"
    NOTHING = ""


class Person(msgspec.Struct, frozen=True):
    """Somebody by id, with name and room as the registry in force has them (empty: it has none); a visitor
    who was registered here with the name given then, and the room of their host. No `id`: who looks learns of
    nobody who it is.
    """

    id: str
    name: str = ""
    address: str = ""
    visitor: bool = False


class HealthCode(msgspec.Struct, frozen=True):
    """A status with its grounds: who set it, why, from when until when, and when that was last `checked`."""

    value: Status
    source: str = ""
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    checked: datetime | None = None


class Seen(msgspec.Struct, frozen=True):
    """What a decision rests on, in figures; None where it was not measured. `took` is in milliseconds."""

    score: float | None = None
    threshold: float | None = None
    liveness: float | None = None
    celsius: float | None = None
    took: float | None = None


class Card(msgspec.Struct, frozen=True):
    """Who is before the gate, and what was decided of them.

    `encounter` counts the encounters since the gate started; `number` is the event in the journal, by which a
    decision is appealed against. `present` says whether they are still seen. `by_face` says that a face told
    who it is: staff may say that it was mistaken, and `mistaken` that they did; `appealed` that they filed an
    appeal. `refused` is why the lane did not let through who was granted.
    """

    encounter: int
    stage: Stage
    since: float
    present: bool = True
    outcome: Outcome | None = None
    reason: str = ""
    rule: str = ""
    registry: int | None = None
    number: int | None = None
    means: Means = Means.NOTHING
    person: Person | None = None
    health: HealthCode | None = None
    seen: Seen = Seen()
    by_face: bool = False
    mistaken: bool = False
    appealed: bool = False
    refused: str = ""


class Row(msgspec.Struct, frozen=True):
    """One of the last accesses, by the `number` of its event. `staff` is who let them in (a staff member's
    id), `about` the access that this was about. `opened`: the lane opened, or stood open, for it; `refused`
    is why it did not.
    """

    number: int
    at: datetime
    outcome: Outcome
    reason: str
    means: Means
    person: Person | None = None
    staff: str = ""
    text: str = ""
    about: int | None = None
    opened: bool = False
    refused: str = ""


class Today(msgspec.Struct, frozen=True):
    """The figures of the site's day at this gate. The waiting times (ms) are those since the gate started:
    half of the people waited `half` at most, and 95 % `most`.
    """

    granted: int = 0
    denied: int = 0
    by_staff: int = 0
    half: float | None = None
    most: float | None = None


class LaneFact(msgspec.Struct, frozen=True):
    """What the barrier does. `until` is when a hold ends by itself; None: when somebody ends it."""

    phase: str
    since: float
    broken: bool
    locked: bool = False
    held_by: str = ""
    until: float | None = None


class InsideFact(msgspec.Struct, frozen=True):
    """How many are inside, of how many (0: no limit); `estimated`: not all were counted."""

    inside: int
    most: int
    estimated: bool
    since: float
    full: bool = False


class RegistryFact(msgspec.Struct, frozen=True):
    """The registry that is in force `since` then; `version` None: the gate holds none. `issued` is when the
    people in it were last looked at, `broken` that this is longer ago than the policy takes for good.
    """

    version: int | None
    since: float
    broken: bool
    issued: datetime | None = None


class ClockFact(msgspec.Struct, frozen=True):
    """How far the clock is believed, and how many seconds it is off the centre's (None: not known)."""

    trust: ClockTrust
    since: float
    off: float | None = None

    @property
    def broken(self) -> bool:
        return self.trust is ClockTrust.UNTRUSTED


class LinkFact(msgspec.Struct, frozen=True):
    """Whether the centre has what happens here: `broken`, and so many events are `waiting`. `centre` says
    whether there is one at all.
    """

    centre: bool
    broken: bool
    since: float
    waiting: int = 0


class DeviceFact(msgspec.Struct, frozen=True):
    """A camera, a thermometer or a scanner, by `name`."""

    name: str
    state: str
    since: float
    broken: bool
    detail: str = ""


class HeldFact(msgspec.Struct, frozen=True):
    """The centre holds entries: until when, who ordered it and why. Exits stay free."""

    until: datetime
    by: str
    why: str
    since: float


class Facts(msgspec.Struct, frozen=True):
    """What the gate knows of itself, each with since when. `thermometer` None: it has none; `held` None:
    entries are free.
    """

    lane: LaneFact
    inside: InsideFact
    registry: RegistryFact
    clock: ClockFact
    link: LinkFact
    camera: DeviceFact
    thermometer: DeviceFact | None = None
    scanners: tuple[DeviceFact, ...] = ()
    held: HeldFact | None = None


class Press(msgspec.Struct, frozen=True):
    """A press of the wired button that has no name: the `number` of its event, and until when it may still
    get one.
    """

    number: int
    at: datetime
    until: float


class NearMiss(msgspec.Struct, frozen=True):
    """Somebody whom staff let in by name, and whose face was nearly enough: new pictures would help."""

    person: Person
    at: datetime


class NowView(msgspec.Struct, frozen=True):
    """Everything that the page Now shows. `at` and `monotonic` are the gate's two clocks at one moment; times
    are shown in `time_zone`. `nobody_since` is when the last person was seen or decided on; `reported` are
    the faults that staff reported and nobody has settled; `faces` and `keypad` say whether the gate has what
    looks at faces, and what numbers are typed on. `newest` is the newest decision (0: none), `refused` the
    row whose opening the lane refused a moment ago.
    """

    gate: str
    at: datetime
    monotonic: float
    time_zone: str
    facts: Facts
    card: Card | None = None
    nobody_since: float = 0.0
    last: tuple[Row, ...] = ()
    today: Today = Today()
    presses: tuple[Press, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    reported: tuple[FaultShown, ...] = ()
    mode: str = ""
    hold_at_most: int = 10
    camera_view: bool = False
    phone: str = ""
    faces: bool = True
    keypad: bool = False
    newest: int = 0
    refused: int | None = None

    def age(self, since: float) -> float:
        """Seconds from `since` until the view was made."""
        return max(0.0, self.monotonic - since)


# --- a face that was mistaken ----------------------------------------------------------------------


class EffectOfDoubt(msgspec.Struct, frozen=True):
    """What it changes that a face needs a code as well: so many of the person's accesses by face within so
    many `days` would have needed it (`affected` of `by_face`), and the share of strangers that the thresholds
    let match, with its limits; None where nothing was calibrated.
    """

    days: int
    by_face: int
    affected: int
    false_matches: float | None = None
    low: float | None = None
    high: float | None = None


class Mistaken(Message, frozen=True):
    """Says that the face in the access `number` was not the person's whom it was taken for. Answered with
    `MistakenNoted`.
    """

    number: Sequence


class MistakenNoted(Message, frozen=True):
    """It is noted of `person`: faces like theirs up to the similarity `ceiling` need a code as well."""

    person: Person
    ceiling: float
    effect: EffectOfDoubt


class DoubtedFace(msgspec.Struct, frozen=True):
    """A person whose face needs a code here, since when, and up to which similarity."""

    person: Person
    since: datetime
    ceiling: float


class ListDoubts(Message, frozen=True):
    """Asks for the persons whose faces need a code here, since staff said that they were mistaken. Answered
    with `Doubts`.
    """


class Doubts(Message, frozen=True):
    """Those persons, the newest first."""

    faces: tuple[DoubtedFace, ...]


class EndDoubt(Message, frozen=True):
    """Lets the face of `subject` count alone again. Answered with `DoubtEnded`."""

    subject: Name


class DoubtEnded(Message, frozen=True):
    """It counts alone again."""

    subject: str


# --- a face that was nearly enough -----------------------------------------------------------------


class DismissNearMiss(Message, frozen=True):
    """Offers `subject` for new pictures no more in this shift. Answered with `Done`."""

    subject: Name


Requests = Mistaken | ListDoubts | EndDoubt | DismissNearMiss
Answers = MistakenNoted | Doubts | DoubtEnded
