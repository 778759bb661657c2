"""The tables of reports: each with its value and its proof, those that come again, what was said wrong."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from sync.central.tables import Number, metadata

report_schedule = Table(
    "report_schedule",
    metadata,
    Column("number", Number, primary_key=True),
    Column("place", Number, ForeignKey("place.number")),  # none: everywhere
    Column("kind", Text, nullable=False),  # sync.central.reports.core.report.Kind
    Column("zone", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("addresses", JSON, nullable=False),  # whom it is sent to by e-mail
    Column("actor", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),  # times: microseconds since 1970 UTC
    Column("ended_at", BigInteger),
    Index("report_schedule_place", "place", "number"),
)

report = Table(
    "report",
    metadata,
    Column("number", Number, primary_key=True),
    Column("place", Number, ForeignKey("place.number")),  # none: everywhere
    Column("kind", Text, nullable=False),
    Column("first", Text, nullable=False),  # days, as ISO 8601 writes them
    Column("last", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("language", Text, nullable=False),  # of its paper
    Column("actor", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("schedule", Number, ForeignKey("report_schedule.number")),
    Column("missed", Integer, nullable=False, server_default="0"),  # so many runs it stands for besides
    Column("state", Text, nullable=False),  # sync.central.reports.keeping.ReportState
    Column("claimed_until", BigInteger),  # a process makes it
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("why", Text, nullable=False, server_default=""),  # it could not be made
    Column("made_at", BigInteger),
    Column("value", LargeBinary),  # sync.central.reports.core.report.Report
    Column("proof", LargeBinary),
    Column("paper", LargeBinary),  # PDF
    Index("report_state", "state", "number"),
    Index("report_place", "place", "number"),
    UniqueConstraint("schedule", "first", name="report_once"),
)

said_wrong = Table(
    "said_wrong",
    metadata,
    # The event that says so, and which access of the same journal it is about.
    Column("chain", Number, ForeignKey("chain.number"), primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("about", BigInteger, nullable=False),
    Column("wrong", Text, nullable=False),  # sync.central.reports.core.tally.Wrong
    Index("said_wrong_about", "chain", "about"),
)
