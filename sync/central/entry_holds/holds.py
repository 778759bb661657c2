"""Holds of entries: begun, renewed and ended; and how far each of their gates is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.entry_holds.core import HoldStanding, standing_of
from sync.central.entry_holds.tables import entry_hold, entry_hold_asked, entry_hold_gate
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.reported.tables import command_request
from sync.central.store import StoreError, insert_unless_there
from sync.central.tables import device
from sync.central.units import HOUR, MINUTE, SECOND

BY_HAND = 30 * MINUTE
"""For how long somebody holds entries by hand, where they do not say."""
LONGEST = 24 * HOUR
LAPSED, RELIEVED = "lapsed", "relieved"
"""In place of a name: it ended by itself, or the limit was left."""
MOST_GATES = 1000
"""Gates of one hold, at most."""
LONGEST_WHY = 40
"""Characters of a reason that go to a gate with the hour."""


class HoldRefused(StoreError):
    """A hold cannot be: too long, without a reason, or at no gate."""


@dataclass(frozen=True)
class EntriesHold:
    """Entries are, or were, held at the gates of `what` from `since` to `until` (µs since 1970 UTC);
    a limit moves its end on (`by_limit`). `ended_at`: it was released before.
    """

    number: int
    what: str
    by_limit: bool
    actor: str
    why: str
    since: int
    until: int
    ended_at: int | None
    ended_by: str | None

    def is_open(self, now: int) -> bool:
        return self.ended_at is None and self.until > now


@dataclass(frozen=True)
class HeldGate:
    """How far a gate of a hold is: what it was asked last, and what it says to that."""

    device: str
    site: str
    gate: str
    standing: HoldStanding
    until: int | None
    said: str
    last_seen: int | None


def hold_at(connection: sa.Connection, number: int) -> EntriesHold | None:
    """The hold of this number."""
    return next(_holds(connection, entry_hold.c.number == number), None)


def open_holds(connection: sa.Connection, now: int, what: str | None = None) -> list[EntriesHold]:
    """The holds that are in force, the oldest first; those at `what`."""
    of_it = sa.true() if what is None else entry_hold.c.what == what
    is_open = entry_hold.c.ended_at.is_(None) & (entry_hold.c.until > now)
    return list(_holds(connection, is_open, of_it))


def last_by_limit(connection: sa.Connection, what: str) -> EntriesHold | None:
    """The newest hold at `what` that a limit began."""
    of_limit = (entry_hold.c.what == what) & (entry_hold.c.by_limit == 1)
    newest = sa.select(sa.func.max(entry_hold.c.number)).where(of_limit).scalar_subquery()
    return next(_holds(connection, entry_hold.c.number == newest), None)


def begin(
    connection: sa.Connection,
    what: str,
    devices: Collection[str],
    actor: str,
    why: str,
    until: int,
    now: int,
    *,
    by_limit: bool = False,
) -> EntriesHold | None:
    """Hold entries at these devices; None where a hold of the same kind is in force there already.

    Raises HoldRefused.
    """
    until -= until % SECOND
    _check(devices, why, until, now)
    _close_lapsed(connection, what, now)
    values = {
        "what": what,
        "by_limit": int(by_limit),
        "actor": actor,
        "why": why,
        "since": now,
        "until": until,
    }
    made = connection.execute(insert_unless_there(connection, entry_hold, "number"), values).first()
    if made is None:
        return None
    rows = [{"hold": made.number, "device": each} for each in sorted(devices)]
    connection.execute(sa.insert(entry_hold_gate), rows)
    return hold_at(connection, made.number)


def move_end(connection: sa.Connection, hold: EntriesHold, until: int) -> bool:
    """Hold entries until then; False where another process has moved or ended it meanwhile."""
    as_it_was = (entry_hold.c.number == hold.number) & (entry_hold.c.until == hold.until)
    moved = sa.update(entry_hold).where(as_it_was, entry_hold.c.ended_at.is_(None))
    return connection.execute(moved.values(until=until - until % SECOND)).rowcount == 1


def held_devices(connection: sa.Connection, number: int) -> frozenset[str]:
    """The devices of a hold."""
    query = sa.select(entry_hold_gate.c.device).where(entry_hold_gate.c.hold == number)
    return frozenset(connection.execute(query).scalars())


def move_gates(connection: sa.Connection, hold: EntriesHold, devices: Collection[str]) -> bool:
    """Hold entries at these devices from now on, at no others; False where it is so already, or another
    process has ended it meanwhile. Of more than a hold may have the first are taken.
    """
    is_open = sa.select(entry_hold.c.number).where(
        entry_hold.c.number == hold.number, entry_hold.c.ended_at.is_(None)
    )
    if connection.execute(is_open.with_for_update()).first() is None:
        return False
    held, wanted = held_devices(connection, hold.number), {*sorted(devices)[:MOST_GATES]}
    of = entry_hold_gate.c
    gone = (of.hold == hold.number) & of.device.in_(held - wanted)
    connection.execute(sa.delete(entry_hold_gate).where(gone))
    rows = [{"hold": hold.number, "device": each} for each in sorted(wanted - held)]
    if rows:
        connection.execute(insert_unless_there(connection, entry_hold_gate), rows)
    return wanted != held


def end(connection: sa.Connection, number: int, by: str, now: int) -> bool:
    """Release the entries of a hold; False where it has ended already."""
    mine = (entry_hold.c.number == number) & entry_hold.c.ended_at.is_(None) & (entry_hold.c.until > now)
    return (
        connection.execute(sa.update(entry_hold).where(mine).values(ended_at=now, ended_by=by)).rowcount == 1
    )


def gates_of_hold(connection: sa.Connection, number: int, sight: Sight = EVERYWHERE) -> Sequence[HeldGate]:
    """The gates of a hold in sight, and how far each is."""
    query = (
        sa.select(
            device.c.id,
            device.c.site,
            device.c.gate,
            device.c.last_seen,
            entry_hold_asked.c.until,
            command_request.c.state,
            command_request.c.outcome,
            command_request.c.text,
        )
        .join(entry_hold_gate, entry_hold_gate.c.device == device.c.id)
        .outerjoin(entry_hold_asked, entry_hold_asked.c.device == device.c.id)
        .outerjoin(command_request, command_request.c.number == entry_hold_asked.c.request)
        .where(entry_hold_gate.c.hold == number, sight.of(device.c.site))
        .order_by(device.c.site, device.c.gate)
    )
    return [
        HeldGate(
            row.id,
            row.site,
            row.gate,
            standing_of(row.state, row.outcome),
            row.until,
            row.text or row.outcome or "",
            row.last_seen,
        )
        for row in connection.execute(query)
    ]


# --- inside ----------------------------------------------------------------------------------


def _holds(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> Iterator[EntriesHold]:
    for row in connection.execute(sa.select(entry_hold).where(*conditions).order_by(entry_hold.c.number)):
        yield EntriesHold(
            row.number,
            row.what,
            bool(row.by_limit),
            row.actor,
            row.why,
            row.since,
            row.until,
            row.ended_at,
            row.ended_by,
        )


def _check(devices: Collection[str], why: str, until: int, now: int) -> None:
    if not devices:
        raise HoldRefused(
            phrase("no gate in service lets anybody in there"),
            where=phrase("gates"),
            remedy=phrase("look at /gates"),
        )
    if len(devices) > MOST_GATES:
        said = phrase(
            "%(count)s gates, at most %(most)s are held at once", count=len(devices), most=MOST_GATES
        )
        raise HoldRefused(said, where=phrase("gates"), remedy=phrase("hold a part of them"))
    if not 0 < until - now <= LONGEST:
        hours = (until - now) / HOUR
        raise HoldRefused(
            phrase("for %(hours).1f h, expected more than 0 and at most 24 h", hours=hours),
            where=phrase("until"),
        )
    if not why.strip() or len(why) > LONGEST_WHY or not why.isprintable():
        raise HoldRefused(
            phrase(
                "got %(count)s characters, expected 1 to %(longest)s printable ones",
                count=len(why),
                longest=LONGEST_WHY,
            ),
            where=phrase("why"),
        )


def _close_lapsed(connection: sa.Connection, what: str, now: int) -> None:
    """A hold that ended by itself stands in nobody's way."""
    lapsed = (entry_hold.c.what == what) & entry_hold.c.ended_at.is_(None) & (entry_hold.c.until <= now)
    connection.execute(
        sa.update(entry_hold).where(lapsed).values(ended_at=entry_hold.c.until, ended_by=LAPSED)
    )
