"""What staff do about the lane and who is before it: each with a reason, and once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.staff.core import StaffAct
from edge.staff.protocol.envelope import Code, Key, Message, Sequence, Typed


class LetIn(Message, frozen=True):
    """Lets one person in, for a `reason` (a code, or `typed` and then a `text`). `encounter` is the sequence
    of the decision that was on the page at the first tap; without it: the one who is there. `after` is the
    newest decision of which the page knew then (0: none). Answered with `Taken`, or with `Refused`: `gone`,
    and as its `detail` `another` where somebody else was decided on since, `unseen` where nobody was seen for
    a minute, `settled` where a referral is. Who was referred and waits is never `unseen`; with `anyway`
    nobody is.
    """

    key: Key
    reason: Code
    text: Typed = ""
    encounter: Sequence | None = None
    after: Sequence | None = None
    anyway: bool = False


class HoldOpen(Message, frozen=True):
    """Holds the barrier open for so many `minutes`. Answered with `Taken`."""

    key: Key
    minutes: Annotated[int, Meta(ge=1, le=24 * 60)]
    reason: Code
    text: Typed = ""


class EndHold(Message, frozen=True):
    """Ends a hold. Answered with `Taken`."""

    key: Key


class Lock(Message, frozen=True):
    """Locks the lane: the gate refuses everybody; people can still leave. Answered with `Taken`."""

    key: Key
    reason: Code
    text: Typed = ""


class Unlock(Message, frozen=True):
    """Ends a lock that staff ordered. Answered with `Taken`."""

    key: Key
    reason: Code
    text: Typed = ""


class NamePress(Message, frozen=True):
    """Says that it was oneself who pressed the wired button, and why; `press` is the sequence of its event.
    Answered with `Taken`.
    """

    key: Key
    press: Sequence
    reason: Code
    text: Typed = ""


class SendAway(Message, frozen=True):
    """Says that somebody who was referred (`encounter`: the sequence of that decision) was sent away, and
    why. Nothing moves. Answered with `Taken`, or `Refused` with `gone` where nobody waits by that number.
    """

    key: Key
    encounter: Sequence
    reason: Code
    text: Typed = ""


class CorrectAct(Message, frozen=True):
    """Says that the reason of an own act of the last hour was another one; `about` is the sequence of the
    act, or of the press that was named. Answered with `Corrected`.
    """

    key: Key
    about: Sequence
    reason: Code
    text: Typed = ""


class Corrected(Message, frozen=True):
    """The reason of the act `about` is corrected: so the journal says, as event `sequence` of time `at`."""

    about: int
    staff: str
    reason: str
    sequence: int
    at: datetime


class Taken(Message, frozen=True):
    """The act is in the journal as event `sequence` of time `at`, and was then carried out. `again`: it was
    so before, by the same key. `restarted`: the gate was restarted since, so look whether the barrier moved.
    `over`: it is more than usual, and an alarm.
    """

    act: StaffAct
    sequence: Sequence
    at: datetime
    staff: str
    reason: str
    again: bool = False
    restarted: bool = False
    over: bool = False


class OpenPress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A press of the wired button that may still get a name: its event, its time, and seconds that are
    `left`.
    """

    press: int
    at: datetime
    left: float


Requests = LetIn | HoldOpen | EndHold | Lock | Unlock | NamePress | SendAway | CorrectAct
Answers = Taken | Corrected
