"""The table of what programs have asked for: a repeated request is answered, and not done again."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from sync.central.tables import metadata

api_request = Table(
    "api_request",
    metadata,
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),  # the program's own
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of method, address and body
    Column("answer", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("api_request_at", "at"),
)
