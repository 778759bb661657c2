"""Whether one identity is used by two processes, as far as central can see it.

A broker lets one client at a time use an identity, and each throws the other out. Central sees two things:
each says in its health report when it started, and one that speaks again after another has spoken has not
ended; and one that was thrown out says so (`session_taken_over`).
"""

from __future__ import annotations

from sync.wire import Health

_REMEMBERED = 4
"""Starts of one device. A process that is started again never says the start of one before it."""


class ProcessStarts:
    """When the newest processes of each device began, as their reports said. PURE."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[int, ...]] = {}

    def alternates(self, device: str, health: Health) -> bool:
        """Whether this report is of a process that has been heard before another was."""
        if not health.started:
            return False  # a will: it was signed long before it was sent
        before = self._of.get(device, ())
        others = tuple(start for start in before if start != health.started)
        self._of[device] = (*others, health.started)[-_REMEMBERED:]
        return health.started in before[:-1]
