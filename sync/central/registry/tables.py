"""The table of who published what."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from sync.central.tables import metadata

site_version = Table(
    "site_version",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("account", BigInteger),
    Column("people", Integer, nullable=False),
    Column("policy", Integer, nullable=False),  # its number: sync.central.changes.tables.policy_text
    Column("up_to", BigInteger, nullable=False),  # it has every applied_change of the site up to here
)
