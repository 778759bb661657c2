"""Reads the events of all gates: the newest, and then what is added; and what is lost of what was stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from edge.journal.format import Acknowledgement, Entry
from sync.central.history.events import events_between
from sync.central.journals.chains import acknowledgement_of, chain_of
from sync.central.journals.journals import entry_of
from sync.central.tables import chain, device
from sync.wire import HEARD_SINCE

_MOST_OF_ONE = 500
_Chain = tuple[int, str, bytes, str, int, str, str]


@dataclass(frozen=True)
class StoredEvent:
    """A stored event. `site` and `gate` are the place of its device by central's database.

    `received_at` is central's clock, in microseconds since 1970 UTC.
    """

    device: str
    site: str
    gate: str
    entry: Entry
    received_at: int


def devices_that_hear(connection: sa.Connection, devices: Collection[str]) -> set[str]:
    """Those of `devices` whose hello told that they know what central says before it acknowledges."""
    knows = device.c.schema >= HEARD_SINCE
    return {*connection.execute(sa.select(device.c.id).where(device.c.id.in_(devices), knows)).scalars()}


def less_than_acknowledged(
    connection: sa.Connection, device: str, epoch: bytes, acknowledged: int, now: int
) -> Acknowledgement | None:
    """What is stored of `epoch`, if that is less than `acknowledged`, which the device has heard of.

    No acknowledgement goes out before its commit: then the database was put back from a backup.
    """
    if not acknowledged:
        return None
    held = acknowledgement_of(chain_of(connection, device, epoch), epoch, now)
    return held if held.sequence < acknowledged else None


class EventReader:
    """Follows every journal as far as it is complete: each event once, those of one gate in order.

    The position is kept for each journal: a number over all events would have gaps while two ingesters
    commit.
    """

    def __init__(self, device_id: str | None = None) -> None:
        self._device = device_id
        self._positions: dict[int, int] = {}

    def newest(self, connection: sa.Connection, count: int) -> list[StoredEvent]:
        """The newest `count` events of all, by the gates' clocks; `new_events` continues after them."""
        found: list[StoredEvent] = []
        for row in connection.execute(self._chains()):
            self._positions[row.number] = row.prefix
            found.extend(self._events(connection, row, max(0, row.prefix - count)))
        found.sort(key=lambda item: (item.entry.at, item.device, item.entry.sequence))
        return found[-count:] if count else []

    def new_events(self, connection: sa.Connection) -> list[StoredEvent]:
        """The events added since the last call; a long journal comes in several calls."""
        found: list[StoredEvent] = []
        for row in connection.execute(self._chains()).all():
            place = self._positions.get(row.number, 0)
            if row.prefix > place:
                new = self._events(connection, row, place, _MOST_OF_ONE)
                self._positions[row.number] = new[-1].entry.sequence if new else row.prefix
                found.extend(new)
        return found

    # --- inside ----------------------------------------------------------------------------

    def _chains(self) -> sa.Select[_Chain]:
        query = (
            sa.select(
                chain.c.number,
                chain.c.device,
                chain.c.epoch,
                chain.c.gate,
                chain.c.prefix,
                device.c.site,
                device.c.gate.label("place"),
            )
            .join(device, device.c.id == chain.c.device)
            .order_by(chain.c.number)
        )
        return query if self._device is None else query.where(chain.c.device == self._device)

    def _events(
        self, connection: sa.Connection, row: sa.Row[_Chain], place: int,
        most: int | None = None,
    ) -> list[StoredEvent]:  # fmt: skip
        most = row.prefix - place if most is None else most
        found = events_between(connection, row.number, place + 1, row.prefix, most)
        return [
            StoredEvent(
                row.device, row.site, row.place, entry_of(item, row.epoch, row.gate), item.received_at
            )
            for item in found
        ]
