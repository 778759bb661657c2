"""The one place where either process gives systemd a sign of life."""

from __future__ import annotations

from edge.support.notify import Notifier


def feed(notifier: Notifier, reason: str | None, status: str) -> None:
    """Give a sign of life where there is a `reason` to wait; else only say the status.

    systemd ends a process that has given none for its time.
    """
    if reason is None:
        notifier.status(f"{status}; no progress, and no reason to wait")
    else:
        notifier.alive(f"{status}; {reason}")
