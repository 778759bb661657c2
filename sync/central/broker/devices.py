"""Which devices a broker lets in."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.store import Store
from sync.central.tables import device, in_service


def devices_in_service(store: Store) -> frozenset[str]:
    """The ids of the devices that are accepted now. Raises StoreError."""
    with store.reading() as connection:
        return frozenset(connection.execute(sa.select(device.c.id).where(in_service)).scalars())
