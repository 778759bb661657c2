"""Reports devices that send more than their share, of which the excess was dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import structlog

from edge.support.due import NEVER
from sync.central.journals.findings import FindingKind, record_device_findings
from sync.central.store import Store, StoreError
from sync.dispatch.handler import StatelessHandler
from sync.wire import MOST_A_SECOND, MOST_IN_A_POLL, SealedMessage

REPORTED_EVERY = 10.0
"""Seconds between two reports."""
BEYOND_SHARE = (
    f"more than {MOST_IN_A_POLL} messages at once or {MOST_A_SECOND:.0f} a second: the rest was dropped"
)


class FloodHandler(StatelessHandler):
    """Logs and records a finding for each device whose messages were dropped as too many."""

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall
        self._dropped: Counter[str] = Counter()
        self._report_at = float("-inf")
        self._log = structlog.get_logger("central.floods")

    def count_dropped(self, device: str, count: int) -> None:
        """Count `count` dropped messages of `device`."""
        self._dropped[device] += count

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        if self._dropped and now >= self._report_at:
            self._report_at = now + REPORTED_EVERY
            dropped, self._dropped = self._dropped, Counter()
            self._report(dropped)
        return iter(())

    def next_due(self, now: float) -> float:  # noqa: ARG002
        return self._report_at if self._dropped else NEVER

    def _report(self, dropped: Counter[str]) -> None:
        for device, count in sorted(dropped.items()):
            self._log.error("device_floods", device=device, dropped=count, why=BEYOND_SHARE)
        try:
            with self._store.writing() as connection:
                reasons = ((device, BEYOND_SHARE) for device in sorted(dropped))
                record_device_findings(connection, FindingKind.FLOODING, reasons, self._wall())
        except StoreError as error:
            self._log.warning("floods_not_stored", error=str(error))
