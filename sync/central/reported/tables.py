"""The tables of what the gates' journals say of the gates themselves."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from sync.central.tables import Number, metadata

probe = Table(
    "probe",
    metadata,
    # The newest of each device, by its place in the journal.
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column("chain", Number, ForeignKey("chain.number"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),  # by the gate's clock
    Column("arrived", BigInteger, nullable=False),  # by central's
    Column("wrong", Text, nullable=False),  # codes, with spaces between; empty: it works
    Column("camera", Text, nullable=False),
    Column("took", Double, nullable=False),  # milliseconds
    Column("worked_at", BigInteger),  # the newest that worked
)

gate_condition = Table(
    "gate_condition",
    metadata,
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column("what", Text, primary_key=True),  # sync.central.devices.core.gate_states.StateWhy
    Column("item", Text, primary_key=True),  # of several: which
    Column("chain", Number, ForeignKey("chain.number"), nullable=False),
    Column("sequence", BigInteger, nullable=False),  # of the event that said it last
    Column("holds", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    Column("since", BigInteger, nullable=False),  # by the gate's clock
)

removal = Table(
    "removal",
    metadata,
    Column("reference", LargeBinary, primary_key=True),  # 16 random bytes: they name nobody
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("what", Text, nullable=False),  # edge.registry.format.Removed
    Column("name", Text),  # of the subject or pass, until every gate has confirmed
    Column("at", BigInteger, nullable=False),
    Column("urgent", Boolean, nullable=False),  # it travels in the list of urgent revocations, too
    Column("list", BigInteger),  # the first list of urgent revocations that has it
    Column("version", BigInteger),  # the first registry that has it
    Column("ended_at", BigInteger),  # every gate has confirmed, or the person is back: it travels no more
    Index("removal_site", "site", "at"),
    Index("removal_name", "site", "name"),
)

receipt = Table(
    "receipt",
    metadata,
    Column("reference", LargeBinary, ForeignKey("removal.reference"), primary_key=True),
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column(
        "by", Text, primary_key=True
    ),  # "registry", or "revocations": it counts no more, and may lie there
    Column("chain", Number, ForeignKey("chain.number"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),  # by the gate's clock
    Column("arrived", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),  # of the registry or the list
    Column("templates", Integer, nullable=False),
    Column("places", Text, nullable=False),  # where it is still known, with spaces between; empty: confirmed
)

command_request = Table(
    "command_request",
    metadata,
    Column("number", Number, primary_key=True),
    Column("device", Text, ForeignKey("device.id"), nullable=False),
    Column("kind", Text, nullable=False),  # edge.commands.core.CommandKind
    Column("argument", Text, nullable=False),
    Column("account", BigInteger),
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # what was not sent by then never is
    Column("state", Text, nullable=False),  # sync.central.commands.requests.CommandRequestState
    Column("times", Integer, nullable=False),  # how often it was signed
    Column("sent_at", BigInteger),
    Column("nonce", LargeBinary),  # of the command as it was signed last
    Column("digest", LargeBinary),  # of the message that carried it
    Column("challenge", LargeBinary),  # what the gate asked to have signed instead of a time
    Column("outcome", Text),  # edge.commands.core.CommandOutcome, or "refused"
    Column("text", Text),
    Column("answered_at", BigInteger),  # by the clock of who said it
    Index("command_request_device", "device", "number"),
    Index("command_request_state", "state", "number"),
)
