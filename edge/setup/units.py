"""The services of a gate, as systemd runs them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from edge.errors import DeviceError

GATE, CONSOLE, SCREEN, SYNC, RENEWAL = (
    "gatepost-gate.service",
    "gatepost-console.service",
    "gatepost-screen.service",
    "gatepost-sync.service",
    "gatepost-renew.timer",
)
UPDATES = ("gatepost-update.path", "gatepost-update-fetch.timer", "gatepost-update-recover.service")
_UNITS, _WANTS = Path("/usr/lib/systemd/system"), Path("/etc/systemd/system")
_WANTED_BY = re.compile(r"^WantedBy=(.*)$", re.MULTILINE)
_RUNS = Path("/run/systemd/system")
"""There where systemd is the computer's init: sd_booted(3)."""
_MOST_SECONDS = 660.0
"""A damaged journal of a million events takes minutes to salvage before a gate is READY: TimeoutStartSec."""


class Units(Protocol):
    """What setup does with services; each raises DeviceError that says what systemd said."""

    def are_there(self) -> bool:
        """Whether systemd runs here, and knows the gate's unit."""
        ...

    def is_active(self, unit: str) -> bool: ...

    def stop(self, unit: str) -> None: ...

    def start(self, unit: str) -> None:
        """Start, or start again, and wait until it is READY."""
        ...

    def enable(self, unit: str) -> None: ...

    def read_settings(self) -> None:
        """Have systemd and its journal read their own settings anew."""
        ...

    def status(self, unit: str) -> str:
        """What a unit says of itself: the text behind READY."""
        ...


Call = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]


def called(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """What a program ends with; raises DeviceError where it cannot be called, or does not end."""
    try:
        return subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MOST_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DeviceError(
            str(error), where=words[0], remedy="journalctl -u gatepost-gate says more"
        ) from error


class Systemctl:
    """systemd, by systemctl."""

    def __init__(
        self, call: Call = called, runs: Path = _RUNS, units: Path = _UNITS, wants: Path = _WANTS
    ) -> None:
        self._call = call
        self._runs = runs
        self._units = units
        self._wants = wants

    def are_there(self) -> bool:
        return self._runs.is_dir() and self._call(("systemctl", "cat", GATE)).returncode == 0

    def is_active(self, unit: str) -> bool:
        return self._call(("systemctl", "is-active", "--quiet", unit)).returncode == 0

    def stop(self, unit: str) -> None:
        self._done("stop", unit)

    def start(self, unit: str) -> None:
        self._done("restart", unit)

    def enable(self, unit: str) -> None:
        """Have it started with the computer, by its name.

        `systemctl enable` follows the link in /usr/lib to the version that is in force today, and names that.
        """
        file = self._units / unit
        try:
            wanted_by = _WANTED_BY.findall(file.read_text(encoding="utf-8"))
            for target in " ".join(wanted_by).split():
                link = self._wants / f"{target}.wants" / unit
                link.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
                if link.is_symlink() and link.readlink() != file:
                    link.unlink()
                if not link.is_symlink():
                    link.symlink_to(file)
        except OSError as error:
            raise DeviceError(
                f"cannot be enabled: {error.strerror or error}",
                where=unit,
                remedy="install the package again",
            ) from error
        self._call(("systemctl", "daemon-reload"))

    def read_settings(self) -> None:
        self._call(("systemctl", "daemon-reexec"))
        self._call(("systemctl", "try-restart", "systemd-journald.service"))

    def status(self, unit: str) -> str:
        return self._call(("systemctl", "show", "--property=StatusText", "--value", unit)).stdout.strip()

    def _done(self, verb: str, unit: str) -> None:
        done = self._call(("systemctl", verb, unit))
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise DeviceError(
                lines[0] if lines else f"systemctl {verb} ended with {done.returncode}",
                where=unit,
                remedy=f"journalctl -u {unit} -n 50 says why",
            )
