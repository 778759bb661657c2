"""Finding people, visitors whom staff register at the gate, and faults that they report."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.decision import Outcome, Reason, Status
from edge.signing.cose import Name
from edge.staff.core import VisitorMeans
from edge.staff.protocol.envelope import Code, Key, Message, Sequence, Typed

Words = Annotated[str, Meta(max_length=1200, pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z")]
"""What somebody looks for: as long as a pass that was scanned into the field."""


class FindPeople(Message, frozen=True):
    """Looks for residents by name, room or id (all of the words in `text`), by a pass that was scanned, or by
    its id. Answered with `FoundPeople`.
    """

    text: Words


class FoundPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A resident in a list: `name` as far as the policy lets staff read it, and the `status` now."""

    subject: str
    name: str
    address: str
    status: Status


class FoundPeople(Message, frozen=True):
    """Those who were found, at most twenty, of so many in all. `registry` is the version that was looked in
    (null: the gate holds none).
    """

    people: tuple[FoundPerson, ...]
    count: int
    registry: int | None


class LookAtPerson(Message, frozen=True):
    """Shows one resident; that it was shown, and to whom, is in the journal first. Answered with `Person`."""

    subject: Name


class StatusShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A status with what it rests on."""

    value: Status
    source: str
    reason: str
    rule: str
    since: datetime
    until: datetime | None = None


class AccessShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One access at this gate, the event of this `sequence`."""

    at: datetime
    sequence: Sequence
    outcome: Outcome
    reason: Reason


class Person(Message, frozen=True):
    """A resident, as this gate knows them: the `status` now, and what it rests on (`record`); until when
    their right holds; and what the gate would decide now, were they to show a pass of theirs: the `outcome`,
    its `reason` and `rule`. `accesses` are the last ones here, newest first.
    """

    subject: str
    name: str
    address: str
    groups: tuple[str, ...]
    status: Status
    record: StatusShown | None
    valid_from: datetime | None
    valid_until: datetime | None
    isolated: bool
    second_factor: bool
    faces: int
    outcome: Outcome
    reason: Reason
    rule: str
    accesses: tuple[AccessShown, ...]
    registry: int | None


class RegisterVisitor(Message, frozen=True):
    """Registers a visitor of the resident `host` at this gate alone, for so many `minutes` and `uses` each
    way, by a code or a number. Answered with `VisitorMade`, or `Refused` with a `detail` that names what
    does not fit.
    """

    key: Key
    name: Annotated[str, Meta(max_length=200)]
    host: Annotated[str, Meta(max_length=64)]
    minutes: Annotated[int, Meta(ge=1, le=7 * 24 * 60)]
    uses: Annotated[int, Meta(ge=1, le=16)]
    means: VisitorMeans


class VisitorMade(Message, frozen=True):
    """A visitor was registered: the `text` of their code, or their number, is told once. Event `sequence`."""

    visitor: str
    name: str
    means: VisitorMeans
    text: str
    until: datetime
    uses: int
    sequence: Sequence


class EndVisitor(Message, frozen=True):
    """Ends a visitor's right. Answered with `Done`."""

    visitor: Annotated[str, Meta(max_length=64)]


class ListVisitors(Message, frozen=True):
    """Shows the visitors who were registered here, and what may still be given. Answered with `Visitors`."""


class VisitorShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A visitor who was registered here: who registered them (`staff`), and when this gate last let them pass
    (`passed`; null: not yet).
    """

    visitor: str
    name: str
    host: str
    means: VisitorMeans
    until: datetime
    uses: int
    staff: str
    passed: datetime | None


class Visitors(Message, frozen=True):
    """The visitors registered here whose right holds, the newest first. `longest` minutes and `uses` are what
    the policy allows (0 minutes: nothing), `numbers` whether numbers count here.
    """

    visitors: tuple[VisitorShown, ...]
    longest: int
    uses: int
    numbers: bool


class FileAppeal(Message, frozen=True):
    """Files an appeal, and `why` (a code): against a denial (`about`: the sequence of its event), or, for the
    resident `subject`, against what the registry says of them. Answered with `AppealTaken`.
    """

    key: Key
    why: Code
    text: Typed = ""
    about: Sequence | None = None
    subject: Name | None = None


class AppealTaken(Message, frozen=True):
    """The appeal is in the journal as event `sequence` of time `at`, by which people ask for it. `centre`:
    there is one, to which it goes with the journal.
    """

    sequence: Sequence
    at: datetime
    about: int | None
    centre: bool


class ReportFault(Message, frozen=True):
    """Reports that something (`what`, a code) does not work. Answered with `FaultReported`."""

    key: Key
    what: Code
    text: Typed = ""


class FaultReported(Message, frozen=True):
    """The report is in the journal as event `sequence`."""

    sequence: Sequence


class SettleFault(Message, frozen=True):
    """Says that a fault (the sequence of its report) is settled. Answered with `Done`."""

    fault: Sequence
    text: Typed = ""


class ListFaults(Message, frozen=True):
    """Shows what was reported and is not settled. Answered with `Faults`."""


class FaultShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault that was reported and is not settled."""

    fault: Sequence
    what: str
    text: str
    staff: str
    at: datetime


class Faults(Message, frozen=True):
    """What was reported and is not settled, the newest first."""

    faults: tuple[FaultShown, ...]


Requests = (
    FindPeople
    | LookAtPerson
    | RegisterVisitor
    | EndVisitor
    | ListVisitors
    | FileAppeal
    | ReportFault
    | SettleFault
    | ListFaults
)
Answers = FoundPeople | Person | VisitorMade | Visitors | AppealTaken | FaultReported | Faults
