"""A gate in a machine of the lab: put there by the package, set up, scanned at, pressed, watched."""

from __future__ import annotations

import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from tests.lab.errors import LabError
from tests.lab.machine import Heard
from tests.lab.site import Site
from tests.waiting import pause

RELAY, BUTTON = 17, 5
_SHORT_PRESS = 0.2
"""Seconds, by the machine's clock, for which a finger is on the button."""
"""Lines of firmware_config/boards/raspberry-pi-4.toml."""
JOURNAL = "/var/lib/gatepost-journal/journal.sqlite"
UNIT = "gatepost-gate.service"
WATCHDOG = "/opt/gatepost/current/share/gatepost/host/watchdog.conf"
"""What `gatepost setup` gives the computer besides."""
GUEST = "cd /usr/local/lib/lab && python3"

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
update = "/var/lib/gatepost-wanted/version"
update_result = "/var/lib/gatepost-apply/standing.json"

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

    def run(self, command: str, *, within: float = 1800.0) -> str:
        """What a command in it prints; it has to succeed. `within`: seconds of the lab's clock."""
        ...

    def clock(self) -> float:
        """Its own clock, about; raises where it says no more."""
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
    struck: float = 0.0
    """When it was last ended on purpose, by the machine's clock."""

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
            f"install -D -m 0644 {WATCHDOG} /etc/systemd/system.conf.d/gatepost-watchdog.conf && "
            f"sync && systemctl enable {UNIT}"
        )
        self.struck = self.now()
        self.machine.run(f"systemctl restart --no-block {UNIT}")

    def strike(self, blow: str, process: int) -> float:
        """Send a signal to a process; the machine's time of it."""
        self.struck = float(self.machine.run(f"cut -d' ' -f1 /proc/uptime; kill -{blow} {process}"))
        return self.struck

    def wait_ready(self, *, later_than: float = 0.0, within: float = 120.0, unit: str = UNIT) -> Moments:
        """Wait until a unit says it is ready, after a moment of the machine's clock, as `within` is."""
        try:
            said = self.machine.run(f"{GUEST} ready.py {unit} {later_than} {within}")
        except LabError as error:
            raise LabError(f"{error}\n{self.log(unit)}") from None
        process, ready, main = said.split()
        return Moments(float(process), float(ready), int(main))

    def newest(self) -> int:
        """The sequence of the last event."""
        return int(self.machine.run(f"{GUEST} event.py {JOURNAL}"))

    def told(self, word: str, after: int, within: float = 30.0) -> int:
        """Wait for an event after `after` with a word in it; its sequence. The machine's clock counts."""
        try:
            return int(self.machine.run(f"{GUEST} event.py {JOURNAL} {after} {word} {within}"))
        except LabError as error:
            raise LabError(f"{error}\n{self.log()}") from None

    def log(self, unit: str = UNIT) -> str:
        """The last that a unit wrote."""
        return self.machine.run(f"journalctl --no-pager -n 40 -o cat -u {unit}")

    def now(self) -> float:
        """The machine's own clock."""
        return float(self.machine.run("cut -d' ' -f1 /proc/uptime"))

    def wire(self, line: int, level: int) -> None:
        """Pull a line of the header from outside."""
        self.machine.run(_pulled(line, level))

    def press(self) -> float:
        """Press the button that lets somebody in, and let go; the machine's time of the press. Two orders may
        follow one another faster, by the machine's clock, than a contact is believed to do.
        """
        pressed = self.now()
        self.machine.run(f"{_pulled(BUTTON, 0)}; sleep {_SHORT_PRESS}; {_pulled(BUTTON, 1)}")
        return pressed

    def relay_becomes(self, level: int, within: float = 30.0) -> float:
        """Wait for the next change of the relay's line to `level`; the machine's time of it, as `within`."""
        assert self.relay is not None
        until = self.machine.clock() + within
        while self.machine.clock() < until:
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


def _pulled(line: int, level: int) -> str:
    return f"echo pull-{'up' if level else 'down'} >/run/header/sim_gpio{line}/pull"
