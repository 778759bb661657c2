"""The table of roles: what each may ask of the gate."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class StaffRole(StrEnum):
    """What somebody is at the gate. A role, once released, keeps its meaning."""

    GUARD = "guard"
    MANAGER = "manager"
    INSTALLER = "installer"


class Right(StrEnum):
    """What a request needs. `OWN` is everybody's who is signed in: their own session, PIN and shift."""

    OWN = "own"
    SEE_NOW = "see_now"
    LET_IN = "let_in"
    HOLD = "hold"
    LOCK = "lock"
    NAME_PRESS = "name_press"
    MISTAKEN = "mistaken"
    FIND = "find"
    VISITOR = "visitor"
    REPORT_FAULT = "report_fault"
    ENROL = "enrol"
    WITHDRAW = "withdraw"
    MANAGE_STAFF = "manage_staff"
    INSTALL = "install"


PUBLIC: Final = None
"""In a table of requests: anybody may ask, signed in or not."""

_GUARD: Final = frozenset(
    {
        *(Right.OWN, Right.SEE_NOW, Right.LET_IN, Right.HOLD, Right.LOCK, Right.NAME_PRESS),
        *(Right.MISTAKEN, Right.FIND, Right.VISITOR, Right.REPORT_FAULT),
    }
)
_REGISTRAR: Final = frozenset({Right.ENROL, Right.WITHDRAW})

_RIGHTS: Final = {
    StaffRole.GUARD: _GUARD,
    StaffRole.MANAGER: _GUARD | _REGISTRAR | {Right.MANAGE_STAFF},
    # Sees no residents, and lets nobody in.
    StaffRole.INSTALLER: frozenset({Right.OWN, Right.SEE_NOW, Right.REPORT_FAULT, Right.INSTALL}),
}


def rights_of(role: StaffRole, *, registrar: bool = False) -> frozenset[Right]:
    """What `role` may ask for; a guard whom a manager made a `registrar` enrols residents as well."""
    also = _REGISTRAR if registrar and role is StaffRole.GUARD else frozenset()
    return _RIGHTS[role] | also
