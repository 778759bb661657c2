"""What is known here of a gate that is invited: which way people pass it, and what it speaks."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.accesses.tables import access
from sync.central.adoption.stored_part import part_of
from sync.central.adoption.tables import gate_invitation
from sync.central.tables import device
from sync.gate_invitation import Direction, Language


@dataclass(frozen=True)
class GateAsKnown:
    """What is known of a gate; None: nobody said it."""

    direction: Direction | None = None
    language: Language | None = None


def known_gate(connection: sa.Connection, site: str, gate: str) -> GateAsKnown:
    """What is known of a gate of a site, new or not: by its last decision, and by its earlier invitations."""
    there = (gate_invitation.c.site == site) & (gate_invitation.c.gate == gate)
    newest = sa.select(gate_invitation.c.part).where(there).order_by(gate_invitation.c.number.desc())
    parts = [part_of(part) for part in connection.execute(newest.limit(_MOST)).scalars()]
    told = next((part.known_direction for part in parts if part.direction is not None), None)
    language = next((part.known_language for part in parts if part.language is not None), None)
    return GateAsKnown(_way(_decided(connection, site, gate), told), language)


# --- inside --------------------------------------------------------------------------------

_MOST = 20
_WAYS: dict[str, Direction] = {"entry": "entry", "exit": "exit"}


def _way(decided: Direction | None, told: Direction | None) -> Direction | None:
    """The gate's own word is the newer one; a gate that lets people through both ways decides entries."""
    return told if decided is None or (decided, told) == ("entry", "both") else decided


def _decided(connection: sa.Connection, site: str, gate: str) -> Direction | None:
    """For which way the gate decided last, by the device that it has or had last."""
    devices = sa.select(device.c.id).where(device.c.site == site, device.c.gate == gate)
    names = connection.execute(devices.order_by(device.c.enrolled_at.desc()).limit(_MOST)).scalars().all()
    for name in names:
        here = (access.c.device == name) & (access.c.site == site) & (access.c.gate == gate)
        query = sa.select(access.c.direction).where(here, access.c.direction.is_not(None))
        last = connection.execute(query.order_by(access.c.at.desc()).limit(1)).scalar()
        if last is not None:
            return _WAYS.get(last)
    return None
