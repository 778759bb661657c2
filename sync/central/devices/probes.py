"""Reads what the gates' probes came to: the newest of each."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.devices.core import Probe
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.reported.tables import probe
from sync.central.tables import device


def probe_of(connection: sa.Connection, sight: Sight = EVERYWHERE) -> dict[str, Probe]:
    """The newest probe of each device in sight that was ever probed."""
    query = sa.select(probe).join(device, device.c.id == probe.c.device).where(sight.of(device.c.site))
    return {
        row.device: Probe(row.at, not row.wrong, row.wrong, row.arrived, row.worked_at)
        for row in connection.execute(query)
    }
