"""What the store of the staff keeps, as values: accounts, passkeys, sessions, the shift, changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.staff.core import StaffRole


@dataclass(frozen=True)
class StaffAccount:
    """One account: `pin` and `duress` as argon2's strings; `wrong` PINs in a row, and so many seconds
    `locked` when that was written.
    """

    staff: str
    name: str
    role: StaffRole
    registrar: bool
    pin: str
    must_change: bool
    duress: str | None
    wrong: int
    locked: float


@dataclass(frozen=True)
class StaffPasskey:
    """One passkey; `used` is its counter."""

    id: bytes
    staff: str
    public_key: bytes
    used: int


@dataclass(frozen=True)
class StoredSession:
    """One session: the SHA-256 of its secret, and the seconds that remained when this was written."""

    digest: bytes
    staff: str
    client: str
    remaining: float
    duress: bool


@dataclass(frozen=True)
class StoredShift:
    """The shift: whose, since and until when by the wall clock, and its seconds that remained."""

    staff: str
    since: datetime
    until: datetime | None
    remaining: float


@dataclass(frozen=True)
class StaffChange:
    """What `gatepost staff` changed, and the gate has yet to write down."""

    number: int
    member: str
    what: str
