"""The tables of isolation: exits, home visits, and the rules by which these are due."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from sync.central.tables import Number, metadata

isolation_exit = Table(
    "isolation_exit",
    metadata,
    Column("chain", Number, ForeignKey("chain.number"), primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),  # by the gate's clock
    Column("received_at", BigInteger, nullable=False),
    Column("site", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("subject", Text),  # none: erased
    Column("ordered", BigInteger),  # isolation_change.number; none: no order was known here
    Column("how", Text, nullable=False),  # sync.central.isolation.core.exits.How
    Column("reason", Text, nullable=False),
    Column("registry", BigInteger),
    # sync.central.isolation.core.aftermath
    Column("let_out", BigInteger),
    Column("let_out_at", BigInteger),
    Column("staff", Text),
    Column("passed", BigInteger),
    Column("passed_at", BigInteger),
    Column("refused", BigInteger),
    Index("isolation_exit_site", "site", "at"),
    Index("isolation_exit_subject", "site", "subject", "at"),
    sqlite_with_rowid=False,
)

home_visit = Table(
    "home_visit",
    metadata,
    Column("number", Number, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("subject", Text),  # none: erased
    Column("occasion", Text, nullable=False),  # sync.central.isolation.core.schedule.Occasion
    Column("opens_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("task", BigInteger, nullable=False),  # sync.central.dispatch.tables.task
    Column("overdue_at", BigInteger),  # when that was told
    Column("ended_at", BigInteger),  # done, or not due any more
    UniqueConstraint("site", "subject", "occasion", "due_at", name="home_visit_once"),
    Index("home_visit_due", "ended_at", "due_at"),
    sqlite_autoincrement=True,
)

home_visit_rule = Table(
    "home_visit_rule",
    metadata,
    Column("place", Number, ForeignKey("place.number"), primary_key=True, autoincrement=False),
    Column("at_begin", Boolean, nullable=False),
    Column("every", Integer, nullable=False),  # days; 0: none between
    Column("at_end", Boolean, nullable=False),
    Column("within", Integer, nullable=False),  # hours
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
)
