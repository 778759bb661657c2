"""The table of roles: what each may do at its place, and which of them somebody may give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Act(StrEnum):
    """What a role allows at its place."""

    SEE = "see"
    """Places, gates and the feed; names are masked."""
    SEE_PERSON = "see_person"
    """A person's record, with a purpose."""
    CHANGE_PERSON = "change_person"
    """Create, edit, isolate, consent, erase."""
    SET_STATUS = "set_status"
    IMPORT = "import"
    INVITE = "invite"
    APPROVE = "approve"
    ANSWER_APPEAL = "answer_appeal"
    CHANGE_POLICY = "change_policy"
    PUBLISH = "publish"
    COMMAND = "command"
    EXPORT = "export"
    READ_AUDIT = "read_audit"
    CARE = "care"
    """Take alarms, snooze and close them, send somebody."""
    SET_LIMITS = "set_limits"
    """Limits of people, zones, and which alarms there are."""
    MANAGE_ROSTER = "manage_roster"
    """Who is on duty, where and when."""
    REPORT = "report"
    """Make reports, and have them sent."""
    HOLD_DATA = "hold_data"
    """Keep what a case needs beyond its time."""
    MANAGE_PLACES = "manage_places"
    MANAGE_ACCOUNTS = "manage_accounts"


class Role(StrEnum):
    """What somebody is at a place."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    REGISTRAR = "registrar"


_ACTS: Final = {
    # Nobody gives what he has not: who gives every role has every act.
    Role.ADMINISTRATOR: frozenset(Act),
    Role.OPERATOR: frozenset(
        {Act.SEE, Act.SEE_PERSON, Act.SET_STATUS, Act.INVITE, Act.ANSWER_APPEAL, Act.COMMAND}
        | {Act.CARE, Act.MANAGE_ROSTER, Act.REPORT}
    ),
    Role.AUDITOR: frozenset({Act.SEE, Act.SEE_PERSON, Act.READ_AUDIT, Act.EXPORT, Act.REPORT, Act.HOLD_DATA}),
    Role.REGISTRAR: frozenset(
        {
            *(Act.SEE, Act.SEE_PERSON, Act.CHANGE_PERSON, Act.SET_STATUS, Act.IMPORT, Act.INVITE),
            *(Act.APPROVE, Act.ANSWER_APPEAL, Act.PUBLISH, Act.EXPORT, Act.REPORT),
        }
    ),
}


def acts_of(role: Role) -> frozenset[Act]:
    """What `role` may do at its place; one of a newer version: nothing."""
    return _ACTS.get(role, frozenset())


@dataclass(frozen=True)
class RoleGrant:
    """A role at a place and at all that lies within; a `place` of None is everywhere."""

    role: Role
    place: int | None = None

    def covers(self, ancestors: frozenset[int]) -> bool:
        """Whether it holds at the place whose `ancestors` (itself included) these are; none: everywhere."""
        return self.place is None or self.place in ancestors


def acts_at(grants: Iterable[RoleGrant], ancestors: frozenset[int]) -> frozenset[Act]:
    """What `grants` allow together at the place with these `ancestors`, itself included."""
    return frozenset(act for grant in grants if grant.covers(ancestors) for act in acts_of(grant.role))


def may_grant(held: frozenset[Act], role: Role) -> bool:
    """Whether somebody who has the acts `held` at a place may give or take `role` there."""
    return Act.MANAGE_ACCOUNTS in held and role in _ACTS and acts_of(role) <= held
