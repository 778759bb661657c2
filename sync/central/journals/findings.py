"""What is found about a device, where it is not about one event: written to its newest journal, once each."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from sync.central.journals.journals import Finding, FindingKind
from sync.central.store import insert_unless_there
from sync.central.tables import chain, finding


def record_device_findings(
    connection: sa.Connection, kind: FindingKind, said: Iterable[tuple[str, str]], now: int
) -> list[Finding]:
    """Write down `kind` of each device, with why; once for each journal. Those that are new.

    A device of which no event is stored has no journal to write it to: the next time says it again.
    """
    new = []
    for device, why in said:
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
