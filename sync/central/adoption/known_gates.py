"""What is known here of a gate that is invited: which way people pass it, and what it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sync.central.accesses.tables import access
from sync.central.adoption.stored_part import part_of
from sync.central.adoption.tables import gate_invitation
from sync.central.tables import chain, device
from sync.gate_invitation import Direction, Language


@dataclass(frozen=True)
class GateAsKnown:
    """What is known of a gate; None: nobody said it."""

    direction: Direction | None = None
    language: Language | None = None


def known_gate(connection: sa.Connection, site: str, gate: str) -> GateAsKnown:
    """What is known of a gate of a site, new or not: by its last decision, and by its earlier invitations."""
    there = (gate_invitation.c.site == site) & (gate_invitation.c.gate == gate)
    newest = sa.select(gate_invitation).where(there).order_by(gate_invitation.c.number.desc())
    said = [(row, part_of(row.part)) for row in connection.execute(newest.limit(_MOST))]
    told = next((_told(row, part.known_direction) for row, part in said if part.direction is not None), None)
    language = next((part.known_language for _, part in said if part.language is not None), None)
    return GateAsKnown(_way(_decided(connection, site, gate), told), language)


# --- inside --------------------------------------------------------------------------------

_MOST = 20
_WAYS: dict[str, Direction] = {"entry": "entry", "exit": "exit"}


@dataclass(frozen=True)
class _Word:
    """A word on which way people pass, of a device; central has it since `at`, by its own clock."""

    way: Direction | None
    device: str
    at: int


def _told(invitation: Any, way: Direction | None) -> _Word:
    """What was said when a gate was invited: it holds of the device that came, and so from then on."""
    return _Word(way, invitation.device, max(invitation.made_at, invitation.enrolled_at or 0))


def _way(decided: _Word | None, told: _Word | None) -> Direction | None:
    """The newer of the two; a gate that lets people through both ways decides entries.

    Which is newer no gate's clock says. A device decides after it was invited, whatever central's clock does.
    """
    if decided is None or decided.way is None or told is None or told.way is None:
        return next((word.way for word in (decided, told) if word is not None and word.way is not None), None)
    is_newer = decided.device == told.device or decided.at >= told.at
    return told.way if not is_newer or (decided.way, told.way) == ("entry", "both") else decided.way


def _decided(connection: sa.Connection, site: str, gate: str) -> _Word | None:
    """For which way the gate decided last, by the device that it has or had last."""
    devices = sa.select(device.c.id).where(device.c.site == site, device.c.gate == gate)
    names = connection.execute(devices.order_by(device.c.enrolled_at.desc()).limit(_MOST)).scalars().all()
    return next((word for name in names if (word := _last_of(connection, name, site, gate))), None)


def _last_of(connection: sa.Connection, name: str, site: str, gate: str) -> _Word | None:
    """The last decision of a device at a gate: the last of a journal, and the journal that was heard last."""
    chains = sa.select(chain.c.number).where(chain.c.device == name).order_by(chain.c.number.desc())
    said = access.c.direction.is_not(None) & (access.c.site == site) & (access.c.gate == gate)
    last = sa.select(access.c.direction, access.c.received_at).where(said).order_by(access.c.sequence.desc())
    found = [
        row
        for number in connection.execute(chains.limit(_MOST)).scalars().all()
        if (row := connection.execute(last.where(access.c.chain == number).limit(1)).first())
    ]
    newest = max(found, key=lambda row: row.received_at, default=None)
    return None if newest is None else _Word(_WAYS.get(newest.direction), name, newest.received_at)
