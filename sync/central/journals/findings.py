"""Records findings about a device as a whole, on its newest journal."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from sync.central.journals.journals import Finding, FindingKind
from sync.central.store import insert_unless_there
from sync.central.tables import chain, finding


def record_device_findings(
    connection: sa.Connection, kind: FindingKind, reasons: Iterable[tuple[str, str]], now: int
) -> list[Finding]:
    """Record `kind` with a reason for each device in `reasons`, once per journal; returns the new findings.

    A device without a stored event has no journal to record it on; the next call tries again.
    """
    new = []
    for device, why in reasons:
        newest = connection.execute(
            sa.select(chain.c.number, chain.c.epoch)
            .where(chain.c.device == device)
            .order_by(chain.c.number.desc())
            .limit(1)
        ).one_or_none()
        if newest is None:
            continue
        found = Finding(device, newest.epoch, kind, 0, 0, why)
        made = connection.execute(
            insert_unless_there(connection, finding).returning(finding.c.number),
            {
                "chain": newest.number,
                "kind": found.kind.value,
                "first": found.first,
                "last": found.last,
                "detail": found.detail,
                "at": now,
            },
        )
        if made.first() is not None:
            new.append(found)
    return new
