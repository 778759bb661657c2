"""The tables of visits: who is invited, by whom, and for how long."""

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

invitation = Table(
    "invitation",
    metadata,
    # A resident's link, by which they invite: as often as it says, until it ends.
    Column("number", Number, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("host", Text),  # a subject of the site, whose right is asked for at each use; none: erased
    Column("token", LargeBinary, nullable=False, unique=True),  # SHA-256 of what the link says
    Column("visits", Integer, nullable=False),  # how many it may make
    Column("until", BigInteger, nullable=False),  # times: microseconds since 1970 UTC
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("withdrawn_at", BigInteger),
    Index("invitation_host", "site", "host"),
)

visit = Table(
    "visit",
    metadata,
    Column("number", Number, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("subject", Text, nullable=False),  # what gates write: visitor:3f9c…
    Column("name", Text, nullable=False),
    Column("host", Text),  # a subject of the site; none: the staff invited
    Column("invitation", Number, ForeignKey("invitation.number")),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("token", LargeBinary, nullable=False, unique=True),  # SHA-256 of what the visitor's link says
    Column("pass_id", Text, nullable=False),  # of their pass, which is signed anew whenever it is shown
    Column(
        "code", LargeBinary
    ),  # what is kept of their number (edge.credentials.known); none: they have a phone
    Column("uses", Integer),  # how often the number opens
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("cancelled_at", BigInteger),
    Column("said_left_at", BigInteger),
    UniqueConstraint("site", "subject", name="visit_subject"),
    Index("visit_begin", "since", "number"),
    Index("visit_end", "until", "number"),
    Index("visit_code", "site", "code"),
)

code_salt = Table(
    "code_salt",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
)

number_use = Table(
    "number_use",
    metadata,
    # A number that staff let somebody pass by: what counts its uses, and moves the visit on.
    Column("number", Number, primary_key=True),
    Column("visit", Number, ForeignKey("visit.number"), nullable=False),
    Column("direction", Text, nullable=False),  # edge.decision.Direction
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Index("number_use_visit", "visit"),
)

wrong_number = Table(
    "wrong_number",
    metadata,
    # A number that was none, for the length of a window: who tries many is stopped.
    Column("number", Number, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("wrong_number_site", "site", "at"),
)

employer = Table(
    "employer",
    metadata,
    Column("number", Number, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("shifts", JSON, nullable=False),  # sync.central.visits.core.workers.WorkShift
    Column("until", BigInteger, nullable=False),  # nobody whom it brings is here longer
    Column("token", LargeBinary, unique=True),  # SHA-256 of its link's; none: a registrar uploads
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Index("employer_site", "site", "number"),
    sqlite_autoincrement=True,  # groups and ids name its number: no other ever gets it
)

employer_list = Table(
    "employer_list",
    metadata,
    Column("number", Number, primary_key=True),
    Column("employer", Number, ForeignKey("employer.number"), nullable=False),
    Column("name", Text, nullable=False),  # of the file
    Column("data", LargeBinary),  # the file, until it is decided
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("people", Integer, nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("decided_at", BigInteger),
    Column("decided_by", Text),
    Column("change_set", BigInteger),  # what took it in; none: it was put aside
    Index("employer_list_employer", "employer", "number"),
)
