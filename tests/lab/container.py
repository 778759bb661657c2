"""The quick form, `python -m tests.lab.container PACKAGE [NAME…]`: systemd in a container, no header.

It boots the bare Debian with the package in it by systemd-nspawn, and asks there what systemd alone can
answer: whether each unit starts with all its confinement, is back after kill -9 and after a hang, how exposed
it is and what memory it takes. The pins are simulated ones, and nobody comes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.lab.__main__ import site_of
from tests.lab.agent import Done
from tests.lab.debian import packaged_root
from tests.lab.errors import LabError
from tests.lab.fetches import fail_to_fetch
from tests.lab.gate import Gate, Wiring
from tests.lab.places import Places
from tests.lab.scenarios import ANYWHERE, Figures, comes_back, said
from tests.lab.updates import NO_PROBE, SHORT, fail_to_update
from tests.waiting import pause

SIMULATED = Wiring("simulated", "simulated", "/dev/gatepost-desk")
_STARTS_WITHIN = 120.0


class Container:
    """A system that systemd-nspawn has booted. `share` is /lab in it."""

    def __init__(self, root: Path, init: int) -> None:
        self._root = root
        self._init = init

    @property
    def share(self) -> Path:
        return self._root / "lab"

    def kill(self) -> None:
        """End every process in it at once, its first included."""
        with suppress(ProcessLookupError):
            os.kill(self._init, signal.SIGKILL)

    def clock(self) -> float:
        """Its own clock is the lab's."""
        return time.monotonic()

    def run(self, command: str, *, within: float = 1800.0) -> str:
        """What a command in it prints; it has to succeed."""
        line = ["nsenter", "-t", str(self._init), "-a", "/bin/sh", "-c", command]
        done = subprocess.run(line, capture_output=True, text=True, timeout=within, check=False)
        return Done(command, done.returncode, done.stdout, done.stderr).good().out


@contextmanager
def booted(root: Path, *words: str) -> Iterator[Container]:
    """The system in `root`, booted; at the end it is off."""
    line = ["systemd-nspawn", "--quiet", f"--directory={root}", "--boot", "--register=no", "--keep-unit"]
    line += ["--private-network", *words]
    with subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        container = None
        try:
            container = Container(root, _init_of(process))
            until = time.monotonic() + _STARTS_WITHIN
            while container.run("systemctl is-system-running || true").strip() not in {"running", "degraded"}:
                if time.monotonic() > until:
                    raise LabError(f"systemd has not started: {container.run('systemctl list-jobs')}")
                pause(0.2)
            yield container
        finally:
            # A container outlives the nspawn that was killed: its first process has to go.
            if container is not None:
                container.kill()
            process.kill()


def _init_of(process: subprocess.Popen[bytes]) -> int:
    """The first process of the system: nspawn's child, once it is systemd."""
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            try:
                name = Path(f"/proc/{child}/comm").read_text().strip()
            except OSError:
                continue
            if name == "systemd":
                return int(child)
        if process.poll() is not None:
            raise LabError("systemd-nspawn ended at once; what it said is above")
        pause(0.1)
    raise LabError("systemd-nspawn has started no system")


@contextmanager
def desk(container: Container) -> Iterator[Callable[[str], None]]:
    """A scanner on a serial line, which a container has not: what reads a code."""
    codes = container.share / "codes"
    codes.unlink(missing_ok=True)
    os.mkfifo(codes)
    container.run(
        f"systemd-run --unit lab-desk python3 /usr/local/lib/lab/desk.py {SIMULATED.scanner} /lab/codes"
    )
    with codes.open("w", buffering=1) as line:
        yield lambda code: print(code, file=line)


ASKED: tuple[tuple[str, Callable[[Gate], Figures]], ...] = (
    ("killed", lambda gate: comes_back(gate, "KILL")),
    ("hung", lambda gate: comes_back(gate, "STOP")),
    *ANYWHERE,
)


def main() -> None:
    """Play what is named, or all but `probe`, and print the figures."""
    package, only = Path(sys.argv[1]).resolve(), sys.argv[2:]
    if os.geteuid() != 0:
        raise SystemExit("only root can boot a container")
    places, suite = Places.of_environment(), "trixie" if "deb13" in package.name else "bookworm"
    with booted(packaged_root(places, suite, [package])) as container:
        gate = Gate(container, site_of(places))
        began = gate.now()
        gate.set_up(wiring=SIMULATED)
        print(f"ready after {gate.wait_ready(later_than=gate.struck).ready - began:.1f} s", flush=True)
        for name, ask in ASKED:
            if not only or name in only:
                print(f"{name}: {said(ask(gate))}", flush=True)
        if not only or "fetches" in only:
            print(f"fetches: {said(fail_to_fetch(places, package, gate))}", flush=True)
        faults = (
            *(SHORT if not only or "updates" in only else ()),
            *((NO_PROBE,) if "probe" in only else ()),
        )
        if faults:
            with desk(container) as scan:
                figures = fail_to_update(places, package, gate, scan, faults)
            print(f"updates: {said(figures)}", flush=True)


if __name__ == "__main__":
    main()
