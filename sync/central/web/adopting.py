"""Invites and revokes for pages and for the API, and says what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any

import sqlalchemy as sa

from edge.errors import ConfigurationError, GatepostError
from edge.support.phrases import phrase
from edge.web.texts import N_
from sync.central.adoption.asking import bring_in_line
from sync.central.adoption.centre import InvitingCentre
from sync.central.adoption.exchange import InvitationExchange
from sync.central.adoption.inviting import MadeInvitation, WantedGate, invite_gate
from sync.central.adoption.listing import is_being_revoked
from sync.central.tables import device, subject
from sync.central.web.visit import Visit

_NO_STANDBY = N_(
    "No standby has the invitation yet, and the door refuses the code until one has it: "
    "then it is left there by itself. What the database waits for stands at the foot of each page."
)


@dataclass(frozen=True)
class GateComputer:
    """A device that speaks for a gate, or spoke for it: `refused` once it was taken out of service, and
    `revoking` while the authority has yet to revoke its certificates (None: it was not asked).
    """

    device: str
    gate: str
    refused: bool
    last_seen: int | None
    revoking: bool | None = None


def centre_of(visit: Visit) -> InvitingCentre:
    """What invitations of this centre say. Raises GatepostError where it makes none, with what to do."""
    found = visit.services.inviting()
    if found is None:
        raise ConfigurationError(
            phrase("this centre makes no invitations: its central.toml has no [adoption]"),
            remedy=phrase('[adoption] door = "HOST:8443" names the authority\'s door: docs/adopting.md'),
        )
    return found


def has_door(visit: Visit) -> bool:
    """Whether the authority's door hears of what is to be revoked."""
    try:
        return visit.services.inviting() is not None
    except GatepostError:
        return False


def tell_door(visit: Visit, *, invited: bool = False) -> str:
    """Leave for the door what was done, and return why that could not be: empty where it lies there. What a
    standby does not have yet concerns who `invited` alone: what is taken back waits for none.
    """
    visit.services.pulse.notify()
    try:
        centre = visit.services.inviting()
        if centre is None:
            return ""
        asked = bring_in_line(visit.store, InvitationExchange(centre.folder), visit.now)
    except GatepostError as error:  # central's daemon leaves it within a second, if it can
        return str(visit.said(error))
    return visit.gettext(_NO_STANDBY) if invited and asked.not_left is not None else ""


def made_in(
    connection: sa.Connection, visit: Visit, centre: InvitingCentre, wanted: WantedGate
) -> MadeInvitation:
    """Make an invitation within what the visitor sees. Raises StoreError."""
    return invite_gate(connection, visit.actor, visit.sight, wanted, centre, visit.now, token_bytes)


def computers_of(connection: sa.Connection, site: str) -> Sequence[GateComputer]:
    """The devices of a site that are not retired, by their gates."""
    query = sa.select(device).where(device.c.site == site, device.c.retired_at.is_(None))
    rows = connection.execute(query.order_by(device.c.gate, device.c.id)).all()
    return [_computer(connection, row) for row in rows]


def computer_of(connection: sa.Connection, name: str) -> GateComputer:
    """The device of this name, which is there."""
    return _computer(connection, connection.execute(sa.select(device).where(device.c.id == name)).one())


def people_known_at(connection: sa.Connection, site: str) -> int:
    """How many people the gates of a site know."""
    query = sa.select(sa.func.count()).select_from(subject).where(subject.c.site == site)
    return int(connection.execute(query).scalar_one())


def _computer(connection: sa.Connection, row: sa.Row[Any]) -> GateComputer:
    refused = row.suspended_at is not None or row.retired_at is not None
    return GateComputer(row.id, row.gate, refused, row.last_seen, is_being_revoked(connection, row.id))
