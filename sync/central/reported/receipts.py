"""Reads the receipts of removals: which gates have confirmed, which are waited for, and which are late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.reported.tables import receipt, removal
from sync.central.tables import device
from sync.central.units import HOUR, MINUTE

RECEIPT_BOUND = 24 * HOUR
"""How long a gate may take to confirm a removal, where central.toml does not say otherwise."""
DARK_AFTER = 3 * MINUTE
"""A gate of which nothing was heard for so long is dark: nobody knows what it did."""


class ReceiptState(StrEnum):
    """How far a gate is with a removal."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OVERDUE = "overdue"


_PASS = "pass"


@dataclass(frozen=True)
class GateReceipt:
    """What is known of one removal at one gate. Times are microseconds since 1970 UTC.

    `confirmed_at` is by the gate's clock; `chain` and `sequence` say where in its journal. `number` is the
    registry or list by which it confirmed, `templates` how many went there. `places` are files that still
    know them, as the gate says. `is_dark`: nothing was heard of the gate for minutes.
    """

    device: str
    site: str
    gate: str
    state: ReceiptState
    waits_since: int
    is_dark: bool
    confirmed_at: int | None = None
    chain: int | None = None
    sequence: int | None = None
    number: int | None = None
    templates: int = 0
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class RemovalReceipts:
    """One removal, and each gate's receipt. `name` is None once every gate has confirmed."""

    reference: bytes
    site: str
    what: str
    name: str | None
    at: int
    ended_at: int | None
    gates: tuple[GateReceipt, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every gate has confirmed."""
        return all(gate.state is ReceiptState.CONFIRMED for gate in self.gates)


@dataclass(frozen=True)
class OverdueReceipt:
    """A gate that has not confirmed a removal in time."""

    device: str
    site: str
    gate: str
    reference: bytes
    what: str
    since: int
    is_dark: bool
    places: tuple[str, ...]


def erasure_receipts(
    connection: sa.Connection, site: str, wanted: str, now: int, bound: int, sight: Sight = EVERYWHERE
) -> list[RemovalReceipts]:
    """The removals of a person (`wanted`: their id, or a reference in hexadecimal) from every file of the
    site's gates, newest first. `bound` is how long a gate may take (microseconds).
    """
    return list(_receipts(connection, site, wanted, "registry", now, bound, sight))


def revocation_receipts(
    connection: sa.Connection, site: str, wanted: str, now: int, bound: int, sight: Sight = EVERYWHERE
) -> list[RemovalReceipts]:
    """The same of what was revoked at once, a person or a pass: it counts no more."""
    return list(_receipts(connection, site, wanted, "revocations", now, bound, sight))


def newest_revocations(
    connection: sa.Connection, site: str, now: int, bound: int, count: int = 10
) -> list[RemovalReceipts]:
    """The last `count` removals that went out in a site's lists of urgent revocations, newest first."""
    query = _removals().where(removal.c.site == site, removal.c.list.is_not(None))
    rows = connection.execute(query.order_by(removal.c.at.desc()).limit(count)).all()
    return [
        RemovalReceipts(
            row.reference,
            row.site,
            row.what,
            row.name,
            row.at,
            row.ended_at,
            tuple(_of_gates(connection, row, "revocations", now, bound)),
        )
        for row in rows
    ]


def overdue_receipts(
    connection: sa.Connection, now: int, bound: int, sight: Sight = EVERYWHERE
) -> list[OverdueReceipt]:
    """Every gate in service that has not confirmed a removal within `bound`, the longest first."""
    found = []
    late = _removals().where(
        removal.c.ended_at.is_(None), removal.c.at < now - bound, sight.of(removal.c.site)
    )
    for row in connection.execute(late.order_by(removal.c.at)).all():
        for by in _ways(row):
            found += [
                OverdueReceipt(
                    gate.device,
                    row.site,
                    gate.gate,
                    row.reference,
                    row.what,
                    row.at,
                    gate.is_dark,
                    gate.places,
                )
                for gate in _of_gates(connection, row, by, now, bound)
                if gate.state is ReceiptState.OVERDUE
            ]
    return found


# --- inside ----------------------------------------------------------------------------------


def _removals() -> sa.Select[tuple[object, ...]]:
    return sa.select(removal)


def _ways(row: sa.Row[tuple[object, ...]]) -> Iterator[str]:
    """By what a removal is to be confirmed."""
    if row.list is not None and row.version is None:
        yield "revocations"
    if row.version is not None and row.what != _PASS:
        yield "registry"


def _receipts(
    connection: sa.Connection, site: str, wanted: str, by: str, now: int, bound: int, sight: Sight
) -> Iterator[RemovalReceipts]:
    named = removal.c.name == wanted
    with suppress(ValueError):
        named |= removal.c.reference == bytes.fromhex(wanted)
    travels = removal.c.version if by == "registry" else removal.c.list
    query = _removals().where(removal.c.site == site, named, travels.is_not(None), sight.of(removal.c.site))
    for row in connection.execute(query.order_by(removal.c.at.desc())).all():
        gates = tuple(_of_gates(connection, row, by, now, bound))
        yield RemovalReceipts(row.reference, row.site, row.what, row.name, row.at, row.ended_at, gates)


def _of_gates(
    connection: sa.Connection, row: sa.Row[tuple[object, ...]], by: str, now: int, bound: int
) -> Iterator[GateReceipt]:
    """The receipt of each gate that is in service, or has confirmed."""
    said = (receipt.c.device == device.c.id) & (receipt.c.reference == row.reference) & (receipt.c.by == by)
    query = (
        sa.select(
            device.c.id,
            device.c.site,
            device.c.gate,
            device.c.last_seen,
            receipt.c.at,
            receipt.c.chain,
            receipt.c.sequence,
            receipt.c.number,
            receipt.c.templates,
            receipt.c.places,
        )
        .outerjoin(receipt, said)
        .where(device.c.site == row.site)
        .where(device.c.retired_at.is_(None) | receipt.c.at.is_not(None))
        .where(device.c.enrolled_at <= row.at)
        .order_by(device.c.gate, device.c.id)
    )
    for gate in connection.execute(query):
        is_dark = gate.last_seen is None or abs(now - gate.last_seen) > DARK_AFTER
        if gate.at is not None and not gate.places:
            yield GateReceipt(
                gate.id,
                gate.site,
                gate.gate,
                ReceiptState.CONFIRMED,
                row.at,
                is_dark,
                gate.at,
                gate.chain,
                gate.sequence,
                gate.number,
                gate.templates,
            )
        else:
            state = ReceiptState.OVERDUE if row.at < now - bound else ReceiptState.WAITING
            places = tuple((gate.places or "").split())
            yield GateReceipt(gate.id, gate.site, gate.gate, state, row.at, is_dark, places=places)
