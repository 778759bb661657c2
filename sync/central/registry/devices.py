"""The devices in service, as publishing sees them: at which site, and what each said last."""

from __future__ import annotations

import sqlalchemy as sa

from edge.signing.cose import Stamp
from sync.central.registry.publisher_handler import HeardHello
from sync.central.store import Store
from sync.central.tables import device, in_service, stamp
from sync.wire import Channel


def sites_of(store: Store) -> dict[str, str]:
    """The site of each device in service."""
    with store.reading() as connection:
        return {row.id: row.site for row in connection.execute(_SITES)}


def hellos_of(store: Store) -> dict[str, HeardHello]:
    """The newest hello of each device in service."""
    with store.reading() as connection:
        return {
            row.id: HeardHello(Stamp(row.epoch, row.counter), row.fingerprint or b"")
            for row in connection.execute(_HELLOS)
        }


_SITES = sa.select(device.c.id, device.c.site).where(in_service)


_HELLOS = (
    sa.select(device.c.id, device.c.fingerprint, stamp.c.epoch, stamp.c.counter)
    .join(stamp, stamp.c.device == device.c.id)
    .where(in_service, stamp.c.channel == Channel.HELLO.spoken)
)
