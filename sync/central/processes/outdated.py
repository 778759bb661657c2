"""Tells a process of an older version from one that does not work: its database was migrated meanwhile."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.processes.registering import runs
from sync.central.processes.tables import centre_process
from sync.central.store import Store, StoreError, schema_in


def migrated_since(store: Store, known: str) -> StoreError | None:
    """What is wrong with a process that began with the schema `known`, once the database has another; None:
    it has the same, or does not answer.
    """
    try:
        with store.reading() as connection:
            held = schema_in(connection)
    except StoreError:
        return None
    if held == known:
        return None
    return StoreError(
        f"was migrated to schema version {held} while this process ran, which knows {known}: what gates send"
        " it cannot write any more",
        where=store.name,
        remedy="install the newer Gatepost here, and start it again; gates send again what was not stored",
    )


def parts_of_newer(connection: sa.Connection, known: str, now: int) -> frozenset[str]:
    """Which parts run at `now` in processes that know a newer schema than `known`."""
    of = centre_process.c
    query = sa.select(of.parts).where(runs(now), of.schema > known)
    return frozenset(part for parts in connection.execute(query).scalars() for part in parts.split())
