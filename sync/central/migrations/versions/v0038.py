"""Legal holds, rules of retention and what they deleted; and on PostgreSQL the events by month.

The table of events that there is becomes the first part of the new one, as it is: no row moves. It is read
twice, to find the newest and to see that all are before the first month; all of it is one transaction.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

_ONCE = """
CREATE FUNCTION event_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    doubled bigint;
BEGIN
    -- Whoever stores events of a chain has its row locked; so nobody else stores one of it meanwhile.
    PERFORM 1 FROM chain WHERE number IN (SELECT a.chain FROM arrived a) ORDER BY number FOR UPDATE;
    SELECT r.chain INTO doubled
    FROM (SELECT a.chain, min(a.sequence) AS first, max(a.sequence) AS last FROM arrived a GROUP BY a.chain) r
    CROSS JOIN LATERAL (
        SELECT count(*) AS stored, count(DISTINCT e.sequence) AS different
        FROM event e WHERE e.chain = r.chain AND e.sequence BETWEEN r.first AND r.last
    ) found
    WHERE found.stored <> found.different
    LIMIT 1;
    IF FOUND THEN
        RAISE unique_violation
            USING MESSAGE = format('an event of chain %s is stored in another month', doubled);
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "history_erasure",
        sa.Column("erasure", _NUMBER, sa.ForeignKey("erasure.number"), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "legal_hold",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), sa.ForeignKey("site.id"), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("since", sa.BigInteger()),
        sa.Column("until", sa.BigInteger()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("review_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_at", sa.BigInteger()),
        sa.Column("lifted_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("lifted_why", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index("legal_hold_site", "legal_hold", ["site", "lifted_at"])
    op.create_table(
        "retention_rule",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place", _NUMBER, sa.ForeignKey("place.number")),
        sa.Column("of", sa.Text(), nullable=False, unique=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "deletion",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("deletion_at", "deletion", ["at"])
    if op.get_bind().dialect.name == "postgresql":
        _by_month()


def _by_month() -> None:
    newest = "greatest(to_timestamp(max(received_at) / 1000000), now()) AT TIME ZONE 'UTC'"
    month = f"date_trunc('month', {newest}) + interval '1 month'"
    query = f"SELECT (extract(epoch FROM {month}) * 1000000)::bigint FROM event"  # noqa: S608 - texts of ours
    begin = op.get_bind().execute(sa.text(query)).scalar_one()
    trigger = "CREATE TRIGGER event_once AFTER INSERT ON event REFERENCING NEW TABLE AS arrived"
    for statement in (
        "ALTER TABLE event RENAME TO event_before",
        "ALTER TABLE event_before RENAME CONSTRAINT event_pkey TO event_before_pkey",
        "CREATE TABLE event (LIKE event_before INCLUDING DEFAULTS) PARTITION BY RANGE (received_at)",
        "ALTER TABLE event ADD CONSTRAINT event_chain_fkey FOREIGN KEY (chain) REFERENCES chain (number)",
        f"ALTER TABLE event ATTACH PARTITION event_before FOR VALUES FROM (MINVALUE) TO ({begin:d})",
        "CREATE TABLE event_other PARTITION OF event DEFAULT",
        "ALTER TABLE event_other ADD PRIMARY KEY (chain, sequence)",
        _ONCE,
        f"{trigger} FOR EACH STATEMENT EXECUTE FUNCTION event_once()",
    ):
        op.execute(sa.text(statement))
