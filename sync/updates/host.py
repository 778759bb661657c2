"""What an exchange needs of the computer: systemd's services, and what the gate says in its journal."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from edge.errors import JournalError
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.client import JournalClient
from edge.journal.format import Entry, FeedRequest, GateStarted, ProbeDecided, understood
from sync.updates.core import UpdateCause, UpdateError
from sync.updates.trying import LOOKS_BACK, newest_of

GATE = "gatepost-gate.service"
OTHERS = ("gatepost-console.service", "gatepost-screen.service", "gatepost-sync.service")
"""What goes on with the version in force, in this order after the gate."""
_GENERATOR = Path("/usr/lib/systemd/system-generators/gatepost-units")
_GIVEN = Path("/run/systemd/generator")
_SYSTEMCTL = "/usr/bin/systemctl"
_STARTED = "ExecMainStartTimestampMonotonic"
_SECONDS = 60.0
_PAUSE = 1.0
READY_WITHIN = 180.0
"""Seconds for the gate to become READY: a registry of 50,000 subjects takes some twenty on a Pi 4."""
PROBED_WITHIN = 420.0
"""Seconds for the probe to answer: it waits while somebody is before the gate."""


class SystemServices(Protocol):
    """systemd, as an exchange uses it. Each raises UpdateError where it does not come about."""

    def reload(self) -> None:
        """Read the units again, which the version in force brings."""
        ...

    def reload_stale(self) -> bool:
        """Read the units again where systemd has others than the version in force; whether it had."""
        ...

    def restart(self, unit: str, within: float) -> None:
        """Restart a unit, and wait until it is READY."""
        ...

    def run_as_read(self, unit: str, within: float) -> None:
        """Have a unit run as it was read last, and wait until it is READY: restart it, unless systemd has
        started it since by itself.
        """
        ...

    def restart_if_running(self, unit: str) -> None:
        """Restart a unit that runs; one that does not is left alone."""
        ...

    def try_out(self, version: str, within: float) -> None:
        """Run the trial of `version` to its end."""
        ...

    def go_on_later(self) -> None:
        """Have the exchange gone on with once the gate runs."""
        ...


class Systemd:
    """The systemd of this computer."""

    def reload(self) -> None:
        _systemctl(_SECONDS, "daemon-reload")

    def reload_stale(self) -> bool:
        """As the protocol says. Generators run before fstab's mounts (systemd.generator(7)): where
        /opt/gatepost is one of these, ours did not see the version in force at this start.
        """
        if not units_are_stale():
            return False
        self.reload()
        return True

    def restart(self, unit: str, within: float) -> None:
        _systemctl(within, "restart", unit)

    def run_as_read(self, unit: str, within: float) -> None:
        """As the protocol says. `Restart=` starts a gate that failed while the units are read: it is not
        stopped for another start then. It is never stopped first, and started next: whoever is killed in
        between would leave a gate that nobody starts.
        """
        read, started = _micros("UnitsLoadTimestampMonotonic"), _micros(_STARTED, unit)
        _systemctl(within, "start" if started > read > 0 else "restart", unit)

    def restart_if_running(self, unit: str) -> None:
        _systemctl(_SECONDS, "try-restart", unit)

    def try_out(self, version: str, within: float) -> None:
        _systemctl(within, "start", f"gatepost-trial@{version}.service")

    def go_on_later(self) -> None:
        _systemctl(_SECONDS, "start", "--no-block", "gatepost-update.service")


def units_are_stale(generator: Path = _GENERATOR, given: Path = _GIVEN) -> bool:
    """Whether the generator would give systemd other units now than lie in `given`."""
    if not generator.exists():
        return False
    with TemporaryDirectory() as folder:
        words = [str(generator), folder, folder, folder]
        try:
            subprocess.run(words, capture_output=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL)
            return _units_in(Path(folder)) != _units_in(given)
        except (OSError, subprocess.SubprocessError) as error:
            raise UpdateError(
                f"which units are to be in force cannot be told: {error}", where=str(generator)
            ) from None


def _units_in(folder: Path) -> dict[str, bytes]:
    units = (path for path in folder.glob("gatepost-*") if path.is_file())
    return {path.name: path.read_bytes() for path in units}


class Witness(Protocol):
    """What the gate says of itself. Each raises UpdateError where the gate does not say it."""

    def newest(self) -> tuple[bytes, int, bool]:
        """The journal's epoch, its newest event, and whether the last probe found nothing wrong."""
        ...

    def works(self, version: str, epoch: bytes, after: int, *, probed: bool) -> None:
        """Wait until the gate of `version` has started after that event, and (`probed`) its probe works."""
        ...


class JournalWitness:
    """The gate that serves its journal on `socket`; None: it serves none, and is believed when READY."""

    def __init__(
        self,
        socket: Path | None,
        *,
        within: float = PROBED_WITHIN,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._socket = socket
        self._within = within
        self._monotonic = monotonic
        self._pause = pause

    def newest(self) -> tuple[bytes, int, bool]:
        """As the protocol says; a gate that does not run has nothing to compare with."""
        if self._socket is None:
            return b"", 0, False
        channel = SocketChannel(self._socket)
        try:
            client = JournalClient(channel)
            found = newest_of(client.ask(FeedRequest()))
            if found is None:
                return b"", 0, False
            epoch, last = found
            return epoch, last, _probe_worked(client, epoch, last)
        except JournalError:
            return b"", 0, False
        finally:
            channel.close()

    def works(self, version: str, epoch: bytes, after: int, *, probed: bool) -> None:
        """As the protocol says; of another epoch the newest events are read."""
        if self._socket is None:
            return
        seen, ends = _Seen(version, probed=probed), self._monotonic() + self._within
        channel = SocketChannel(self._socket)
        try:
            client = JournalClient(channel)
            while not seen.is_enough:
                try:
                    epoch, after = _read_on(client, epoch, after, seen)
                except JournalError as error:
                    seen.last = str(error)
                if self._monotonic() > ends:
                    within = f"within {self._within:g} s {UpdateCause.NOT_WORKING}"
                    raise UpdateError(f"{version} did not show {within}: {seen.missing}")
                if not seen.is_enough:
                    self._pause(_PAUSE)
        finally:
            channel.close()


# --- inside --------------------------------------------------------------------------------


class _Seen:
    """What was seen of a version in the journal."""

    def __init__(self, version: str, *, probed: bool) -> None:
        self._version = version
        self._started = False
        self._works = not probed
        self.last = ""

    @property
    def is_enough(self) -> bool:
        return self._started and self._works

    @property
    def missing(self) -> str:
        if not self._started:
            return self.last or "its start is not in the journal"
        return self.last or "its probe does not answer"

    def take(self, entry: Entry) -> None:
        match understood(entry):
            case GateStarted(version=version):
                self._started, self.last = version == self._version, ""
            case ProbeDecided(wrong=wrong) if self._started:
                self._works = self._works or not wrong
                self.last = f"its probe found wrong: {', '.join(wrong)}" if wrong else ""


def _read_on(client: JournalClient, epoch: bytes, after: int, seen: _Seen) -> tuple[bytes, int]:
    while True:
        page = client.ask(FeedRequest(epoch or None, after, 100))
        newest = newest_of(page)
        if newest is not None and newest[0] != epoch:
            epoch, after = newest[0], max(0, newest[1] - LOOKS_BACK)
            continue
        for entry in page.entries:
            seen.take(entry)
            after = entry.sequence
        if not page.entries:
            return epoch, after


def _probe_worked(client: JournalClient, epoch: bytes, last: int) -> bool:
    """Whether the newest probe, of the last thousands of events, found nothing wrong."""
    after, worked = max(0, last - LOOKS_BACK), False
    while True:
        page = client.ask(FeedRequest(epoch, after, 100))
        for entry in page.entries:
            event = understood(entry)
            if isinstance(event, ProbeDecided):
                worked = not event.wrong
        if not page.entries or page.entries[-1].sequence >= last:
            return worked
        after = page.entries[-1].sequence


def _micros(name: str, *unit: str) -> int:
    """A time of systemd's own clock, in microseconds; 0: it does not say."""
    try:
        return int(_systemctl(_SECONDS, "show", "--value", "--property", name, *unit))
    except (UpdateError, ValueError):
        return 0


def _systemctl(within: float, *words: str) -> str:
    try:
        return subprocess.run(
            [_SYSTEMCTL, *words],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=within,
            check=True,
            stdin=subprocess.DEVNULL,
        ).stdout
    except subprocess.TimeoutExpired:
        raise UpdateError(f"systemctl {' '.join(words)} took longer than {within:g} s") from None
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().partition("\n")[0]
        raise UpdateError(
            f"systemctl {' '.join(words)} failed: {said[:300]}", remedy=f"journalctl -u {words[-1]}"
        ) from None
