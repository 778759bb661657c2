"""What people at the gate did through its console, its scanners and its keypads.

`staff` is the id of a staff member; `about`, `press` and the like are the sequences of the events that an act
is about. Residents and visitors are named by their ids only.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from edge.journal.format.kinds import Event, EventKind

# --- who is signed in ----------------------------------------------------------------------


class StaffSignedIn(Event, frozen=True):
    """A staff member signed in, in a `role`, by `means` (pin, passkey)."""

    kind: ClassVar = EventKind.STAFF_SIGNED_IN
    staff: str
    role: str
    means: str


class StaffSignInRefused(Event, frozen=True):
    """Somebody was not let in at the console, and `why`; `staff` is the account (empty: there is no such
    one). `times`: so many since that was last told; once a minute a reason and account at most.
    """

    kind: ClassVar = EventKind.STAFF_SIGN_IN_REFUSED
    staff: str
    why: str
    times: int


class StaffLockedOut(Event, frozen=True):
    """After so many wrong `attempts` an account cannot sign in for so many `seconds`; by `where` (empty: at
    the console) it cannot let anybody in at keypads.
    """

    kind: ClassVar = EventKind.STAFF_LOCKED_OUT
    staff: str
    seconds: float
    attempts: int
    where: str = ""


class StaffSignedOut(Event, frozen=True):
    """A session ended, and `why`."""

    kind: ClassVar = EventKind.STAFF_SIGNED_OUT
    staff: str
    why: str


class StaffDuress(Event, frozen=True):
    """A staff member used their duress word: a silent alarm; `means` says where they used it. Nothing at the
    gate shows it.
    """

    kind: ClassVar = EventKind.STAFF_DURESS
    staff: str
    means: str = ""


class StaffChanged(Event, frozen=True):
    """The account of `member` was changed (`what`: added, role, pin, removed …) `by` whom; `console`: by a
    command on the gate itself.
    """

    kind: ClassVar = EventKind.STAFF_CHANGED
    member: str
    what: str
    by: str


class StaffFileDamaged(Event, frozen=True):
    """The accounts could not be read, and why: nobody is signed in; the wired button works."""

    kind: ClassVar = EventKind.STAFF_FILE_DAMAGED
    text: str


# --- shifts --------------------------------------------------------------------------------


class ShiftBegun(Event, frozen=True):
    """A shift began; `until` is when it is planned to end."""

    kind: ClassVar = EventKind.SHIFT_BEGUN
    staff: str
    until: datetime | None = None


class ShiftHandedOver(Event, frozen=True):
    """A shift went from one (`before`) to the next; `until` is when it is planned to end."""

    kind: ClassVar = EventKind.SHIFT_HANDED_OVER
    staff: str
    before: str
    until: datetime | None = None


class ShiftEnded(Event, frozen=True):
    """A shift ended, and `why` (own, time, removed, role); nobody minds the gate by name."""

    kind: ClassVar = EventKind.SHIFT_ENDED
    staff: str
    why: str = ""


# --- what they did to the lane -------------------------------------------------------------


class StaffActTaken(Event, frozen=True):
    """An act is about to be carried out (`act`: let_in, hold_open, end_hold, lock, unlock, send_away): by
    whom, for which `reason` (a code; `text` is what was typed), `about` which decided access (the sequence of
    its event), for how many `seconds`. `key` (hex) is the request's: it is carried out once. `over` is set
    where it is more than the policy counts as usual: an alarm. What the lane says of it has this event's
    sequence as its reference.
    """

    kind: ClassVar = EventKind.STAFF_ACT_TAKEN
    act: str
    staff: str
    reason: str
    text: str = ""
    about: int | None = None
    seconds: float | None = None
    key: str = ""
    over: bool = False


class StaffActRefused(Event, frozen=True):
    """An act was asked for and not done, and `why`; so many `times` since that was last told."""

    kind: ClassVar = EventKind.STAFF_ACT_REFUSED
    act: str
    staff: str
    why: str
    times: int = 1


class StaffActCorrected(Event, frozen=True):
    """Who did an act, or named a press of the wired button (`about`: the sequence of the act or the press),
    says that the `reason` was another one. What was written before stays.
    """

    kind: ClassVar = EventKind.STAFF_ACT_CORRECTED
    about: int
    staff: str
    reason: str
    text: str = ""


class PressNamed(Event, frozen=True):
    """The wired button's `press` (the sequence of its event) got a name and a reason afterwards."""

    kind: ClassVar = EventKind.PRESS_NAMED
    press: int
    staff: str
    reason: str
    text: str = ""


class PressUnnamed(Event, frozen=True):
    """Nobody said within two minutes who had pressed the wired button (`press`), and why."""

    kind: ClassVar = EventKind.PRESS_UNNAMED
    press: int


# --- people before the gate ----------------------------------------------------------------


class FaceMistaken(Event, frozen=True):
    """Staff say that the face in an access (`about`) was not that of `subject`: a pair that needs a second
    factor from then on.
    """

    kind: ClassVar = EventKind.FACE_MISTAKEN
    staff: str
    about: int
    subject: str


class FaceDoubtEnded(Event, frozen=True):
    """A manager lets the face of `subject`, which was mistaken here, count alone again."""

    kind: ClassVar = EventKind.FACE_DOUBT_ENDED
    staff: str
    subject: str


class NearMissOffered(Event, frozen=True):
    """Somebody whom staff let in by name was nearly recognised: `subject` is offered for new pictures."""

    kind: ClassVar = EventKind.NEAR_MISS_OFFERED
    staff: str
    subject: str


class VisitorRegistered(Event, frozen=True):
    """A `visitor` (an id) of the resident `host` may pass this gate `until` then, so many `uses` times each
    way, by `means` (code: one to show; number: one to type).
    """

    kind: ClassVar = EventKind.VISITOR_REGISTERED
    staff: str
    visitor: str
    host: str
    until: datetime
    uses: int
    means: str


class VisitorEnded(Event, frozen=True):
    """A `visitor` may pass no more before their time, and `why` (revoked, not_kept)."""

    kind: ClassVar = EventKind.VISITOR_ENDED
    staff: str
    visitor: str
    why: str


class GateFaultReported(Event, frozen=True):
    """Staff report that something (`what`, a code) does not work; `text` is what they typed."""

    kind: ClassVar = EventKind.GATE_FAULT_REPORTED
    staff: str
    what: str
    text: str = ""


class GateFaultSettled(Event, frozen=True):
    """Staff say that a `fault` (the sequence of its report) is settled; `text` is what they typed."""

    kind: ClassVar = EventKind.GATE_FAULT_SETTLED
    staff: str
    fault: int
    text: str = ""


class PersonLookedAt(Event, frozen=True):
    """A staff member opened the page of a `subject`."""

    kind: ClassVar = EventKind.PERSON_LOOKED_AT
    staff: str
    subject: str


class AppealFiled(Event, frozen=True):
    """Staff ask the centre, for a `subject`, to look at their status or at a denial (`about`: the sequence of
    its event): `why` is a code, `text` what was typed.
    """

    kind: ClassVar = EventKind.APPEAL_FILED
    staff: str
    subject: str
    why: str
    text: str = ""
    about: int | None = None


class EnrolmentRequested(Event, frozen=True):
    """The enrolment of `subject` is asked of those who keep the registry: the `request` (hex)."""

    kind: ClassVar = EventKind.ENROLMENT_REQUESTED
    staff: str
    subject: str
    request: str


class EnrolmentAnswered(Event, frozen=True):
    """What became of a `request` (hex) for an enrolment: the `outcome`, and why for people."""

    kind: ClassVar = EventKind.ENROLMENT_ANSWERED
    request: str
    outcome: str
    text: str = ""


class ConsentGiven(Event, frozen=True):
    """A `subject` signed the consent of this `version`; `guardian`: somebody signed for them."""

    kind: ClassVar = EventKind.CONSENT_GIVEN
    staff: str
    subject: str
    version: str
    guardian: bool = False


class ConsentWithdrawn(Event, frozen=True):
    """A `subject` withdrew their consent: their templates are erased here, and asked to be elsewhere."""

    kind: ClassVar = EventKind.CONSENT_WITHDRAWN
    staff: str
    subject: str


# --- tests, scanners, keypads --------------------------------------------------------------


class InstallerTested(Event, frozen=True):
    """An installer tested something (`what`), and the `outcome`."""

    kind: ClassVar = EventKind.INSTALLER_TESTED
    staff: str
    what: str
    outcome: str


class ScannerState(Event, frozen=True):
    """The `state` of the scanner or keypad `name` changed; `times` where it did so often since it was last
    told.
    """

    kind: ClassVar = EventKind.SCANNER_STATE
    name: str
    state: str
    detail: str = ""
    times: int | None = None


class KeypadLockedOut(Event, frozen=True):
    """After so many wrong `attempts` the keypad `name` takes no number for so many `seconds`."""

    kind: ClassVar = EventKind.KEYPAD_LOCKED_OUT
    name: str
    seconds: float
    attempts: int
