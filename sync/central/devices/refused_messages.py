"""Counts what central refused of each device, and what each device refused of central."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from edge.support.due import NEVER
from sync.central.store import Store, StoreError, insert_unless_there
from sync.central.tables import device, refused_message
from sync.dispatch.handler import StatelessHandler
from sync.wire import RefusedMessage, SealedMessage

WRITTEN_EVERY = 10.0
"""Seconds between two writings."""
BY_CENTRAL, BY_DEVICE = "central", "device"

_Key = tuple[str, str, str, str]  # device, by whom, channel, code


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


class RefusalCounter(StatelessHandler):
    """Counts refusals in the database, a few seconds after they happen; those of a flood in one row."""

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall
        self._times: Counter[_Key] = Counter()
        self._details: dict[_Key, str] = {}
        self._write_at = float("-inf")
        self._log = structlog.get_logger("central.refused")

    def note_by_central(self, device_id: str, refused: RefusedMessage) -> None:
        """Count a message of a device that was refused here."""
        self._note((device_id, BY_CENTRAL, *refused.counted_as), refused.detail)

    def note_by_device(self, device_id: str, refused: RefusedMessage) -> None:
        """Count a message of central's that a device says it refused."""
        key = (device_id, BY_DEVICE, *refused.counted_as)
        say = self._log.debug if key in self._details else self._log.warning
        say("refused_by_device", device=device_id, channel=key[2], code=key[3], detail=refused.detail)
        self._note(key, refused.detail)

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        if self._times and now >= self._write_at:
            self._write_at = now + WRITTEN_EVERY
            times, self._times = self._times, Counter()
            details, self._details = self._details, {}
            self._write(times, details)
        return iter(())

    def next_due(self, now: float) -> float:  # noqa: ARG002
        return self._write_at if self._times else NEVER

    def _note(self, key: _Key, detail: str) -> None:
        self._times[key] += 1
        self._details[key] = detail

    def _write(self, times: Counter[_Key], details: dict[_Key, str]) -> None:
        try:
            with self._store.writing() as connection:
                # Sorted, so that two processes take their locks in one order and never wait for each other.
                for key in sorted(times):
                    _add(connection, key, times[key], details[key], self._wall())
        except StoreError as error:
            self._log.warning("refusals_not_stored", error=str(error))


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


def _add(connection: sa.Connection, key: _Key, times: int, detail: str, at: int) -> None:
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
