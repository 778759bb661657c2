"""Keeps what was ordered of whom to stay at home: begin and end, exceptions, by whom and by which change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from edge.decision import HomeIsolation
from edge.support.decoding import json_of
from sync.central.people.tables import isolation_change


@dataclass(frozen=True)
class IsolationChange:
    """What `actor` ordered of somebody at `at` (microseconds since 1970 UTC), by the change set with this
    number; an `order` of None lifted it.
    """

    number: int
    order: HomeIsolation | None
    actor: str
    change_set: int | None
    at: int


def note_isolations(
    connection: sa.Connection,
    site: str,
    orders: Mapping[str, HomeIsolation | None],
    actor: str,
    now: int,
    change_set: int | None = None,
) -> None:
    """Record what was ordered of people, by id; whatever orders it calls this in its transaction."""
    rows = [
        {
            "site": site,
            "subject": identity,
            "record": None if order is None else msgspec.json.encode(order, order="deterministic"),
            "actor": actor,
            "change_set": change_set,
            "at": now,
        }
        for identity, order in orders.items()
    ]
    if rows:
        connection.execute(sa.insert(isolation_change), rows)


def isolation_history(
    connection: sa.Connection, site: str, identities: Collection[str]
) -> dict[str, list[IsolationChange]]:
    """What was ordered of each of these people, oldest first; who never was isolated is not in it."""
    query = (
        sa.select(isolation_change)
        .where(isolation_change.c.site == site, isolation_change.c.subject.in_(identities))
        .order_by(isolation_change.c.number)
    )
    found: dict[str, list[IsolationChange]] = {}
    for row in connection.execute(query):
        order = None if row.record is None else json_of(row.record, HomeIsolation)
        change = IsolationChange(row.number, order, row.actor, row.change_set, row.at)
        found.setdefault(row.subject, []).append(change)
    return found
