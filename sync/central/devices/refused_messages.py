"""Counts what central refused of each device, and what each device refused of central."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import structlog

from edge.support.due import NEVER
from sync.central.devices.refusal_counts import BY_CENTRAL, BY_DEVICE, Counted, add
from sync.central.store import Store, StoreError
from sync.dispatch.handler import StatelessHandler
from sync.wire import RefusedMessage, SealedMessage

WRITTEN_EVERY = 10.0
"""Seconds between two writings."""


class RefusalCounter(StatelessHandler):
    """Counts refusals in the database, a few seconds after they happen; those of a flood in one row."""

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall
        self._times: Counter[Counted] = Counter()
        self._details: dict[Counted, str] = {}
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

    def _note(self, key: Counted, detail: str) -> None:
        self._times[key] += 1
        self._details[key] = detail

    def _write(self, times: Counter[Counted], details: dict[Counted, str]) -> None:
        try:
            with self._store.writing() as connection:
                # Sorted, so that two processes take their locks in one order and never wait for each other.
                for key in sorted(times):
                    add(connection, key, times[key], details[key], self._wall())
        except StoreError as error:
            self._log.warning("refusals_not_stored", error=str(error))
