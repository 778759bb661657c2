"""The table of uploaded lists: each with its plan, until it is applied, dropped, or a day is over."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from sync.central.tables import Number, metadata

upload = Table(
    "upload",
    metadata,
    Column("number", Number, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("account", BigInteger),
    Column("actor", Text, nullable=False),
    Column("name", Text, nullable=False),  # of the file
    Column("data", LargeBinary, nullable=False),
    Column("take", JSON, nullable=False),  # sync.central.imports.core.import_plan.Protected
    Column("fixes", JSON, nullable=False),  # the offers that were taken: pairs of line and column
    Column("plan", LargeBinary, nullable=False),  # sync.central.imports.core.shown_plan.ShownPlan
    Column("held", Text, nullable=False),  # a digest of what was held when it was planned
    Column("at", BigInteger, nullable=False),
    Column("lapses_at", BigInteger, nullable=False),
    Index("upload_lapse", "lapses_at"),
)
