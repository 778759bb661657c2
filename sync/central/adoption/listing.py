"""The invitations of gates, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.accesses.tables import access
from sync.central.adoption.core.progress import Progress, progress_of
from sync.central.adoption.tables import device_revocation, gate_invitation
from sync.central.places.sight import Sight
from sync.central.tables import device

_MOST = 200


@dataclass(frozen=True)
class GateInvitation:
    """An invitation and how far it is. Times are microseconds since 1970 UTC."""

    number: int
    site: str
    gate: str
    device: str
    replaces: bool
    made_at: int
    made_by: str
    until: int
    enrolled_at: int | None
    progress: Progress
    trouble: str

    @property
    def is_open(self) -> bool:
        """Whether its code still lets a device in."""
        return self.progress is Progress.INVITED


def gate_invitations(
    connection: sa.Connection, sight: Sight, now: int, *, since: int = 0, number: int | None = None
) -> list[GateInvitation]:
    """The invitations in sight that were made since then, the newest first."""
    where = sight.of(gate_invitation.c.site) & (gate_invitation.c.made_at >= since)
    if number is not None:
        where &= gate_invitation.c.number == number
    decided = sa.exists().where(access.c.device == gate_invitation.c.device)
    query = (
        sa.select(gate_invitation, device.c.registry_version, decided.label("decided"))
        .outerjoin(device, device.c.id == gate_invitation.c.device)
        .where(where)
        .order_by(gate_invitation.c.number.desc())
        .limit(_MOST)
    )
    return [
        GateInvitation(
            row.number,
            row.site,
            row.gate,
            row.device,
            row.replaces,
            row.made_at,
            row.made_by,
            row.until,
            row.enrolled_at,
            progress_of(
                now=now,
                until=row.until,
                withdrawn=row.withdrawn_at is not None,
                enrolled=row.enrolled_at is not None,
                registry=bool(row.registry_version),
                decided=row.decided,
            ),
            row.trouble or "",
        )
        for row in connection.execute(query)
    ]


def is_being_revoked(connection: sa.Connection, identity: str) -> bool | None:
    """Whether the authority has yet to revoke a device's certificates; None: nobody asked it to."""
    query = sa.select(device_revocation.c.done_at).where(device_revocation.c.device == identity)
    found = connection.execute(query).first()
    return None if found is None else found.done_at is None
