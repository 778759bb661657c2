"""What each role may do, who may give it to whom, what an account is called, when a session is over. PURE."""

from sync.central.accounts.core.names import (
    LONGEST_PASSWORD,
    fault_of_display,
    fault_of_name,
    fault_of_password,
    name_as_kept,
)
from sync.central.accounts.core.roles import Act, Role, RoleGrant, acts_at, acts_of, may_grant
from sync.central.accounts.core.sessions import USUAL, Lifetimes, SignInWay

__all__ = [
    "LONGEST_PASSWORD",
    "USUAL",
    "Act",
    "Lifetimes",
    "Role",
    "RoleGrant",
    "SignInWay",
    "acts_at",
    "acts_of",
    "fault_of_display",
    "fault_of_name",
    "fault_of_password",
    "may_grant",
    "name_as_kept",
]
