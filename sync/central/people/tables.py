"""The tables of what happens around a subject's record: looks, consent, erasures."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from sync.central.tables import Number, metadata

look = Table(
    "look",
    metadata,
    Column("number", Number, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("account", BigInteger),  # null: at the command line
    Column("actor", Text, nullable=False),
    Column("purpose", Text, nullable=False),  # sync.central.people.core.purposes.Purpose
    Column("reference", Text, nullable=False),
    Column("reason", Text, nullable=False),  # of whom it speaks: erased with the person
    Column("opened_at", BigInteger, nullable=False),
    Column("closes_at", BigInteger, nullable=False),
    Index("look_subject", "site", "subject", "opened_at"),
)

consent = Table(
    "consent",
    metadata,
    Column("number", Number, primary_key=True),
    Column("site", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("answer", Text, nullable=False),  # edge.consent.ConsentAnswer
    Column("wording", Text, nullable=False),  # the version of the text
    Column("language", Text, nullable=False),
    Column("form", Text, nullable=False),  # sync.central.people.core.consent_form.ConsentForm
    Column("place", Text, nullable=False),  # where it was given
    Column("staff", Text, nullable=False),  # who registered it
    Column("at", BigInteger, nullable=False),
    Index("consent_subject", "site", "subject", "number"),
)

isolation_change = Table(
    "isolation_change",
    metadata,
    Column("number", Number, primary_key=True),
    Column("site", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("record", LargeBinary),  # edge.decision.HomeIsolation in JSON; none: lifted
    Column("actor", Text, nullable=False),
    Column("change_set", BigInteger),  # that has why; none: it was there before changes were kept
    Column("at", BigInteger, nullable=False),
    Index("isolation_change_subject", "site", "subject", "number"),
    sqlite_autoincrement=True,  # alarms name its number: no other ever gets it
)

erasure = Table(
    "erasure",
    metadata,
    Column("number", Number, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),  # random: names the erasure, and no person
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("erased", JSON, nullable=False),  # how many rows of which table
    Index("erasure_subject", "site", "subject"),
)
