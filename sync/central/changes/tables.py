"""The tables of changes. What is changed in whom is kept while it waits only."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from sync.central.tables import metadata

# SQLite numbers rows by itself only if the key is an INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")

change_set = Table(
    "change_set",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("state", Text, nullable=False),  # sync.central.changes.core.state.ChangeSetState
    Column("account", BigInteger),  # of who asked; None: at the command line
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),  # times: microseconds since 1970 UTC
    # Where a second person was needed:
    Column("grounds", JSON, nullable=False),  # sync.central.changes.core.second_person.WaitingGround
    Column("lapses_at", BigInteger),
    Column("content", LargeBinary),  # sync.central.changes.core.change.Change in JSON; None: decided
    Column("basis", LargeBinary),  # what was held of each when it was asked for: marks in JSON
    Column("decided_account", BigInteger),
    Column("decided_by", Text),
    Column("decided_at", BigInteger),
    Column("decided_why", Text),
    Column("left_out", Integer),  # how many lines were not approved
    Index("change_set_state", "state", "number"),
)

change_part = Table(
    "change_part",
    metadata,
    Column("change_set", _Number, ForeignKey("change_set.number"), primary_key=True, autoincrement=False),
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("kind", Text, primary_key=True),  # sync.central.changes.core.change.kind_of
    Column("count", BigInteger, nullable=False),
    Index("change_part_site", "site", "change_set"),
)

applied_change = Table(
    "applied_change",
    metadata,
    # Rises, within a site, in the order in which the database got to know: writers of one site queue.
    Column("number", _Number, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("change_set", _Number, ForeignKey("change_set.number"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("applied_change_site", "site", "number"),
)

lone_change = Table(
    "lone_change",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("what", Text, primary_key=True),  # sync.central.changes.core.second_person.Alone
    Column("mark", LargeBinary, primary_key=True),  # of the person: mark_of
    Column("at", BigInteger, nullable=False),
    Index("lone_change_at", "at"),
)

policy_text = Table(
    "policy_text",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("text", Text, nullable=False),  # a policy.toml
    Column("at", BigInteger, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("why", Text, nullable=False),
)

pending_revocation = Table(
    "pending_revocation",
    metadata,
    # People whose revocation is to be signed by the process that publishes; the row goes once it is.
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

appeal = Table(
    "appeal",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("subject", Text),  # None: erased
    Column("question", Text, nullable=False),
    Column("state", Text, nullable=False),  # sync.central.changes.core.appeal_state.AppealState
    Column("by_person", Boolean, nullable=False),  # asked on the public page; else by staff
    Column("at", BigInteger, nullable=False),
    # What it is about, where it is a denial: the gate's device and the number in its journal.
    Column("device", Text),
    Column("epoch", LargeBinary),
    Column("sequence", BigInteger),
    Column("account", BigInteger),  # who has it
    Column("holder", Text),
    Column("settled_at", BigInteger),
    Index("appeal_site", "site", "number"),
    Index("appeal_subject", "site", "subject", "number"),
)

appeal_step = Table(
    "appeal_step",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("appeal", _Number, ForeignKey("appeal.number"), nullable=False),
    Column("site", Text, nullable=False),
    Column("subject", Text),
    Column("kind", Text, nullable=False),  # sync.central.changes.core.appeal_state.AppealStage
    Column("actor", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("change_set", BigInteger),
    Column("at", BigInteger, nullable=False),
    Index("appeal_step_appeal", "appeal", "number"),
)

appeal_try = Table(
    "appeal_try",
    metadata,
    # Tries on the public page within the last minutes, by a mark of the address they came from.
    Column("number", _Number, primary_key=True),
    Column("mark", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("appeal_try_mark", "mark", "at"),
)
