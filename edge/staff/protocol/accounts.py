"""Accounts, for managers."""

from __future__ import annotations

import msgspec

from edge.staff.core import StaffRole
from edge.staff.protocol.envelope import Id, Message, Shown


class ListStaff(Message, frozen=True):
    """Asks for the accounts. Answered with `StaffList`."""


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One account: `must_change` until their first sign-in is over, `locked` for so many more seconds,
    `signed_in` in so many sessions, with so many `passkeys`.
    """

    staff: Id
    name: str
    role: StaffRole
    registrar: bool = False
    must_change: bool = False
    locked: float = 0.0
    signed_in: int = 0
    passkeys: int = 0


class StaffList(Message, frozen=True):
    """The accounts, by id."""

    members: tuple[Member, ...]


class AddStaff(Message, frozen=True):
    """Makes an account. Answered with `OneTimePin`."""

    staff: Id
    name: Shown
    role: StaffRole
    registrar: bool = False


class ResetPin(Message, frozen=True):
    """Gives somebody a new one-time PIN, and ends their sessions. Answered with `OneTimePin`."""

    staff: Id


class OneTimePin(Message, frozen=True):
    """The PIN for somebody's next sign-in, at which they have to change it. It is told only once."""

    staff: Id
    pin: str


class SetRole(Message, frozen=True):
    """Changes somebody's role; `registrar`: a guard who enrols residents. Ends their sessions. Answered with
    `StaffList`.
    """

    staff: Id
    role: StaffRole
    registrar: bool = False


class RemoveStaff(Message, frozen=True):
    """Removes an account, and ends its sessions. Answered with `StaffList`."""

    staff: Id


class UnlockStaff(Message, frozen=True):
    """Ends a lock after wrong PINs. Answered with `StaffList`."""

    staff: Id


Requests = ListStaff | AddStaff | ResetPin | SetRole | RemoveStaff | UnlockStaff
Answers = StaffList | OneTimePin
