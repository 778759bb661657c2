"""Counts the commands of each key that signs them, so that a gate can tell the later one of two."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.store import insert_unless_there
from sync.central.tables import command_counter


def next_counter(connection: sa.Connection, issuer: bytes, now: int) -> int:
    """The counter of the next command of `issuer` (the id of the key that signs), noted as given.

    Greater than any before, and than any that a database which was lost or restored gave until `now`
    (microseconds since 1970): one counts up while the clock stands still or goes back.
    """
    mine = command_counter.c.issuer == issuer
    connection.execute(insert_unless_there(connection, command_counter).values(issuer=issuer, counter=0))
    greater = sa.case((command_counter.c.counter < now, now), else_=command_counter.c.counter + 1)
    change = (
        sa.update(command_counter).where(mine).values(counter=greater).returning(command_counter.c.counter)
    )
    return int(connection.execute(change).scalar_one())
