"""Makes visits of the visitors whom staff registered at a gate, in the transaction that stores what it wrote.

The gate tells ids and times, never a name: that stays there. What it lets them pass are accesses as of any
visitor, so they arrive, leave and overstay like those who were invited here.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa

from edge.credentials.own_pass import PASS_ID_BYTES
from edge.decision import is_visitor
from edge.journal.format import (
    OWN_FIELDS,
    Entry,
    Event,
    VisitorEnded,
    VisitorRegistered,
    entry_from,
    understood,
)
from edge.signing.cose import microseconds
from sync.central.store import insert_unless_there
from sync.central.tables import chain as chains
from sync.central.tables import device as devices
from sync.central.tables import event as events
from sync.central.tables import subject
from sync.central.units import DAY
from sync.central.visits.core import LONGEST_VISIT
from sync.central.visits.tables import visit
from sync.central.visits.visits import new_token, token_digest

_LONGEST_ID = 64
_KINDS = frozenset({VisitorRegistered.kind.value, VisitorEnded.kind.value})


class VisitorFollower:
    """Follows the journals, and keeps the visits that events begin or end."""

    kinds = _KINDS

    def arrived(
        self,
        connection: sa.Connection,
        device: str,
        chain: int,
        entries: Sequence[Entry],
        now: int,  # noqa: ARG002 - they are by the gate's clock
    ) -> None:
        _record(connection, device, chain, entries)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        """A visitor who was registered stays so: staff end the visit."""


# --- inside --------------------------------------------------------------------------------


def _record(connection: sa.Connection, device: str, chain: int, arrived: Sequence[Entry]) -> None:
    told = [(entry, event) for entry, event in _told(arrived)]
    if not told:
        return
    site = connection.execute(sa.select(devices.c.site).where(devices.c.id == device)).scalar_one()
    begun = [(entry, event) for entry, event in told if isinstance(event, VisitorRegistered)]
    for entry, event in begun:
        _begin(connection, site, device, entry, event)
    ended = [(entry, event) for entry, event in told if isinstance(event, VisitorEnded)]
    if begun:
        # The end of a right may have come before its begin: batches come in any order.
        ended += [
            (entry, event)
            for entry, event in _told(_stored_ends(connection, chain))
            if isinstance(event, VisitorEnded)
        ]
    for entry, end in ended:
        _end(connection, site, entry, end)


def _told(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Event]]:
    for entry in entries:
        event = understood(entry) if entry.kind in _KINDS else None
        if event is not None:
            yield entry, event


def _begin(connection: sa.Connection, site: str, device: str, entry: Entry, event: VisitorRegistered) -> None:
    until = _bounded(entry.at, event.until)
    if not is_visitor(event.visitor) or len(event.visitor) > _LONGEST_ID or until is None:
        return
    known = sa.select(subject.c.id).where(subject.c.site == site, subject.c.id == event.host)
    values = {
        "site": site,
        "subject": event.visitor.replace("\0", ""),
        "name": "",
        "host": connection.execute(known).scalar(),
        "since": entry.at,
        "until": until,
        "token": token_digest(new_token()),  # nobody has it: the gate showed them what opens
        "pass_id": secrets.token_hex(PASS_ID_BYTES),
        "made_at": entry.at,
        "made_by": f"{event.staff[:_LONGEST_ID]} @ {device}".replace("\0", ""),
    }
    connection.execute(insert_unless_there(connection, visit).values(values))


def _end(connection: sa.Connection, site: str, entry: Entry, event: VisitorEnded) -> None:
    those = (visit.c.site == site) & (visit.c.subject == event.visitor) & visit.c.cancelled_at.is_(None)
    connection.execute(sa.update(visit).where(those).values(cancelled_at=entry.at))


def _bounded(since: int, until: datetime) -> int | None:
    """The end of a visit that can be; a gate whose clock is wrong, or that lies, makes no other."""
    ends = microseconds(until)
    return ends if since < ends <= since + LONGEST_VISIT + DAY else None


def _stored_ends(connection: sa.Connection, chain: int) -> Iterator[Entry]:
    query = (
        sa.select(events, chains.c.epoch, chains.c.gate)
        .join(chains, chains.c.number == events.c.chain)
        .where(events.c.chain == chain, events.c.kind == VisitorEnded.kind.value)
    )
    for row in connection.execute(query):
        yield entry_from(row.epoch, row.gate, [getattr(row, name) for name in OWN_FIELDS])
