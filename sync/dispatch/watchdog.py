"""Feeds systemd's watchdog, for both processes."""

from __future__ import annotations

from edge.support.notify import Notifier


def feed(notifier: Notifier, reason: str | None, status: str) -> None:
    """Report alive if there is a `reason` to wait, else only the status.

    systemd kills a process that has not reported alive within WatchdogSec (systemd.service(5)).
    """
    if reason is None:
        notifier.status(f"{status}; no progress, and no reason to wait")
    else:
        notifier.alive(f"{status}; {reason}")
