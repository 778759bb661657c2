"""The tables of accesses: a row for each, and counts by chain and span of time."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from sync.central.tables import Number, metadata

access = Table(
    "access",
    metadata,
    Column("number", Number, primary_key=True),  # only rises with storing: the feed goes by it
    Column("chain", Number, ForeignKey("chain.number"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),  # by the gate's clock
    Column("received_at", BigInteger, nullable=False),
    Column("site", Text, nullable=False),  # where the device was then
    Column("device", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("direction", Text),  # none: the gate did not say
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text),
    Column("means", Text, nullable=False),  # sync.central.accesses.core.parsing.AccessMeans
    Column("registry", BigInteger),
    Column("waited", Integer),  # milliseconds; none: the gate did not say
    Column("staff", Text),  # the staff member who opened it by name
    Column("why", Text),  # the code of their reason, or what they typed
    Column("inside", Integer),  # people, as the gate counted them; none: nobody counts there
    UniqueConstraint("chain", "sequence", name="access_once"),
    Index("access_site", "site", "at", "number"),
    Index("access_device", "device", "at", "number"),
    Index("access_subject", "site", "subject", "at", "number"),
    sqlite_autoincrement=True,
)

access_count = Table(
    "access_count",
    metadata,
    # Each chain's own, so that two ingesters never wait for each other's rows: it is locked.
    Column("chain", Number, ForeignKey("chain.number"), primary_key=True, autoincrement=False),
    Column(
        "span", Integer, primary_key=True, autoincrement=False
    ),  # seconds: sync.central.accesses.core.counting.SPANS
    Column("begin", BigInteger, primary_key=True, autoincrement=False),  # of the span, by the gates' clocks
    Column("what", Text, primary_key=True),  # sync.central.accesses.core.counting.AccessFigure, or "reason:…"
    Column("times", BigInteger, nullable=False),
    Column("late", BigInteger, nullable=False),  # how many of them came later than the span was shown
    Column("corrected_at", BigInteger),  # when the last late one came
    sqlite_with_rowid=False,
)
