"""Reading the events of all gates: the newest, and then what is added."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from edge.journal.format import Entry
from sync.central.journals.journals import entry_of
from sync.central.tables import chain, device, event

_MOST_OF_ONE = 500
_Chain = tuple[int, str, bytes, str, int, str, str]


@dataclass(frozen=True)
class StoredEvent:
    """An event of a gate. `site` and `gate` are where central knows that its device stands, whatever it
    says of itself; `received_at` is central's clock, microseconds since 1970 UTC.
    """

    device: str
    site: str
    gate: str
    entry: Entry
    received_at: int


class EventReader:
    """Follows every journal up to where it is whole; each event comes once, each gate's in order.

    A number that counts all events would have holes while two ingesters commit; so the place is kept for
    each journal.
    """

    def __init__(self, device_id: str | None = None) -> None:
        self._device = device_id
        self._places: dict[int, int] = {}

    def newest(self, connection: sa.Connection, count: int) -> list[StoredEvent]:
        """The newest `count` events of all, by the gates' clocks; `more` goes on behind them."""
        found: list[StoredEvent] = []
        for row in connection.execute(self._chains()):
            self._places[row.number] = row.prefix
            found.extend(self._events(connection, row, max(0, row.prefix - count)))
        found.sort(key=lambda item: (item.entry.at, item.device, item.entry.sequence))
        return found[-count:] if count else []

    def new_events(self, connection: sa.Connection) -> list[StoredEvent]:
        """What was added since; a journal that is far ahead comes in parts."""
        found: list[StoredEvent] = []
        for row in connection.execute(self._chains()).all():
            place = self._places.get(row.number, 0)
            if row.prefix > place:
                new = self._events(connection, row, place, _MOST_OF_ONE)
                self._places[row.number] = new[-1].entry.sequence if new else row.prefix
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
        query = (
            sa.select(event)
            .where(event.c.chain == row.number, event.c.sequence > place, event.c.sequence <= row.prefix)
            .order_by(event.c.sequence)
        )
        found = connection.execute(query if most is None else query.limit(most))
        return [
            StoredEvent(
                row.device, row.site, row.place, entry_of(item, row.epoch, row.gate), item.received_at
            )
            for item in found
        ]
