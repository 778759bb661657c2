"""What one of central's databases holds, put into another: of the other kind, too."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.schema import metadata
from sync.central.store import Store


def copy_rows(source: Store, target: Store) -> None:
    """Put each row of `source` into `target`, in the place of what the migrations put there."""
    with source.reading() as reading, target.writing() as writing:
        for table in reversed(metadata.sorted_tables):
            writing.execute(sa.delete(table))
        for table in metadata.sorted_tables:
            rows = [row._asdict() for row in reading.execute(sa.select(table))]
            if rows:
                writing.execute(sa.insert(table), rows)
        if writing.dialect.name == "postgresql":
            _count_on(writing)


def _count_on(connection: sa.Connection) -> None:
    """Have PostgreSQL number the next rows after those that were numbered elsewhere."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        name = sa.func.pg_get_serial_sequence(table.name, column.name)
        newest = connection.execute(sa.select(sa.func.max(column))).scalar()
        if newest is not None and connection.execute(sa.select(name)).scalar() is not None:
            connection.execute(sa.select(sa.func.setval(name, newest)))
