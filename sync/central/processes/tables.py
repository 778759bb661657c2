"""The tables of a centre's processes: each that runs, and what one of them does for all."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from sync.central.tables import metadata

centre_process = Table(
    "centre_process",
    metadata,
    Column("id", Text, primary_key=True),  # [central] id
    Column("run", Text, primary_key=True),  # drawn at its start: two of one id are two
    Column("host", Text, nullable=False),
    Column("version", Text, nullable=False),  # of the software
    Column("schema", Text, nullable=False),  # the newest that it knows
    Column("parts", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),  # times: microseconds since 1970 UTC, the database's
    Column("seen_at", BigInteger, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),  # what one process does for all
    Column("holder", Text, nullable=False),  # its run
    Column("term", BigInteger, nullable=False),  # rises with each new holder
    Column("until", BigInteger, nullable=False),
)
