"""Detects one identity that is used by two processes, by the starts that they tell in their hellos.

A broker lets one client at a time use an identity, and each disconnects the other. Each hello says when its
process started: a process that says hello again after another one has is still running. (A process that
was disconnected also reports so: `session_taken_over`.)
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from sync.central.journals.findings import FindingKind, record_device_findings
from sync.central.store import Store, StoreError

REPORTED = "it reports that another client took over its session"
ALTERNATING = "two running processes say hello alternately"
_REMEMBERED = 4
"""Starts of one device that are remembered. A restarted process never tells an earlier start."""


class ProcessStarts:
    """The starts of the newest processes of each device, by their hellos."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[int, ...]] = {}

    def alternates(self, device: str, started: int) -> bool:
        """Whether this start is that of a process that said hello before another one did."""
        before = self._of.get(device, ())
        others = tuple(start for start in before if start != started)
        self._of[device] = (*others, started)[-_REMEMBERED:]
        return started in before[:-1]


def record_shared(store: Store, why: Mapping[str, str], now: int) -> None:
    """Record a finding for each device whose identity is shared, and log each new one."""
    if not why:
        return
    log = structlog.get_logger("central.health")
    try:
        with store.writing() as connection:
            found = record_device_findings(connection, FindingKind.SHARED, sorted(why.items()), now)
    except StoreError as error:
        log.warning("shared_not_stored", error=str(error))
        return
    for item in found:
        log.error("identity_shared", device=item.device, why=item.detail)
