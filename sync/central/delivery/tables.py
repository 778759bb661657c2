"""The tables of what is sent: each message until it is gone, and each try."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from sync.central.tables import Number, metadata

delivery = Table(
    "delivery",
    metadata,
    Column("number", Number, primary_key=True),
    Column("way", Text, nullable=False),  # sync.central.delivery.core.messages.Way
    Column("address", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text),  # these are gone once it is sent, or given up: links in them let somebody in
    Column("html", Text),
    Column("about", Text, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("state", Text, nullable=False),  # sync.central.delivery.queue.MessageState
    Column("made_at", BigInteger, nullable=False),  # times: microseconds since 1970 UTC
    Column("until", BigInteger),
    Column("due_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("claimed_until", BigInteger),  # a process is sending it
    Column("ended_at", BigInteger),
    Column("said_at", BigInteger),  # that it could not be sent
    Index("delivery_next", "state", "severity", "number"),
    Index("delivery_address", "way", "address", "state", "severity", "number"),
    Index("delivery_about", "about", "number"),
    Index("delivery_ended", "ended_at"),
)

delivery_part = Table(
    "delivery_part",
    metadata,
    Column("delivery", Number, ForeignKey("delivery.number", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

delivery_try = Table(
    "delivery_try",
    metadata,
    Column("delivery", Number, ForeignKey("delivery.number", ondelete="CASCADE"), primary_key=True),
    Column("count", Integer, primary_key=True, autoincrement=False),  # 1 is the first
    Column("at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),  # sync.central.delivery.core.messages.DeliveryOutcome
    Column("words", Text, nullable=False),  # what the other side said, cut
)
