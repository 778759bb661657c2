"""Takes a device that was lost, or replaced, out of service: its word, and its certificate."""

from __future__ import annotations

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.adoption.tables import device_revocation, gate_invitation
from sync.central.audit.audit import About, note
from sync.central.devices.devices import site_of
from sync.central.places.sight import Sight
from sync.central.store import StoreError
from sync.central.tables import device


def revoke_device(connection: sa.Connection, actor: Actor, sight: Sight, identity: str, now: int) -> str:
    """Refuse a device at once, and ask the authority to revoke its certificates; returns its site.

    It is suspended, not retired: found again, it is invited anew under its gate's name. A second time asks
    the authority again. Raises StoreError.
    """
    site = site_of(connection, identity)
    if site is None or not sight.has_site(connection, site):
        raise StoreError(
            phrase("there is no device %(device)r", device=identity),
            remedy=phrase("gatepost central gate list"),
        )
    suspended = device.c.suspended_at.is_(None) & device.c.retired_at.is_(None)
    connection.execute(sa.update(device).where(device.c.id == identity, suspended).values(suspended_at=now))
    end = sa.update(gate_invitation).where(gate_invitation.c.device == identity)
    connection.execute(end.where(gate_invitation.c.withdrawn_at.is_(None)).values(withdrawn_at=now))
    ask_to_revoke(connection, identity, now)
    note(connection, actor, "revoke_gate", About("gate", identity, site), now)
    return site


def ask_to_revoke(connection: sa.Connection, identity: str, now: int) -> None:
    """Ask the authority to revoke the certificates of a device."""
    connection.execute(sa.delete(device_revocation).where(device_revocation.c.device == identity))
    connection.execute(sa.insert(device_revocation).values(device=identity, asked_at=now))


def note_revoked(connection: sa.Connection, identity: str, count: int, now: int) -> bool:
    """The authority has revoked a device's certificates; whether that was still asked for."""
    open_still = (device_revocation.c.device == identity) & device_revocation.c.done_at.is_(None)
    changed = sa.update(device_revocation).where(open_still).values(done_at=now, count=count)
    return bool(connection.execute(changed).rowcount)
