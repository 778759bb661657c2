"""A gate of the product at work on a scheduler, on its own: no network, no faults, a folder as its card.

It is the gate that `run_gate` runs: only its clock is virtual, its random bytes are drawn, and what would be
seen, ordered or played is handed over.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from edge.configuration import load_configuration
from edge.decision import Subject
from edge.devices.clock import TimeSource
from edge.devices.pins import PinFactory
from edge.gate import start_gate
from edge.runtime.gate_at_work import Gate
from edge.runtime.main_loop import Heard
from edge.support.due import NEVER
from edge.support.storage import Storage
from edge.vision.reports import Report
from tests.simulation.bundle import bundle_of
from tests.simulation.lane_world import LaneWorld
from tests.simulation.machine import Camera, Inbox, Tasks, simulated_machine
from tests.simulation.scheduler import Scheduler
from tests.simulation.site import Site, true_time
from tests.simulation.site_files import write_gate

_BOOTED = 100.0
"""Seconds on the computer's monotonic clock when the world begins."""

RARELY = 30.0
"""Seconds between two looks at what tells of itself when it changes."""


class OneGate:
    """The gate `device`, founded in the new `folder`. `listener` is called with everything that it says.

    Lines and acknowledgements are read every `rarely` seconds; the main loop goes round when it is due, and
    every `round_every` seconds.
    """

    def __init__(
        self,
        folder: Path,
        scheduler: Scheduler,
        site: Site,
        device: str,
        pins: PinFactory,
        random: Random,
        *,
        rarely: float = RARELY,
        round_every: float = NEVER,
    ) -> None:
        write_gate(site, device, folder)
        self.folder, self.scheduler, self.site, self.device = folder, scheduler, site, device
        self.configuration = load_configuration(folder / "gate.toml")
        self.listener: Callable[[str, Heard], None] = lambda _device, _happened: None
        self.camera, self.inbox = Camera(), Inbox()
        self._round_every = round_every
        self._version = 0
        self._tasks = Tasks(lambda poll: scheduler.task(lambda: poll() - _BOOTED))
        self.machine = simulated_machine(
            TimeSource(lambda: true_time(scheduler.now), lambda: True, self.monotonic),
            random.randbytes,
            self._tasks,
            Storage(medium=lambda _: "card"),
            pins,
            self.camera,
            self.inbox,
            read_every=rarely,
            look_every=rarely,
        )

    def monotonic(self) -> float:
        return self.scheduler.now + _BOOTED

    def begin(self) -> Gate:
        """Start it; `end` stops it in order."""
        gate = start_gate(
            self.configuration, self.machine, self.wake, lambda heard: self.listener(self.device, heard)
        )
        self._tasks.run("gate", lambda: min(gate.poll(), self.monotonic() + self._round_every))
        return gate

    def end(self, gate: Gate) -> None:
        self._tasks.stop("gate")
        gate.close()

    def wake(self) -> None:
        self._tasks.wake("gate")

    def publish(self, subjects: tuple[Subject, ...], more: str = "") -> None:
        """Put the next registry, of these subjects and with `more` lines of policy.toml, where the gate looks
        for it, and have it look.
        """
        self._version += 1
        now = self.scheduler.now
        bundle = bundle_of(self.site, self.folder, self._version, subjects, now, more=more)
        self.configuration.registry.inbox.write_bytes(bundle)
        self.look_for_a_registry()

    def look_for_a_registry(self) -> None:
        """Have the gate look into its inbox."""
        self._tasks.wake("registry")

    def see(self, report: Report) -> None:
        """Have the vision worker report something."""
        self.camera.deliver(report)


class FrontGate(OneGate):
    """One at work before `lane`, as people meet it; it knows the site's subjects."""

    def __init__(self, folder: Path, scheduler: Scheduler, site: Site, lane: LaneWorld) -> None:
        super().__init__(folder, scheduler, site, lane.device, lane.pins, Random(lane.device))
        self.lane = lane
        self.publish(site.subjects)
        self._gate = self.begin()

    @property
    def lives(self) -> bool:
        return self.camera.working

    def close(self) -> None:
        """Stop it in order."""
        self.end(self._gate)
