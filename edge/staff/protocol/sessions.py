"""Who is signed in: by PIN or passkey, for a shift."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.staff.core import Right, StaffRole
from edge.staff.protocol.envelope import Done, Id, Message, Pin

Json = Annotated[str, Meta(max_length=16_384)]


class Ping(Message, frozen=True):
    """Asks whether the gate lives; for `/health` and for pages before anybody is signed in."""


class Alive(Message, frozen=True):
    """The gate lives: its `gate` and `site`, its `version`, the `language` of its prompts, and whether its
    lane is stepped (`lane`). `accounts`: whether there is anybody who could sign in; `passkeys`: whether
    passkeys can be used here.
    """

    gate: str
    site: str
    version: str
    language: str
    lane: bool
    accounts: bool
    passkeys: bool


class SignIn(Message, frozen=True):
    """Signs somebody in by their id and PIN. Answered with `SignedIn`."""

    staff: Annotated[str, Meta(max_length=64)]
    pin: Pin


class AskPasskey(Message, frozen=True):
    """Begins a sign-in by passkey. Answered with `PasskeyAsked`."""


class PasskeyAsked(Message, frozen=True):
    """What a browser needs to make or use a passkey: `options` as JSON, and the `challenge` to send back."""

    challenge: str
    options: str


class SignInByPasskey(Message, frozen=True):
    """Signs somebody in by what the browser made of `PasskeyAsked`. Answered with `SignedIn`."""

    challenge: Annotated[str, Meta(max_length=128)]
    credential: Json


class OfferPasskey(Message, frozen=True):
    """Begins to add a passkey to the own account. Answered with `PasskeyAsked`."""


class AddPasskey(Message, frozen=True):
    """Adds the passkey that the browser made of `PasskeyAsked`. Answered with `Done`."""

    challenge: Annotated[str, Meta(max_length=128)]
    credential: Json


class Shift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who minds the gate: their id and `name`, since when, and until when it is planned."""

    staff: Id
    name: str
    since: datetime
    until: datetime | None = None


class Who(Message, frozen=True):
    """Who asks: their id, `name`, `role` and `rights`, and which `shift` there is. `must_change`: they have a
    PIN that was given to them, and may only change it.
    """

    staff: Id
    name: str
    role: StaffRole
    rights: tuple[Right, ...]
    registrar: bool = False
    must_change: bool = False
    shift: Shift | None = None


class SignedIn(Message, frozen=True):
    """Somebody is signed in: `session` is the secret that their cookie carries, for `lasts` seconds."""

    session: str
    who: Who
    lasts: float


class SignOut(Message, frozen=True):
    """Ends the own session. Answered with `Done`, also where there is none."""


class WhoAmI(Message, frozen=True):
    """Asks who is signed in. Answered with `Who`."""


class ChangePin(Message, frozen=True):
    """Changes the own PIN from `old` to `new`. Ends the own other sessions. Answered with `Done`."""

    old: Pin
    new: Pin


class SetDuressPin(Message, frozen=True):
    """Sets the own duress word: `duress`, another PIN (empty: none any more); `pin` is the usual one.
    Answered with `Done`.
    """

    pin: Pin
    duress: Pin


class BeginShift(Message, frozen=True):
    """Begins the own shift, planned `until` then. Somebody else's ends with their sessions: it is handed
    over. Answered with `Who`.
    """

    until: datetime | None = None


class EndShift(Message, frozen=True):
    """Ends the own shift, and with it the own sessions. Answered with `Done`."""


Requests = (
    Ping
    | SignIn
    | AskPasskey
    | SignInByPasskey
    | OfferPasskey
    | AddPasskey
    | SignOut
    | WhoAmI
    | ChangePin
    | SetDuressPin
    | BeginShift
    | EndShift
)
Answers = Alive | PasskeyAsked | Who | SignedIn | Done
