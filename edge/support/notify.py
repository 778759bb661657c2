"""Notifies systemd of the service's state: sd_notify(3) over the socket that it names."""

from __future__ import annotations

import socket
from collections.abc import Mapping


class Notifier:
    """Sends states to systemd; does nothing where the service was started without one.

    `environment` is the process's (`os.environ`), read once.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._watchdog = _seconds(environment.get("WATCHDOG_USEC", ""))

    @property
    def watchdog_interval(self) -> float | None:
        """Seconds within which systemd expects a keep-alive; None: it expects none."""
        return self._watchdog

    def ready(self, status: str = "") -> bool:
        """Tell systemd that the service has started."""
        return self._send("READY=1", status)

    def alive(self, status: str = "") -> bool:
        """Send a keep-alive. Call it only on real progress, never from a timer."""
        return self._send("WATCHDOG=1", status)

    def stopping(self, status: str = "") -> bool:
        """Tell systemd that the service is about to stop."""
        return self._send("STOPPING=1", status)

    def stopping_later(self, within: float, status: str = "") -> bool:
        """Ask systemd for `within` more seconds to stop, counted from now."""
        return self._send(f"EXTEND_TIMEOUT_USEC={round(within * 1e6)}", status)

    def status(self, status: str) -> bool:
        """Set the line that `systemctl status` shows."""
        return self._send("", status)

    def _send(self, state: str, status: str) -> bool:
        """Send `state`; returns whether it was sent. A deaf systemd is no reason to stop a gate."""
        if self._address is None:
            return False
        lines = [state] if state else []
        if status:
            lines.append(f"STATUS={status.replace(chr(10), ' ')}")
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.settimeout(1.0)
                out.sendto("\n".join(lines).encode(), self._address)
        except OSError:
            return False
        return True


def _address(name: str) -> str | None:
    """The address of the socket: a path, or `@name` for an abstract one; None for anything else."""
    if name.startswith("@"):
        return "\0" + name[1:]
    return name if name.startswith("/") else None


def _seconds(microseconds: str) -> float | None:
    return int(microseconds) / 1e6 if microseconds.isdecimal() and int(microseconds) > 0 else None
