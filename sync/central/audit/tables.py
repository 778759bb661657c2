"""The audit's tables."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from sync.central.tables import metadata

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # without gaps, from 1
    Column("at", BigInteger, nullable=False),
    Column("account", BigInteger),  # None: nobody who signs in
    Column("name", Text, nullable=False),
    Column("via", Text, nullable=False),  # sync.central.accounts.actor.Via
    Column("act", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("site", Text),
    Column("place", BigInteger),
    # The words, and the salt under which they are hashed: None where an erasure took them out.
    Column("id", Text),
    Column("why", Text),
    Column("salt", LargeBinary),
    Column("words", LargeBinary, nullable=False),
    Column("detail", Text, nullable=False),  # JSON
    Column("hash", LargeBinary, nullable=False),
    Index("audit_entry_about", "kind", "id", "number"),
    Index("audit_entry_account", "account", "number"),
    Index("audit_entry_site", "site", "number"),
    Index("audit_entry_place", "place", "number"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1: the one chain
    Column("number", BigInteger, nullable=False),  # of the newest entry
    Column("hash", LargeBinary, nullable=False),
)
