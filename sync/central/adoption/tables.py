"""The tables of adoption: invitations of gates, and devices that are to be revoked."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from sync.central.tables import Number, metadata

gate_invitation = Table(
    "gate_invitation",
    metadata,
    Column("number", Number, primary_key=True),
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("gate", Text, nullable=False),
    Column("device", Text, nullable=False),  # the id that it gets
    Column("proof", LargeBinary, nullable=False, unique=True),  # what is kept of the code's proof
    Column("part", LargeBinary, nullable=False),  # sync.gate_invitation.packets.GatePart in JSON
    Column("replaces", Boolean, nullable=False),  # the gate's devices before it are retired
    Column("made_at", BigInteger, nullable=False),  # times: microseconds since 1970 UTC
    Column("made_by", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    Column("enrolled_at", BigInteger),
    Column("trouble", Text),  # why a device with the code got nothing, the last time
    Index("gate_invitation_device", "device"),
)

device_revocation = Table(
    "device_revocation",
    metadata,
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column("asked_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),  # the authority has revoked its certificates
    Column("count", Integer),  # how many there were
)
