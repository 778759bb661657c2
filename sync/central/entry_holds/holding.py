"""Holds and releases entries in somebody's name: noted in the audit, and asked of the gates at once."""

from __future__ import annotations

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Act
from sync.central.audit.audit import note
from sync.central.entry_holds.asking import ask, due
from sync.central.entry_holds.gates import about_of, entry_gates, where_held
from sync.central.entry_holds.holds import EntriesHold, HoldRefused, begin, end
from sync.central.flow.core import Where


def hold_by_hand(
    connection: sa.Connection, actor: Actor, where: Where, why: str, until: int, now: int
) -> EntriesHold:
    """Hold entries there until then, in the name of `actor`, who may command all its gates.

    Raises StoreError where they may not, or it cannot be.
    """
    devices = [each.device for each in entry_gates(connection, where, actor.sight(Act.COMMAND))]
    made = begin(connection, str(where), devices, actor.name, why, until, now)
    if made is None:
        raise HoldRefused(
            phrase("entries are held there by hand already"),
            where=phrase("entries"),
            remedy=phrase("release that first"),
        )
    detail = {"hold": made.number, "gates": len(devices), "until": made.until}
    note(connection, actor, "hold_entries", about_of(connection, where), now, why=why, detail=detail)
    _ask_now(connection, devices, now)
    return made


def release_by_hand(connection: sa.Connection, actor: Actor, hold: EntriesHold, now: int) -> bool:
    """Release the entries of a hold, also of one that a limit began; False where it has ended already."""
    where = where_held(hold)
    devices = [each.device for each in entry_gates(connection, where, actor.sight(Act.COMMAND))]
    if not end(connection, hold.number, actor.name, now):
        return False
    detail = {"hold": hold.number, "by_limit": hold.by_limit}
    note(connection, actor, "release_entries", about_of(connection, where), now, why=hold.why, detail=detail)
    _ask_now(connection, devices, now)
    return True


def _ask_now(connection: sa.Connection, devices: list[str], now: int) -> None:
    """Ask these gates what is due; the loop looks after the others, and after what is not answered."""
    found = due(connection, now)
    for name in devices:
        if name in found:
            ask(connection, name, found[name], now)
