"""Keeps the highest stamp of each device and channel: what was recorded and is sent again counts no more.

The database decides, so that several processes that share the load agree.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from edge.signing.cose import LATEST, MessageRefusal, MessageRefused, Stamp
from sync.central.store import insert_or_update
from sync.central.tables import device
from sync.central.tables import stamp as stamps
from sync.wire import Channel

LINKS_AHEAD = 2**24
"""How far a link's epoch may lie beyond the newest one, or beyond every clock: links that came to nothing.
One word must not use up the numbers, or the device would never be heard again.
"""


def take_stamp(connection: sa.Connection, identity: str, channel: Channel, stamp: Stamp) -> bool:
    """Whether a device's message on `channel` is news; if so, its stamp is kept.

    It is, if its stamp is greater than any before on this channel, and its link not an earlier one than the
    newest that was heard of, nor one that the device cannot have reached.
    """
    if stamp.counter == 0:
        return False
    # This locks the device's row too, so that two processes take its stamps one after the other.
    on_link, of_link = _ON_LINK, {"identity": identity, "link": stamp.epoch, "highest": stamp.epoch}
    if stamp.epoch > LATEST + LINKS_AHEAD:
        on_link, of_link = _ON_LINK_AHEAD, {**of_link, "lowest": stamp.epoch - LINKS_AHEAD}
    if not connection.execute(on_link, of_link).rowcount:
        return False
    values = {
        "device": identity,
        "channel": channel.spoken,
        "epoch": stamp.epoch,
        "counter": stamp.counter,
    }
    return connection.execute(_keep_greater(connection.dialect.name), values).first() is not None


def older(stamp: Stamp) -> MessageRefused:
    """The refusal of a message with this stamp, which `take_stamp` did not take."""
    return MessageRefused(
        MessageRefusal.OLDER,
        f"its stamp ({stamp.epoch}, {stamp.counter}) is not greater than one before, or out of reach: "
        "was it recorded?",
    )


def newest_link(connection: sa.Connection, identity: str) -> int:
    """The highest epoch that was heard of a device; 0: none."""
    return int(connection.execute(_LINK, {"identity": identity}).scalar() or 0)


# --- inside --------------------------------------------------------------------------------

_OF_DEVICE = device.c.id == sa.bindparam("identity")
_HIGHEST: sa.BindParameter[int] = sa.bindparam("highest")
_LINK = sa.select(device.c.link).where(_OF_DEVICE)
_ON_LINK = sa.update(device).where(_OF_DEVICE, device.c.link.is_(None) | (device.c.link <= _HIGHEST))
_ON_LINK_AHEAD = sa.update(device).where(_OF_DEVICE, device.c.link.between(sa.bindparam("lowest"), _HIGHEST))


@cache
def _keep_greater(dialect: str) -> Any:
    """Keeps a stamp if it is greater than the one of its device and channel, and then returns it."""
    insert = insert_or_update(dialect, stamps)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["device", "channel"],
        set_={"epoch": new.epoch, "counter": new.counter},
        where=sa.tuple_(stamps.c.epoch, stamps.c.counter) < sa.tuple_(new.epoch, new.counter),
    ).returning(stamps.c.epoch)
