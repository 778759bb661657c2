"""The computer that is set up, as setup uses it: every default is the real thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge.diagnostics.check_result import CheckResult
from edge.setup.core import IN_FOLDER, ON_SYSTEM, Found, Places, TrialOutcome
from edge.setup.finding import look_around, usual_folders
from edge.setup.trying.parent import GateUser, checked, tried
from edge.setup.trying.wire import TryThis
from edge.setup.units import Systemctl, Units
from edge.setup.writing import ARRIVED, CONFIGURATION, GATE_USER, GATES_OWN, Owner

SYSTEM_FILE = Path("/etc/gatepost/gate.toml")
HOST = Path("/opt/gatepost/current/share/gatepost/host")
OURS = Owner(0o600)
"""Of a gate that whoever calls runs."""


@dataclass(frozen=True)
class Ground:
    """Where a gate's files lie, whose they are, and what is asked of the computer.

    `units` None: no service is started from this gate.toml. `host` is the folder of the package's settings
    of systemd; None: they are not installed.
    """

    gate_file: Path
    places: Places
    look: Callable[[], Found]
    units: Units | None
    tried: Callable[[TryThis, Callable[[str], None]], TrialOutcome]
    checked: Callable[[bool], tuple[CheckResult, ...]]
    host: Path | None = None
    configuration: Owner = OURS
    gates_own: Owner = OURS
    arrived: Owner = OURS
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def is_connected(self) -> bool:
        """Whether a sync process speaks for this gate: a sync.toml lies beside gate.toml."""
        return self.gate_file.with_name("sync.toml").is_file()

    @property
    def on_system(self) -> bool:
        return self.places is ON_SYSTEM

    def path(self, place: str) -> Path:
        """A place of `places` as a path."""
        return self.gate_file.parent / place


def ground_at(gate_file: Path) -> Ground:
    """The real computer; the units' own gate.toml belongs to their users, another one to who calls."""
    on_system = gate_file.resolve() == SYSTEM_FILE
    user = GateUser(GATE_USER if on_system else None)
    return Ground(
        gate_file=gate_file,
        places=ON_SYSTEM if on_system else IN_FOLDER,
        look=lambda: look_around(usual_folders()),
        units=Systemctl() if on_system else None,
        host=HOST if on_system else None,
        tried=lambda asked, tell: tried(asked, user, tell),
        checked=lambda beside: checked(str(gate_file), user, beside=beside),
        configuration=CONFIGURATION if on_system else OURS,
        gates_own=GATES_OWN if on_system else OURS,
        arrived=ARRIVED if on_system else OURS,
    )
