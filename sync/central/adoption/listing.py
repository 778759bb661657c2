"""The invitations of gates, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import RowMapping

from sync.central.accesses.tables import access
from sync.central.adoption.core import InvitationStep, progress_of
from sync.central.adoption.stored_part import part_of
from sync.central.adoption.tables import device_revocation, gate_invitation
from sync.central.over import APART
from sync.central.places.sight import Sight
from sync.central.tables import device

_MOST = 200


@dataclass(frozen=True)
class GateInvitation:
    """An invitation and how far it is. Times are microseconds since 1970 UTC; those of its gate are what the
    gate told last, `decided_at` its first decision, and `refused_since` is set where it was taken out of
    service again. An empty `direction` is one that nobody knew, as a later version may say.
    """

    number: int
    site: str
    gate: str
    device: str
    replaces: bool
    made_at: int
    made_by: str
    until: int
    enrolled_at: int | None
    progress: InvitationStep
    trouble: str
    direction: str = ""
    withdrawn_at: int | None = None
    last_seen: int | None = None
    registry_version: int | None = None
    registry_since: int | None = None
    decided_at: int | None = None
    refused_since: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether its code still lets a device in."""
        return self.progress is InvitationStep.INVITED


def gate_invitations(
    connection: sa.Connection, sight: Sight, now: int, *, since: int = 0, number: int | None = None
) -> list[GateInvitation]:
    """The invitations in sight that were made since then, the newest first."""
    where = sight.of(gate_invitation.c.site) & (gate_invitation.c.made_at >= since)
    if number is not None:
        where &= gate_invitation.c.number == number
    first = (
        sa.select(sa.func.min(access.c.at))
        .where(access.c.device == gate_invitation.c.device)
        .scalar_subquery()
    )
    query = (
        sa.select(
            gate_invitation,
            *(device.c[name] for name in _OF_THE_GATE),
            sa.func.coalesce(device.c.retired_at, device.c.suspended_at).label("refused_since"),
            first.label("decided_at"),
        )
        .outerjoin(device, device.c.id == gate_invitation.c.device)
        .where(where)
        .order_by(gate_invitation.c.number.desc())
        .limit(_MOST)
    )
    return [_invitation(row, now) for row in connection.execute(query).mappings()]


def is_being_revoked(connection: sa.Connection, identity: str) -> bool | None:
    """Whether the authority has yet to revoke a device's certificates; None: nobody asked it to."""
    query = sa.select(device_revocation.c.done_at).where(device_revocation.c.device == identity)
    found = connection.execute(query).first()
    return None if found is None else found.done_at is None


# --- inside --------------------------------------------------------------------------------


def _invitation(row: RowMapping, now: int) -> GateInvitation:
    progress = progress_of(
        lasts=row["made_at"] <= now + APART and now < row["until"],
        withdrawn=row["withdrawn_at"] is not None,
        enrolled=row["enrolled_at"] is not None,
        heard=row["last_seen"] is not None,
        registry=bool(row["registry_version"]),
        decided=row["decided_at"] is not None,
    )
    as_they_are = {
        name: row[name] for name in (*_OF_THE_INVITATION, *_OF_THE_GATE, "decided_at", "refused_since")
    }
    direction = part_of(row["part"]).direction or ""
    return GateInvitation(**as_they_are, progress=progress, trouble=row["trouble"] or "", direction=direction)


_OF_THE_GATE = ("last_seen", "registry_version", "registry_since")
_OF_THE_INVITATION = (
    *("number", "site", "gate", "device", "replaces", "made_at", "made_by"),
    *("until", "enrolled_at", "withdrawn_at"),
)
