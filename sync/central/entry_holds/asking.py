"""Asks gates to hold or to release entries, by requests for commands: each once, whichever process looks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from edge.commands.core import CommandKind, hold_argument
from edge.signing.cose import instant
from sync.central.accounts.actor import SYSTEM
from sync.central.commands.requests import request_command
from sync.central.entry_holds.core import AskedGate, WantedHold, is_to_be_asked, longest, standing_of
from sync.central.entry_holds.tables import entry_hold, entry_hold_asked, entry_hold_gate
from sync.central.reported.tables import command_request
from sync.central.store import StoreError, insert_unless_there
from sync.central.tables import device, in_service

_MOST_AT_ONCE = 200
"""Gates that are asked in one transaction, at most: ingesting waits for it."""


@dataclass(frozen=True)
class HoldDue:
    """What a gate is to be asked: to hold entries, or to release them (None); `before` is what it was asked
    last when that was found.
    """

    wanted: WantedHold | None
    before: AskedGate | None


def due(connection: sa.Connection, now: int) -> dict[str, HoldDue]:
    """What each gate is to be asked now."""
    wanted, asked = _wanted(connection, now), _asked(connection)
    pairs = {
        name: HoldDue(longest(wanted.get(name, ())), asked.get(name)) for name in sorted({*wanted, *asked})
    }
    found = {name: each for name, each in pairs.items() if is_to_be_asked(each.wanted, each.before, now)}
    return dict(list(found.items())[:_MOST_AT_ONCE])


def ask(connection: sa.Connection, name: str, what: HoldDue, now: int) -> bool:
    """Ask a gate, in the caller's transaction; False where another process did, or it takes no command."""
    wanted = what.wanted
    if not _claimed(connection, name, what.before, None if wanted is None else wanted.until, now):
        return False
    actor, kind, argument, why = SYSTEM, CommandKind.RELEASE_ENTRIES, "", "entries are free again"
    if wanted is not None:
        actor = replace(SYSTEM, name=wanted.actor)
        kind, argument = CommandKind.HOLD_ENTRIES, hold_argument(instant(wanted.until), wanted.why)
        why = wanted.why
    try:
        number = request_command(connection, actor, name, kind, argument, why, now)
    except StoreError:  # retired meanwhile
        number = None
    mine = entry_hold_asked.c.device == name
    connection.execute(sa.update(entry_hold_asked).where(mine).values(request=number))
    return number is not None


# --- inside ----------------------------------------------------------------------------------


def _wanted(connection: sa.Connection, now: int) -> Mapping[str, list[WantedHold]]:
    """The holds in force, by the gates that take commands."""
    found: dict[str, list[WantedHold]] = defaultdict(list)
    query = (
        sa.select(entry_hold_gate.c.device, entry_hold.c.until, entry_hold.c.why, entry_hold.c.actor)
        .join(entry_hold, entry_hold.c.number == entry_hold_gate.c.hold)
        .join(device, device.c.id == entry_hold_gate.c.device)
        .where(entry_hold.c.ended_at.is_(None), entry_hold.c.until > now, in_service)
    )
    for row in connection.execute(query):
        found[row.device].append(WantedHold(row.until, row.why, row.actor))
    return found


def _asked(connection: sa.Connection) -> dict[str, AskedGate]:
    query = (
        sa.select(entry_hold_asked, command_request.c.state, command_request.c.outcome)
        .join(device, device.c.id == entry_hold_asked.c.device)
        .outerjoin(command_request, command_request.c.number == entry_hold_asked.c.request)
        .where(in_service)
    )
    return {
        row.device: AskedGate(row.until, row.at, standing_of(row.state, row.outcome), row.may_hold)
        for row in connection.execute(query)
    }


def _claimed(
    connection: sa.Connection, name: str, before: AskedGate | None, until: int | None, now: int
) -> bool:
    """Whether this process is the one that asks: the gate was asked nothing since it looked."""
    if before is None:
        values = {"device": name, "until": until, "at": now, "may_hold": until or now}
        made = insert_unless_there(connection, entry_hold_asked, "device")
        return connection.execute(made, values).first() is not None
    as_it_was = (entry_hold_asked.c.device == name) & (entry_hold_asked.c.at == before.at)
    moved = {"until": until, "at": now, "may_hold": max(before.may_hold, until or 0)}
    return connection.execute(sa.update(entry_hold_asked).where(as_it_was).values(**moved)).rowcount == 1
