"""Which devices a broker lets in, and which it does no more."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.store import Store
from sync.central.tables import device, in_service


def devices_in_service(store: Store) -> frozenset[str]:
    """The ids of the devices that are accepted now. Raises StoreError."""
    return devices_known(store)[0]


def devices_known(store: Store) -> tuple[frozenset[str], frozenset[str]]:
    """The ids of the devices that are accepted now, and of those that were. Raises StoreError."""
    with store.reading() as connection:
        rows = connection.execute(sa.select(device.c.id, in_service.label("accepted"))).all()
    accepted = frozenset(row.id for row in rows if row.accepted)
    return accepted, frozenset(row.id for row in rows) - accepted
