"""Sets statuses in a database as nobody does in service: without a second person, and unaudited."""

from __future__ import annotations

import sqlalchemy as sa
from msgspec.structs import replace

from edge.decision import StatusRecord
from sync.central.people.subjects import note_status, put_subject, subject_at


def set_status(
    connection: sa.Connection, site: str, identity: str, record: StatusRecord, actor: str, now: int
) -> None:
    """Set a subject's status, and record who did. Raises StoreError."""
    put_subject(connection, site, replace(subject_at(connection, site, identity), status=record), now)
    note_status(connection, site, identity, record, actor, now)
