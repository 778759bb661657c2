"""The table of requests. Templates and papers are sealed under the site's key, which central has not."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text

from sync.central.tables import metadata

enrolment_request = Table(
    "enrolment_request",
    metadata,
    Column("id", LargeBinary, primary_key=True),  # random, made at the gate
    Column("site", Text, ForeignKey("site.id"), nullable=False),
    Column("device", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("kind", Text, nullable=False),  # edge.registry_requests.RequestKind
    Column("subject", Text, nullable=False),
    Column("staff", Text, nullable=False),  # at the gate
    Column("asked_at", BigInteger, nullable=False),  # by the gate's clock; microseconds since 1970 UTC
    Column("received_at", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),  # of the record that the templates are bound to
    Column("engine", Text, nullable=False),
    Column("templates", LargeBinary, nullable=False),  # edge.registry.format.SealedTemplate; none: decided
    Column("wording", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("guardian", Boolean, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of the paper
    Column("paper", LargeBinary, nullable=False),  # sealed: the consent with its signature
    Column("alike", Text),
    Column("choice", Text, nullable=False),
    Column("state", Text, nullable=False),  # edge.registry_requests.RequestState
    Column("reason", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", BigInteger),
    Column("change_set", BigInteger),
    Index("enrolment_request_site", "site", "state", "received_at"),
    Index("enrolment_request_subject", "site", "subject"),
)
