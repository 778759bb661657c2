"""Places are rows of a tree; until now each site said its path by names."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ABOVE = ("city", "district", "street", "community")
_GO = ("name", *_ABOVE)

_site = sa.table("site", *(sa.column(name) for name in ("id", "place", *_GO)))
_place = sa.table("place", *(sa.column(name) for name in ("number", "parent", "level", "name")))
_within = sa.table("place_within", sa.column("ancestor"), sa.column("place"))


def upgrade() -> None:
    _make_tables()
    _fill(op.get_bind())
    for name in _GO:
        op.drop_column("site", name)


def _make_tables() -> None:
    op.create_table(
        "place",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("parent", _NUMBER, nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["parent"], ["place.number"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("code"),
        sqlite_autoincrement=True,
    )
    op.create_index("place_parent", "place", ["parent"])
    op.create_table(
        "place_within",
        sa.Column("ancestor", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("place", _NUMBER, nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(["ancestor"], ["place.number"]),
        sa.ForeignKeyConstraint(["place"], ["place.number"]),
        sa.PrimaryKeyConstraint("ancestor", "place"),
    )
    op.create_index("place_within_place", "place_within", ["place"])
    # SQLite takes a reference only with the new column itself, and no new column that may not be NULL.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE site ADD COLUMN place {kind} REFERENCES place (number)")
    op.create_index("site_place", "site", ["place"], unique=True)


def _fill(connection: sa.Connection) -> None:
    made: dict[tuple[tuple[str, str], ...], list[int]] = {(): []}
    for row in connection.execute(sa.select(_site).order_by(_site.c.id)).mappings().all():
        path: tuple[tuple[str, str], ...] = ()
        for level in _ABOVE:
            if name := " ".join(row[level].split()):
                above, path = made[path], (*path, (level, name))
                if path not in made:
                    made[path] = _add(connection, above, level, name)
        [*_, number] = _add(connection, made[path], "site", row["name"])
        connection.execute(sa.update(_site).where(_site.c.id == row["id"]).values(place=number))


def _add(connection: sa.Connection, above: Sequence[int], level: str, name: str) -> list[int]:
    """Insert a place with what says that it lies in those `above`; returns those and its own number."""
    values = {"parent": above[-1] if above else None, "level": level, "name": name}
    number: int = connection.execute(sa.insert(_place).values(values).returning(_place.c.number)).scalar_one()
    for ancestor in (*above, number):
        connection.execute(sa.insert(_within).values(ancestor=ancestor, place=number))
    return [*above, number]
