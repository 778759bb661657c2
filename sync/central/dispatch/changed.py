"""Counts what happens to tasks: by that live pages know that they are behind."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.dispatch.tables import task_change

_LOOKED_AT = 1000
"""Of the newest changes: whoever numbered one of these has committed before so many more are made."""
_KEPT = 5 * _LOOKED_AT


def note_change(connection: sa.Connection) -> None:
    """Say that something happened to a task, in the transaction that does it."""
    connection.execute(sa.insert(task_change).values())


def newest_change(connection: sa.Connection) -> int:
    """What rises with each change of a task, and only rises: where live pages are.

    The newest number alone would hide a change that was numbered before another and committed after it.
    """
    newest = connection.execute(_NEWEST).scalar_one()
    counted = sa.select(sa.func.count()).where(task_change.c.number > newest - _LOOKED_AT)
    return int(newest + connection.execute(counted).scalar_one())


def has_old_changes(connection: sa.Connection) -> bool:
    """Whether more changes are kept than anybody looks at."""
    oldest = sa.select(sa.func.coalesce(sa.func.min(task_change.c.number), 0))
    return bool(connection.execute(_NEWEST).scalar_one() - connection.execute(oldest).scalar_one() > _KEPT)


def forget_old_changes(connection: sa.Connection) -> None:
    """Remove the changes that nobody looks at."""
    newest = connection.execute(_NEWEST).scalar_one()
    connection.execute(sa.delete(task_change).where(task_change.c.number <= newest - _LOOKED_AT))


_NEWEST = sa.select(sa.func.coalesce(sa.func.max(task_change.c.number), 0))
