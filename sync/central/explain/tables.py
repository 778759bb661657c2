"""The table of answers to what-if questions: they are read many times, and take a minute to make."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, Table, Text

from sync.central.tables import metadata

what_if_answer = Table(
    "what_if_answer",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("policy", Text, primary_key=True),  # the first 16 digits of the SHA-256 of its encoding
    Column("until", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),  # when it was made
    Column("seconds", BigInteger, nullable=False),  # how long that took
    Column("answer", LargeBinary, nullable=False),  # sync.central.explain.core.tally.WhatIf in JSON
)
