"""The tables of held entries: the holds, their gates, and what each gate was asked last."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, text

from sync.central.tables import Number, metadata, on_postgresql

entry_hold = Table(
    "entry_hold",
    metadata,
    Column("number", Number, primary_key=True),
    Column("what", Text, nullable=False),  # sync.central.flow.core.where.Where
    Column("by_limit", BigInteger, nullable=False),  # 1: a limit holds, and renews it; 0: somebody by hand
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),  # it ends by itself
    Column("ended_at", BigInteger),  # before that: somebody, or the limit, released it
    Column("ended_by", Text),
    Index(
        "entry_hold_open",
        "what",
        "by_limit",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        info=on_postgresql(where=text("ended_at IS NULL")),
    ),
    sqlite_autoincrement=True,
)

entry_hold_gate = Table(
    "entry_hold_gate",
    metadata,
    Column("hold", Number, ForeignKey("entry_hold.number"), primary_key=True),
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
)

entry_hold_asked = Table(
    "entry_hold_asked",
    metadata,
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column("until", BigInteger),  # none: it was asked to release
    Column("at", BigInteger, nullable=False),
    Column("may_hold", BigInteger, nullable=False),  # until then at the latest, by all that it was asked
    Column("request", Number, ForeignKey("command_request.number")),
)
