"""The table of temperatures: counts by chain and hour, of nobody in particular."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from sync.central.tables import Number, metadata

temperature_count = Table(
    "temperature_count",
    metadata,
    # Each chain's own, so that two ingesters never wait for each other's rows: it is locked.
    Column("chain", Number, ForeignKey("chain.number"), primary_key=True, autoincrement=False),
    Column("begin", BigInteger, primary_key=True, autoincrement=False),  # of the hour, by the gate's clock
    Column("what", Text, primary_key=True),  # sync.central.temperature.core.counting
    Column("times", BigInteger, nullable=False),
    Index("temperature_count_begin", "begin"),
    sqlite_with_rowid=False,
)
