"""Writes many rows by one statement, where a server is asked: a statement for each row costs a turn each, and
has PostgreSQL call what hangs on each statement as often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from sync.central.store import insert_or_update

Row = Mapping[str, object]
OnConflict = Callable[[Any], Any]
"""Adds to an INSERT what becomes of a row that is there."""


def _as_it_is(insert: Any) -> Any:
    return insert


def insert_rows(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Row], on_conflict: OnConflict = _as_it_is
) -> None:
    """Insert `rows`, which name the same columns, in their order; none: nothing. `on_conflict` is a function
    of a module: the statement is built once for it.
    """
    if not rows:
        return
    names = tuple(rows[0])
    statement = _statement(connection.dialect.name, table, names, on_conflict)
    if connection.dialect.name == "postgresql":
        connection.execute(statement, {name: [row[name] for row in rows] for name in names})
    else:
        connection.execute(statement, rows)


@cache
def _statement(dialect: str, table: sa.Table, names: tuple[str, ...], on_conflict: OnConflict) -> Any:
    insert = insert_or_update(dialect, table)
    if dialect == "postgresql":
        # An array a column: so many rows as there may be, the statement is the same, and is prepared.
        arrays = [sa.bindparam(name, type_=sa.ARRAY(table.c[name].type)) for name in names]
        rows = sa.func.unnest(*arrays).table_valued(*names).render_derived()
        insert = insert.from_select(names, sa.select(*(rows.c[name] for name in names)))
    return on_conflict(insert)
