"""The tables of history: the folder, the files with their digests, and the runs of chains in them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from sync.central.tables import Number, metadata

history_folder = Table(
    "history_folder",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("folder", Text, nullable=False),  # the same path for every process of the centre
    CheckConstraint("id = 1", name="history_folder_one"),
)

history_file = Table(
    "history_file",
    metadata,
    Column("number", Number, primary_key=True),
    Column("kind", Text, nullable=False),  # sync.central.history.core.kinds.FileKind
    Column("site", Text, nullable=False),
    Column("day", BigInteger, nullable=False),  # its beginning in UTC
    Column("name", Text, nullable=False),  # below the folder
    Column("state", Text, nullable=False),  # sync.central.history.core.kinds.FileState
    # While it is written, kind, site and day: two processes never move the same rows.
    Column("claim", Text, unique=True),
    Column("begun_at", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False, server_default="0"),
    Column("first_at", BigInteger, nullable=False, server_default="0"),  # by the gates' clocks
    Column("last_at", BigInteger, nullable=False, server_default="0"),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Column("changed", BigInteger, nullable=False, server_default="0"),  # nanoseconds, as the file system says
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of its bytes
    Column("verified_at", BigInteger),
    Column("damage", Text, nullable=False, server_default=""),  # what was wrong when it was last looked at
    Index("history_file_day", "kind", "site", "day"),
    sqlite_autoincrement=True,
)

history_run = Table(
    "history_run",
    metadata,
    Column("file", Number, ForeignKey("history_file.number"), primary_key=True, autoincrement=False),
    Column("chain", Number, ForeignKey("chain.number"), primary_key=True, autoincrement=False),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("history_run_chain", "chain", "last"),
)

history_sum = Table(
    "history_sum",
    metadata,
    # What the accesses of a file come to, so that who counts years does not read them again.
    Column("file", Number, ForeignKey("history_file.number"), primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False),  # of the file that they were made of
    Column("form", Integer, nullable=False),  # what the bytes are, as who made them knows
    Column("ahead", BigInteger, nullable=False),  # their days' clock is ahead of UTC by so many microseconds
    Column("counts", LargeBinary, nullable=False),
    Column("people", LargeBinary, nullable=False),  # what names those who passed
)

history_erasure = Table(
    "history_erasure",
    metadata,
    # An erasure that reached every file there was.
    Column("erasure", Number, ForeignKey("erasure.number"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
)

legal_hold = Table(
    "legal_hold",
    metadata,
    Column("number", Number, primary_key=True),
    Column("case", Text, nullable=False),  # the number of the case, as whoever asked for it names it
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("subject", Text),  # none: everything of the site
    Column("since", BigInteger),  # by the gates' clocks; none: from the beginning
    Column("until", BigInteger),  # none: whatever comes too
    Column("why", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("review_at", BigInteger, nullable=False),  # by then somebody looks whether it is needed still
    Column("lifted_at", BigInteger),
    Column("lifted_by", Text, nullable=False, server_default=""),
    Column("lifted_why", Text, nullable=False, server_default=""),
    Index("legal_hold_site", "site", "lifted_at"),
)

retention_rule = Table(
    "retention_rule",
    metadata,
    Column("number", Number, primary_key=True),
    Column("kind", Text, nullable=False),  # sync.central.history.core.retention.Kept
    Column("place", Number, ForeignKey("place.number")),  # none: everywhere
    # `kind` and `place` in one text: of each there is one rule.
    Column("of", Text, nullable=False, unique=True),
    Column("days", Integer, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

deletion = Table(
    "deletion",
    metadata,
    # What a rule of retention deleted: how much, of when, and a digest of what it was.
    Column("number", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("days", Integer, nullable=False),  # the rule
    Column("rows", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("held", BigInteger, nullable=False),  # so many more stay, since they are held
    Column("at", BigInteger, nullable=False),
    Index("deletion_at", "at"),
)
