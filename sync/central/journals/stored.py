"""How many events central has stored of each device: what a count elsewhere is held against."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.tables import chain, event


def stored_of(connection: sa.Connection, prefix: str) -> dict[str, int]:
    """The number of stored events of each device whose id begins with `prefix`; devices without any are
    left out.
    """
    query = (
        sa.select(chain.c.device, sa.func.count())
        .join(event, event.c.chain == chain.c.number)
        .where(chain.c.device.startswith(prefix, autoescape=True))
        .group_by(chain.c.device)
    )
    return {device: int(count) for device, count in connection.execute(query)}
