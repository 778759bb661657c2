"""A gate in a machine of the lab: put there by the package, set up, scanned at, pressed, watched."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.machine import Heard, Machine
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
board = "raspberry-pi-4"
pins = "gpio"

[encounter]
gone_after = 0.5

[[scanner]]
name = "desk"
kind = "serial"
device = "/dev/ttyS1"
baud = 115200
"""


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

    machine: Machine
    site: Site
    relay: Heard

    def set_up(self, camera: str = "none") -> None:
        """Give it its site and its configuration, and start it now and at every start."""
        share, site = self.machine.share, self.site.folder
        for file in ("gates/main/root.pub", "gates/main/template.key", "registry/registry.bundle"):
            shutil.copy(site / file, share)
        (share / "gate.toml").write_text(GATE.format(site=site.name, camera=camera))
        self.machine.run(
            "install -o root -g gatepost -m 0640 /lab/gate.toml /lab/root.pub /etc/gatepost && "
            "install -o gatepost -g gatepost -m 0600 /lab/template.key /var/lib/gatepost && "
            "install -o gatepost-sync -g gatepost -m 0640 /lab/registry.bundle "
            "/var/lib/gatepost-sync/inbox && "
            f"systemctl enable --now {UNIT}"
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
        until = time.monotonic() + within
        while time.monotonic() < until:
            for _, said in self.relay.so_far():
                at, value = said.split()
                if int(value) == level:
                    return float(at)
            pause(0.01)
        raise LabError(f"the relay's line did not become {level} within {within:g} s\n{self.log()}")

    def forget_the_relay(self) -> None:
        """Let earlier changes of the relay's line count no more."""
        for _ in self.relay.so_far():
            pass

    def verified(self) -> int:
        """How many events the journal has; raises where its chain does not hold."""
        said = self.machine.run("gatepost journal verify --config /etc/gatepost/gate.toml")
        found = re.search(r"(\d[\d,]*) events?", said)
        if found is None:
            raise LabError(f"gatepost journal verify: {said}")
        return int(found[1].replace(",", ""))


def install(machine: Machine, packages: list[Path]) -> float:
    """Install packages without a network, and say how many seconds of the machine's clock it took."""
    for package in packages:
        shutil.copy(package, machine.share)
    names = " ".join(f"/lab/{package.name}" for package in packages)
    before = float(machine.run("cut -d' ' -f1 /proc/uptime"))
    machine.run(f"dpkg --install {names}", within=3600)
    return float(machine.run("cut -d' ' -f1 /proc/uptime")) - before
