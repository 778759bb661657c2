"""Central's tables. The schema itself is made by the migrations (sync/central/migrations)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import fields
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from edge.decision import ClockTrust
from edge.journal.format import OWN_FIELDS, Entry

metadata = MetaData()

# SQLite numbers rows by itself only if the key is an INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")


def on_postgresql(**options: object) -> dict[str, object]:
    """What an index is on PostgreSQL alone: what SQLAlchemy calls `postgresql_…`, for its `info`.

    `schema` gives it to SQLAlchemy, which loads all that it knows of PostgreSQL when it hears one of those:
    a tenth of a second, at the start of every command that asks the database anything.
    """
    return {f"postgresql_{name}": value for name, value in options.items()}


# --- places: a gate's place is here, and in no topic ------------------------------------

site = Table(
    "site",
    metadata,
    Column("id", Text, primary_key=True),
    Column("address", Text, nullable=False, server_default=""),
    Column("time_zone", Text, nullable=False, server_default="Asia/Shanghai"),
    Column("place", Number, ForeignKey("place.number")),  # where it is, and its name
    Index("site_place", "place", unique=True),
)

device = Table(
    "device",
    metadata,
    Column("id", Text, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("gate", Text, nullable=False),
    Column("message_key", LargeBinary, nullable=False),  # raw Ed25519: verifies what it sends
    Column("enrolled_at", BigInteger, nullable=False),  # times: microseconds since 1970 UTC
    Column("retired_at", BigInteger),  # from then on it is refused
    Column("suspended_at", BigInteger),  # refused meanwhile: its certificate was revoked, say
    # what it last reported: hints
    Column("last_seen", BigInteger),
    Column("state", Text),
    Column("software", Text),
    Column("schema", Integer, nullable=False, server_default="0"),  # that it speaks; 0: unknown
    Column("registry_version", BigInteger),
    Column("registry_since", BigInteger),  # when it reported that version first
    Column("root_version", BigInteger),
    Column("revocations", BigInteger),  # the number of its list of urgent revocations
    Column("lists", JSON),  # the version of each trust list by name
    Column("fingerprint", LargeBinary),  # of the announcements that it has
    Column("link", BigInteger),  # the highest epoch of its stamps
    Column("waiting", BigInteger),
    Column("clock_offset", BigInteger),
    Column("clock_error", BigInteger),
    Column("health", JSON),
    Index("device_place", "site", "gate"),
)

stamp = Table(
    "stamp",
    metadata,
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("counter", BigInteger, nullable=False),
)

in_service = device.c.retired_at.is_(None) & device.c.suspended_at.is_(None)
"""The devices that are accepted, get registries, and take commands."""

gate_counts = Table(
    "gate_counts",
    metadata,
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column("counts", LargeBinary, nullable=False),  # edge.counting.core.CountSnapshot, as on the wire
    Column("at", BigInteger, nullable=False),
)

refused_message = Table(
    "refused_message",
    metadata,
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column("by", Text, primary_key=True),  # "central" or "device": who refused it
    Column("channel", Text, primary_key=True),
    Column("code", Text, primary_key=True),  # edge.signing.cose.MessageRefusal
    Column("times", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),  # of the last one
    Column("at", BigInteger, nullable=False),
)

# --- subjects --------------------------------------------------------------------------------

subject = Table(
    "subject",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("record", LargeBinary, nullable=False),  # edge.decision.subject.Subject in JSON, status within
    Column("changed_at", BigInteger, nullable=False),
    # Parts of the record by which lists are filtered: sync.central.people.columns.
    Column("address", Text, nullable=False, server_default=""),
    Column("groups", Text, nullable=False, server_default=""),
    Column("status", Text),
    Column("status_since", BigInteger),
    Column("status_until", BigInteger),
    Column("valid_until", BigInteger),
    Column("isolated_since", BigInteger),
    Column("isolated_until", BigInteger),  # none: until it is lifted
    Index("subject_isolated", "site", "isolated_since"),
    Index("subject_address", "site", "address", info=on_postgresql(ops={"address": "text_pattern_ops"})),
)

template = Table(
    "template",
    metadata,
    Column("site", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column(
        "record", LargeBinary, nullable=False
    ),  # edge.registry.format.templates.SealedTemplate in MessagePack
    ForeignKeyConstraint(["site", "subject"], ["subject.site", "subject.id"], ondelete="CASCADE"),
)

status_change = Table(
    "status_change",
    metadata,
    Column("number", Number, primary_key=True),
    Column("site", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),  # edge.decision.status.StatusRecord in JSON
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("status_change_subject", "site", "subject", "number"),
)

publication = Table(
    "publication",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    # The newest that this database published. If a newer one is out, the database was restored.
    Column("version", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# Who published what.
site_version = Table(
    "site_version",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("account", BigInteger),
    Column("people", Integer, nullable=False),
    Column("policy", Integer, nullable=False),  # its number: sync.central.changes.tables.policy_text
    Column("up_to", BigInteger, nullable=False),  # it has every applied_change of the site up to here
)

# What each published version contained (registry/archive.py). A row holds from version `first` to `last`, and
# still holds where that is null. Erasing a subject removes its rows here too (people/subjects.py).
archived_version = Table(
    "archived_version",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("issued", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("root", BigInteger, nullable=False),  # the version of the newest root then
    Column("set_sha256", LargeBinary, nullable=False),  # of all records, templates too, as it was signed
)

archived_record = Table(
    "archived_record",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("key", LargeBinary, primary_key=True),  # edge.registry.format.records; never of a template
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger),
    Column("value", LargeBinary, nullable=False),
    Index("archived_record_last", "site", "last"),
)

archived_erasure = Table(
    "archived_erasure",
    metadata,
    Column("number", Number, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("first", BigInteger, nullable=False),  # somebody was in these versions, and is there no more
    Column("last", BigInteger, nullable=False),
    Index("archived_erasure_versions", "site", "first"),
)

command_counter = Table(
    "command_counter",
    metadata,
    Column("issuer", LargeBinary, primary_key=True),  # the id of the key that signs
    Column("counter", BigInteger, nullable=False),  # of the last command that it signed
)

# --- the gates' journals -----------------------------------------------------------------------

chain = Table(
    "chain",
    metadata,
    Column("number", Number, primary_key=True),
    Column("device", Text, ForeignKey("device.id"), nullable=False),
    Column("epoch", LargeBinary, nullable=False),
    Column("gate", Text, nullable=False),
    # Everything up to `prefix` is stored, or was declared lost; `hash` is that of event `prefix`.
    Column("prefix", BigInteger, nullable=False, server_default="0"),
    Column("hash", LargeBinary, nullable=False),
    Column("highest", BigInteger, nullable=False, server_default="0"),  # the newest event of all
    UniqueConstraint("device", "epoch", name="chain_device_epoch"),
    Index("chain_epoch", "epoch"),
)

_TYPES = {int: BigInteger, float: Double, str: Text, bytes: LargeBinary, ClockTrust: Text}


def _event_columns(*key: str) -> Iterator[Column[Any]]:
    """What a gate wrote of an event, as its Entry has it; epoch and gate are those of the chain."""
    for field in fields(Entry):
        if field.name in OWN_FIELDS:
            kind, in_key = _TYPES[field.type], field.name in key
            yield Column(field.name, kind, primary_key=in_key, nullable=False, autoincrement=False)


event = Table(
    "event",
    metadata,
    Column("chain", Number, ForeignKey("chain.number"), primary_key=True, autoincrement=False),
    *_event_columns("sequence"),
    Column("received_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

forked_event = Table(
    "forked_event",
    metadata,
    Column("chain", Number, ForeignKey("chain.number"), primary_key=True, autoincrement=False),
    *_event_columns("sequence", "hash"),
    Column("received_at", BigInteger, nullable=False),
)

pass_use = Table(
    "pass_use",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("pass_id", Text, primary_key=True),
    Column("chain", Number, ForeignKey("chain.number"), nullable=False),  # the first use to arrive
    Column("sequence", BigInteger, nullable=False),
    Index("pass_use_event", "chain", "sequence"),
)

finding = Table(
    "finding",
    metadata,
    Column("number", Number, primary_key=True),
    Column("chain", Number, ForeignKey("chain.number"), nullable=False),
    Column("kind", Text, nullable=False),  # sync.central.journals.findings.FindingKind
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),  # since when it is no longer so
    Column("acknowledged_by", Text, nullable=False, server_default=""),  # who took care of it
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_why", Text, nullable=False, server_default=""),
    UniqueConstraint("chain", "kind", "first", name="finding_once"),
)

needs_somebody = finding.c.ended_at.is_(None) & finding.c.acknowledged_at.is_(None)
"""The findings that have not ended, and that nobody took care of."""
