"""The processes of a centre and what each has leased; on PostgreSQL months of events in parts by hash of the
chain, and a trigger that costs little.

No row moves. Months ahead that are empty are dropped: they are made again, in parts, by whoever runs next. An
older Gatepost that still runs stores events as before.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

_ONCE = """
CREATE OR REPLACE FUNCTION event_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run record;
    known bigint;
BEGIN
    -- Whoever stores events of a chain has its row locked; so nobody else stores one of it meanwhile.
    FOR run IN
        SELECT a.chain, min(a.sequence) AS first, max(a.sequence) AS last, count(*) AS rows
        FROM arrived a GROUP BY a.chain ORDER BY a.chain
    LOOP
        SELECT c.highest INTO known FROM chain c WHERE c.number = run.chain FOR UPDATE;
        IF NOT FOUND THEN
            RAISE foreign_key_violation
                USING MESSAGE = format('an event is of chain %s, which there is not', run.chain);
        END IF;
        -- What lies beyond the highest event of all is in no other month: no index is asked.
        IF run.first <= known AND EXISTS (
            SELECT 1 FROM event e WHERE e.chain = run.chain AND e.sequence BETWEEN run.first AND run.last
            GROUP BY e.sequence HAVING count(*) > 1
        ) THEN
            RAISE unique_violation
                USING MESSAGE = format('an event of chain %s is stored in another month', run.chain);
        END IF;
        IF run.last > known THEN
            UPDATE chain SET highest = run.last WHERE number = run.chain;
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""
_HIGHEST = """
UPDATE chain SET highest = found.last
FROM (
    SELECT c.number, (SELECT max(e.sequence) FROM event e WHERE e.chain = c.number) AS last FROM chain c
) found
WHERE chain.number = found.number AND chain.highest < found.last
"""
_MONTHS = (
    "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
    " WHERE inhparent = 'event'::regclass AND child.relkind = 'r'"
)
_NAME = re.compile(r"event_[0-9]{4}_[0-9]{2}")


def upgrade() -> None:
    op.create_table(
        "centre_process",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("run", sa.Text(), primary_key=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("schema", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        _in_parts()


def _in_parts() -> None:
    connection = op.get_bind()
    for name in connection.execute(sa.text(_MONTHS)).scalars().all():
        if _NAME.fullmatch(name) and not _has_rows(connection, name):
            op.execute(sa.text(f"DROP TABLE {name}"))
    op.execute(sa.text(_HIGHEST))
    # A key to another table is looked up for each row; the trigger looks once for each chain.
    op.execute(sa.text("ALTER TABLE event DROP CONSTRAINT event_chain_fkey"))
    op.execute(sa.text(_ONCE))


def _has_rows(connection: sa.Connection, name: str) -> bool:
    return connection.execute(sa.text(f"SELECT 1 FROM {name} LIMIT 1")).first() is not None  # noqa: S608 - its own name
