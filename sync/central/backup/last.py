"""When this centre was backed up last, by its own record of it."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.audit.tables import audit_entry

MADE, PUT_BACK = "backup", "restore"
"""The acts of the audit that say so."""


def last_backup(connection: sa.Connection) -> int | None:
    """When the last backup of this database was made (microseconds since 1970 UTC); None: never."""
    query = sa.select(sa.func.max(audit_entry.c.at)).where(audit_entry.c.act == MADE)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else int(found)
