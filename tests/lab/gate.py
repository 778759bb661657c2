"""A gate in a machine of the lab: put there by the package, set up, scanned at, pressed, watched."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from tests.lab.errors import LabError
from tests.lab.machine import Heard
from tests.lab.site import Site
from tests.waiting import pause

RELAY, BUTTON = 17, 5
"""Lines of firmware_config/boards/raspberry-pi-4.toml."""
JOURNAL = "/var/lib/gatepost-journal/journal.sqlite"
UNIT = "gatepost-gate.service"

GATE = """\
[gate]
id = "main"
site = "{site}"
direction = "entry"
language = "en"

[vision]
camera = "{camera}"
faces = "none"

[registry]
inbox = "/var/lib/gatepost-sync/inbox/registry.bundle"
folder = "/var/lib/gatepost/registry"
root_key = "/etc/gatepost/root.pub"
template_key = "/var/lib/gatepost/template.key"

[journal]
path = "/var/lib/gatepost-journal/journal.sqlite"
acknowledged = "/var/lib/gatepost-sync/acknowledged"
socket = "/run/gatepost/journal.sock"

[commands]
socket = "/run/gatepost/commands.sock"

[staff]
file = "/var/lib/gatepost/staff.db"
socket = "/run/gatepost-console/staff.sock"

[console]
listen = "http://127.0.0.1:8088"

[lane]
board = "{board}"
pins = "{pins}"

[encounter]
gone_after = 0.5

[[scanner]]
name = "desk"
kind = "serial"
device = "{scanner}"
baud = 115200
"""


class Computer(Protocol):
    """What a gate runs in: a virtual machine or a container."""

    @property
    def share(self) -> Path:
        """A folder of the lab's, which is /lab in it."""
        ...

    def run(self, command: str, *, within: float = 600.0) -> str:
        """What a command in it prints; it has to succeed."""
        ...


@dataclass(frozen=True)
class Wiring:
    """What a gate's configuration says of its hardware."""

    board: str
    pins: str
    scanner: str


HEADER = Wiring("raspberry-pi-4", "gpio", "/dev/ttyS1")
"""A virtual machine's: docs/lab.md."""


@dataclass(frozen=True)
class Moments:
    """When a unit did what, in seconds of the machine's own clock since its kernel began."""

    process: float
    """Its main process was started."""
    ready: float
    """It said that it is ready."""
    main: int
    """The main process."""


@dataclass
class Gate:
    """One gate, from outside."""

    machine: Computer
    site: Site
    relay: Heard | None = None
    """None where there is no header: in a container."""

    def set_up(self, *, camera: str = "none", wiring: Wiring = HEADER) -> None:
        """Give it its site and its configuration, and start it now and at every start."""
        share, site = self.machine.share, self.site.folder
        for file in ("gates/main/root.pub", "gates/main/template.key", "registry/registry.bundle"):
            shutil.copy(site / file, share)
        (share / "gate.toml").write_text(GATE.format(site=site.name, camera=camera, **asdict(wiring)))
        self.machine.run(
            "install -o root -g gatepost -m 0640 /lab/gate.toml /lab/root.pub /etc/gatepost && "
            "install -o gatepost -g gatepost -m 0600 /lab/template.key /var/lib/gatepost && "
            "install -o gatepost-sync -g gatepost -m 0640 /lab/registry.bundle "
            "/var/lib/gatepost-sync/inbox && "
            # As `gatepost setup` writes its files: what is not synced, the next cut may empty.
            f"sync && systemctl enable --now {UNIT}"
        )

    def moments(self, unit: str = UNIT) -> Moments:
        """What systemd knows of a unit."""
        said = self.machine.run(
            f"systemctl show {unit} -p MainPID"
            " -p ExecMainStartTimestampMonotonic -p ActiveEnterTimestampMonotonic"
        )
        found = dict(line.split("=", 1) for line in said.split())
        return Moments(
            int(found["ExecMainStartTimestampMonotonic"]) / 1e6,
            int(found["ActiveEnterTimestampMonotonic"]) / 1e6,
            int(found["MainPID"]),
        )

    def wait_ready(self, *, later_than: float = 0.0, within: float = 600.0, unit: str = UNIT) -> Moments:
        """Wait until a unit says it is ready, after a moment of the machine's clock."""
        until = time.monotonic() + within
        while True:
            state = self.machine.run(f"systemctl is-active {unit} || true").strip()
            if state == "active" and (found := self.moments(unit)).ready > later_than:
                return found
            if time.monotonic() > until:
                raise LabError(f"{unit} is {state}, not ready within {within:g} s:\n{self.log(unit)}")
            pause(0.3)

    def log(self, unit: str = UNIT) -> str:
        """The last that a unit wrote."""
        return self.machine.run(f"journalctl --no-pager -n 40 -o cat -u {unit}")

    def now(self) -> float:
        """The machine's own clock."""
        return float(self.machine.run("cut -d' ' -f1 /proc/uptime"))

    def wire(self, line: int, level: int) -> None:
        """Pull a line of the header from outside."""
        self.machine.run(f"echo pull-{'up' if level else 'down'} >/run/header/sim_gpio{line}/pull")

    def press(self) -> None:
        """Press the button that lets somebody in, and let go."""
        self.wire(BUTTON, 0)
        self.wire(BUTTON, 1)

    def relay_becomes(self, level: int, within: float = 120.0) -> float:
        """Wait for the next change of the relay's line to `level`; the machine's time of it."""
        assert self.relay is not None
        until = time.monotonic() + within
        while time.monotonic() < until:
            for _, said in self.relay.so_far():
                at, value = said.split()
                if int(value) == level:
                    return float(at)
            pause(0.01)
        raise LabError(f"the relay's line did not become {level} within {within:g} s\n{self.log()}")

    def relay_so_far(self) -> list[str]:
        """The changes of the relay's line since the last look, each as the machine's time and a level."""
        assert self.relay is not None
        return [said for _, said in self.relay.so_far()]

    def forget_the_relay(self) -> None:
        """Let earlier changes of the relay's line count no more."""
        self.relay_so_far()

    def verified(self) -> int:
        """The sequence of the last event; raises where the chain does not hold."""
        said = self.machine.run("gatepost journal verify --config /etc/gatepost/gate.toml")
        found = re.search(r"the chain holds, up to sequence (\d+)", said)
        if found is None:
            raise LabError(f"gatepost journal verify: {said}")
        return int(found[1])


def install(machine: Computer, packages: list[Path]) -> float:
    """Install packages without a network, and say how many seconds of the machine's clock it took."""
    for package in packages:
        shutil.copy(package, machine.share)
    names = " ".join(f"/lab/{package.name}" for package in packages)
    before = float(machine.run("cut -d' ' -f1 /proc/uptime"))
    machine.run(f"dpkg --install {names}", within=3600)
    return float(machine.run("cut -d' ' -f1 /proc/uptime")) - before
