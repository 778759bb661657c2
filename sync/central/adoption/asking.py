"""Leaves for the authority's door what the database says: after an act, and at each look of the daemon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from edge.errors import GatepostError
from edge.support.decoding import Undecodable, json_of
from edge.support.phrases import phrase
from sync.central.adoption.exchange import InvitationExchange
from sync.central.adoption.tables import device_revocation, gate_invitation
from sync.central.newer_needed import OfNewerVersion
from sync.central.over import APART
from sync.central.server import commit_point
from sync.central.store import Store, StoreError
from sync.central.tables import device
from sync.central.units import DAY
from sync.gate_invitation import Answered, GatePart, OpenInvitation

_PATIENCE = 2.0
"""Seconds."""
_LATEST = 31 * DAY
"""Microseconds after the end of a code for which its device is looked for: the daemon may have been away."""


@dataclass(frozen=True)
class AskedOfDoor:
    """What is to lie at the door: invitations whose device central does not know yet, and devices that are to
    be revoked. `not_left` says why none lies there that was not there yet; None: they do. `newer` names one
    that a newer process leaves, and is no word on any other.
    """

    invitations: Sequence[Any]
    revoking: Sequence[str]
    not_left: StoreError | None = None
    newer: OfNewerVersion | None = None


def bring_in_line(store: Store, exchange: InvitationExchange, now: int) -> AskedOfDoor:
    """Leave what is wanted, take back what is not: a code that was withdrawn lets nobody in from here on.

    Called once an act is committed. An invitation that a server's standbys do not have is left by who looks
    next; all else goes on. Raises GatepostError.
    """
    with store.reading() as connection:
        rows = connection.execute(_WANTED.where(gate_invitation.c.until > now, ~_is_of_later(now))).all()
        query = sa.select(device_revocation.c.device).where(device_revocation.c.done_at.is_(None))
        revoking = list(connection.execute(query).scalars())
        run = commit_point(connection).run
        is_ended = gate_invitation.c.until.between(now - _LATEST, now) | _is_of_later(now)
        ended = connection.execute(_ENDED.where(is_ended)).all()
    came = [row for row in ended if _is_answered(exchange, row.proof)]
    rows = [*rows, *came]
    exchange.keep_only({row.proof for row in rows}, set(revoking))
    unused = [row for row in rows if row.enrolled_at is None]
    for name in revoking:
        exchange.ask_to_revoke(name)
    new = [row for row in unused if not exchange.has_been_asked(row.proof)]
    not_left = _not_confirmed(store, run) if new else None
    newer = None
    for row in new if not_left is None else ():
        try:
            part = json_of(row.part, GatePart)
        except Undecodable:  # a newer process leaves it
            newer = OfNewerVersion(phrase("invitation %(number)s", number=row.number))
            continue
        exchange.ask(OpenInvitation(row.number, row.proof, row.until, part))
    return AskedOfDoor(unused, revoking, not_left, newer)


def _not_confirmed(store: Store, run: str) -> StoreError | None:
    """Why new invitations are not left yet. A certificate outlasts the database: a standby that takes over
    has to know whom it was for.
    """
    try:
        store.confirm(_PATIENCE, run)
    except StoreError as error:
        return error
    return None


def _is_of_later(now: int) -> sa.ColumnElement[bool]:
    """Made before the clock was set back: its code would hold for longer than was said. One that was used
    lets nobody else in: its device may ask again for the answer.
    """
    return (gate_invitation.c.made_at > now + APART) & gate_invitation.c.enrolled_at.is_(None)


def _is_answered(exchange: InvitationExchange, proof: bytes) -> bool:
    """Whether a device came in time. What cannot be read stays asked for: who looks next says so."""
    try:
        return isinstance(exchange.answer_to(proof), Answered)
    except GatepostError:
        return True


_WANTED = sa.select(
    gate_invitation.c.number,
    gate_invitation.c.site,
    gate_invitation.c.gate,
    gate_invitation.c.device,
    gate_invitation.c.proof,
    gate_invitation.c.part,
    gate_invitation.c.replaces,
    gate_invitation.c.until,
    gate_invitation.c.enrolled_at,
).where(gate_invitation.c.withdrawn_at.is_(None))
"""One that was used stays with the door until its end: the device may not have heard the answer."""

_ENDED = _WANTED.where(
    gate_invitation.c.enrolled_at.is_(None), gate_invitation.c.device.not_in(sa.select(device.c.id))
)
"""Codes that ended, and of which central has heard nothing. The door may have answered in time, while nobody
looked: that device is out there, and is known as soon as somebody looks.
"""
