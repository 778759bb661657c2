"""Enrolling a resident at the gate, withdrawing a consent, and what became of either."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.enrolling import (
    Strokes,
)
from edge.registry_requests import (
    Choice,
)
from edge.signing.cose import Name, ShortText
from edge.staff.protocol.envelope import Key, Message

Birth = Annotated[str, Meta(pattern=r"\A([0-9]{4}-[0-9]{2}-[0-9]{2})?\Z", description="a date, or empty")]


class BeginEnrolment(Message, frozen=True):
    """Begins the enrolment of `subject`: one at a time at a gate. Answered with
    `EnrolmentShown`, or `Refused` with `taken` while somebody else runs one.
    """

    subject: Name


class EnrolmentNow(Message, frozen=True):
    """Asks how one's own enrolment stands, and keeps it alive, as a watch of the topic `enrolment` does:
    without either for a minute it ends. Answered with `EnrolmentShown`, or `NoEnrolment`.
    """


class EnrolmentPicture(Message, frozen=True):
    """Asks for what the camera sees now, bystanders blurred; or, by its number, for what it saw when a
    picture was taken (`shot`), while the enrolment goes on. Answered with `Picture`.
    """

    shot: Annotated[int, Meta(ge=0, le=2)] | None = None


class SignConsent(Message, frozen=True):
    """The person has read the text of version `wording` and signed it: drawn (`strokes` on a field of 1,000
    units), or `typed` where they cannot draw. A child's `guardian` signs, as their `relation`; of the date of
    birth (`born`) nothing but the answer is kept: under fourteen or not. Answered with `EnrolmentShown`.
    """

    wording: ShortText
    language: ShortText
    strokes: Strokes = ()
    typed: ShortText = ""
    guardian: ShortText = ""
    relation: ShortText = ""
    minor: bool = False
    born: Birth = ""


class TakeNow(Message, frozen=True):
    """Takes the next picture by hand, of what was seen last, where nothing lacks but the turn of the head.
    Answered with `EnrolmentShown`.
    """


class TakeAgain(Message, frozen=True):
    """Takes the pictures anew; the consent stands. Answered with `EnrolmentShown`."""


class ChooseAlike(Message, frozen=True):
    """Says who somebody is who looks alike. Answered with `EnrolmentShown`, or `NoEnrolment` where nobody is
    enrolled by that.
    """

    choice: Choice


class FinishEnrolment(Message, frozen=True):
    """Asks those who keep the registry to enrol the person. Answered with `EnrolmentShown`."""


class UndoEnrolment(Message, frozen=True):
    """Takes an enrolment back within two minutes: nothing has left the gate by then. Answered with
    `NoEnrolment`.
    """


class EndEnrolment(Message, frozen=True):
    """Ends one's own enrolment, or goes on to the next person; nothing is kept of one that is not finished.
    `refused`: the person does not consent. Answered with `NoEnrolment`.
    """

    refused: bool = False


class WithdrawConsent(Message, frozen=True):
    """Erases a subject's face here at once, and asks for it elsewhere. Answered with `RequestShown`."""

    subject: Name
    key: Key


class EnrolmentRequests(Message, frozen=True):
    """Asks what became of the requests of this gate, the newest first. Answered with `RequestList`."""


class RowShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of six rows: whether it is `known` and what it lacks (a code; empty: nothing), with its figure."""

    row: str
    known: bool
    lack: str
    figure: float | None = None


class AlikeShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody in the registry who looks alike, how much, and from where on that is said."""

    name: str
    room: str
    same_room: bool
    score: float
    line: float


class RequestShown(Message, frozen=True):
    """A request: `kind` and `state` are codes, `since` when the state began. `in_force`: since when the
    registry in force here is as was asked. `receipt` names it for people.
    """

    request: str
    receipt: str
    kind: str
    subject: str
    name: str
    staff: str
    at: datetime
    state: str
    since: datetime
    version: int = 0
    reason: str = ""
    in_force: datetime | None = None


class EnrolmentShown(Message, frozen=True):
    """An enrolment as it stands. `step`, `wanted` (the next picture's pose), `taken` and `lack` are codes;
    times are seconds, of `begun` since it began, `left` until it ends by itself. `camera` says what is wrong
    with it (empty: nothing). The pictures of these numbers can be `shown_again`; `can_take`: the next one may
    be taken by hand.
    """

    step: str
    subject: str
    name: str
    room: str
    registrar: str
    begun: float
    left: float
    wanted: str
    taken: tuple[str, ...]
    rows: tuple[RowShown, ...]
    lack: str
    has_picture: bool
    camera: str
    alike: AlikeShown | None = None
    choice: str = ""
    agreement: float | None = None
    tried: float | None = None
    can_finish: bool = False
    wording: str = ""
    signed_at: datetime | None = None
    guardian: bool = False
    pictures_for: float = 0.0
    request: RequestShown | None = None
    shown_again: tuple[int, ...] = ()
    can_take: bool = False


class NoEnrolment(Message, frozen=True):
    """No enrolment of one's own goes on; `why` the last one ended (a code; empty: there was none), and of
    whom. `busy` is the name of who runs another.
    """

    why: str = ""
    subject: str = ""
    name: str = ""
    busy: str = ""


class Picture(Message, frozen=True):
    """What the camera sees, as a JPEG; empty: nothing has come yet."""

    jpeg: Annotated[bytes, Meta(max_length=48_000)] = b""


class EnrolmentView(Message, frozen=True):
    """What is published of the enrolment while its tablet watches: how it stands (`state`; None: nobody who
    watches runs one) and what the camera sees (`picture`, as a JPEG, bystanders blurred; empty: nothing). The
    times in it are those of its last change. `owner` names whose it is: the SHA-256 of their session's
    secret. It is for no other session's page.
    """

    owner: bytes = b""
    state: EnrolmentShown | None = None
    picture: Annotated[bytes, Meta(max_length=48_000)] = b""


class RequestList(Message, frozen=True):
    """Requests of this gate, the newest first; `left_out` are those whose face is erased here already, until
    a registry without it is in force.
    """

    requests: tuple[RequestShown, ...]
    left_out: tuple[str, ...] = ()


Requests = (
    BeginEnrolment
    | EnrolmentNow
    | EnrolmentPicture
    | SignConsent
    | TakeNow
    | TakeAgain
    | ChooseAlike
    | FinishEnrolment
    | UndoEnrolment
    | EndEnrolment
    | WithdrawConsent
    | EnrolmentRequests
)
Answers = EnrolmentShown | NoEnrolment | Picture | RequestShown | RequestList
