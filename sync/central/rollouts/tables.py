"""The tables of roll-outs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, text

from sync.central.tables import Number, metadata, on_postgresql

rollout = Table(
    "rollout",
    metadata,
    Column("number", Number, primary_key=True),
    Column("version", Text, nullable=False),
    Column("place", Number, ForeignKey("place.number")),  # none: every gate
    Column("shares", Text, nullable=False),  # percent after each stage, with spaces between
    Column("most_failed", Integer, nullable=False),  # percent of those asked
    Column("soak", BigInteger, nullable=False),  # microseconds
    Column("stage", Integer, nullable=False),  # from 0
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),  # times: microseconds since 1970 UTC
    Column("ended_at", BigInteger),  # none: it runs
    Column("stopped", Text, nullable=False),  # why it stopped; empty: it did not
    Index(
        "rollout_running",
        "version",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        info=on_postgresql(where=text("ended_at IS NULL")),
    ),
    sqlite_autoincrement=True,
)

rollout_gate = Table(
    "rollout_gate",
    metadata,
    Column("rollout", Number, ForeignKey("rollout.number"), primary_key=True),
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column("stage", Integer, nullable=False),
    Column("asked_at", BigInteger),
    Column("request", Number, ForeignKey("command_request.number")),
    Column("ended_at", BigInteger),
    Column("how", Text, nullable=False),  # edge.journal.format.UpdateEnd; empty: not yet
    Column("why", Text, nullable=False),
    Index("rollout_gate_device", "device"),
)
