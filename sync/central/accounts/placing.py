"""Moves and removes places: says who has a role there and whose sight it would change, and notes it.

The tree itself knows no accounts (`sync.central.places.editing`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Role
from sync.central.accounts.tables import account, account_grant
from sync.central.audit.audit import About, note
from sync.central.newer import word_of
from sync.central.places.core import Level
from sync.central.places.editing import change_place, create_place, move_place, remove_place
from sync.central.places.tree import path_of
from sync.central.store import StoreError


@dataclass(frozen=True)
class HeldGrant:
    """A role that an account, under the name of its acts, has at a place."""

    name: str
    role: Role
    place: int


def grants_at(connection: sa.Connection, places: Collection[int]) -> list[HeldGrant]:
    """The roles that accounts in use have at exactly these places, by name."""
    query = (
        sa.select(account.c.display, account_grant.c.role, account_grant.c.place)
        .join(account, account.c.number == account_grant.c.account)
        .where(account_grant.c.place.in_(sorted(places)), account.c.ended_at.is_(None))
        .order_by(account.c.display, account_grant.c.number)
    )
    return [HeldGrant(row.display, word_of(Role, row.role), row.place) for row in connection.execute(query)]


@dataclass(frozen=True)
class Moving:
    """What a move would do to others: whose sight loses the place with what it holds, and whose gains it."""

    lose: tuple[HeldGrant, ...]
    gain: tuple[HeldGrant, ...]


def moving(connection: sa.Connection, number: int, parent: int | None) -> Moving:
    """What it would do to move a place into `parent`; nothing is changed."""
    before = {node.number for node in path_of(connection, number)} - {number}
    after = set() if parent is None else {node.number for node in path_of(connection, parent)}
    return Moving(tuple(grants_at(connection, before - after)), tuple(grants_at(connection, after - before)))


def move(connection: sa.Connection, actor: Actor, number: int, parent: int | None, now: int) -> None:
    """Move a place, and note it where it was and where it is. Raises StoreError."""
    was = path_of(connection, number)
    move_place(connection, number, parent)
    detail = {"from": was[-2].number if len(was) > 1 else None, "into": parent}
    note(connection, actor, "move_place", About("place", str(number), place=number), now, detail=detail)


def remove(connection: sa.Connection, actor: Actor, number: int, now: int) -> None:
    """Remove a place that holds nothing and where nobody has a role, and note it. Raises StoreError."""
    path = path_of(connection, number)
    if held := grants_at(connection, [number]):
        names = ", ".join(sorted({grant.name for grant in held}))
        raise StoreError(
            phrase("there are roles at this place: %(names)s", names=names), remedy=phrase("end those first")
        )
    remove_place(connection, number)
    above = path[-2].number if len(path) > 1 else None
    note(connection, actor, "remove_place", About("place", str(number), place=above), now)


def create(
    connection: sa.Connection,
    actor: Actor,
    parent: int | None,
    level: Level,
    name: str,
    code: str,
    now: int,
) -> int:
    """Make a place above the sites, and note it; returns its number. Raises StoreError."""
    number = create_place(connection, parent, level, name, code)
    note(connection, actor, "create_place", About("place", str(number), place=number), now)
    return number


def change(
    connection: sa.Connection,
    actor: Actor,
    number: int,
    name: str,
    code: str,
    position: int | None,
    now: int,
) -> None:
    """Give a place another name, code and position, and note it. Raises StoreError."""
    change_place(connection, number, name, code, position)
    note(connection, actor, "change_place", About("place", str(number), place=number), now)
