"""Detects one identity that is used by two processes, by the starts in their health reports.

A broker lets one client at a time use an identity, and each disconnects the other. Each report says when
its process started: a process that reports again after another one has reported is still running. (A
process that was disconnected also says so: `session_taken_over`.)
"""

from __future__ import annotations

from sync.wire import Health

_REMEMBERED = 4
"""Starts of one device that are remembered. A restarted process never reports an earlier start."""


class ProcessStarts:
    """The starts of the newest processes of each device, by their reports."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[int, ...]] = {}

    def alternates(self, device: str, health: Health) -> bool:
        """Whether this report comes from a process that reported before another one did."""
        if not health.started:
            return False  # a will: signed long before it was sent
        before = self._of.get(device, ())
        others = tuple(start for start in before if start != health.started)
        self._of[device] = (*others, health.started)[-_REMEMBERED:]
        return health.started in before[:-1]
