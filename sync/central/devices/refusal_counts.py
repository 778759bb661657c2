"""How often a message of a device was refused, or one of central's by it: counted in the database."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.store import insert_unless_there
from sync.central.tables import device, refused_message

BY_CENTRAL, BY_DEVICE = "central", "device"

Counted = tuple[str, str, str, str]
"""Device, by whom, channel, code."""


@dataclass(frozen=True)
class RefusalCount:
    """How often central, or the device, refused a message of the other for one reason.

    `detail` and `at` (microseconds since 1970 UTC) are of the last one.
    """

    by: str
    channel: str
    code: str
    times: int
    detail: str
    at: int


def refusals_of(connection: sa.Connection, device_id: str) -> list[RefusalCount]:
    """What was refused of a device's messages, and of central's by it; the newest first."""
    query = (
        sa.select(refused_message)
        .where(refused_message.c.device == device_id)
        .order_by(refused_message.c.at.desc(), refused_message.c.channel, refused_message.c.code)
    )
    return [
        RefusalCount(row.by, row.channel, row.code, row.times, row.detail, row.at)
        for row in connection.execute(query)
    ]


def add(connection: sa.Connection, key: Counted, times: int, detail: str, at: int) -> None:
    """Add to a count. A device that is not in the database has none."""
    named = dict(zip(("device", "by", "channel", "code"), key, strict=True))
    if connection.execute(sa.select(device.c.id).where(device.c.id == key[0])).first() is None:
        return
    connection.execute(
        insert_unless_there(connection, refused_message), {**named, "times": 0, "detail": "", "at": at}
    )
    same = sa.and_(*(refused_message.c[name] == value for name, value in named.items()))
    connection.execute(
        sa.update(refused_message)
        .where(same)
        .values(times=refused_message.c.times + times, detail=detail, at=at)
    )
