"""A gate of the product at work on a scheduler, on its own: no network, no faults, a folder as its card.

What people are played against where nothing but them is asked about.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from random import Random

from edge.configuration import load_configuration
from edge.decision import Subject
from edge.devices.clock import TimeSource
from edge.gate import start_gate
from edge.prompts.screen import SimulatedScreen
from edge.prompts.voice import SimulatedPlayer
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard
from edge.support.notify import Notifier
from edge.support.storage import Storage
from edge.support.tasks import Poll, Running
from edge.vision.reports import Report, Sighting
from tests.simulation.bundle import bundle_of
from tests.simulation.lane_world import LaneWorld
from tests.simulation.scheduler import Scheduler
from tests.simulation.site import Site, true_time
from tests.simulation.site_files import write_gate

_BOOTED = 100.0
"""Seconds on the computer's monotonic clock when the world begins."""

_LOOKS_EVERY = 30.0
"""Seconds between two looks at what tells of itself when it changes."""


class OneGate:
    """A gate that decides by the site's registry. `heard` is called with everything that it says."""

    def __init__(self, folder: Path, scheduler: Scheduler, site: Site, lane: LaneWorld) -> None:
        self.device, self.lane = lane.device, lane
        self.heard: Callable[[str, Heard], None] = lambda _device, _happened: None
        self._scheduler, self._site, self._folder = scheduler, site, folder
        write_gate(site, self.device, folder)
        self.configuration = load_configuration(folder / "gate.toml")
        self._version = 0
        self._tasks: dict[str, Running] = {}
        self.publish(site.subjects)
        self._camera = _Camera()
        machine = Machine(
            time=TimeSource(lambda: true_time(scheduler.now), lambda: True, self.monotonic),
            entropy=Random(self.device).randbytes,
            runner=self._run_task,
            storage=Storage(medium=lambda _: "card"),
            pins=lane.pins,
            vision=lambda _: self._camera,
            commands=lambda _: _NoCommands(),
            serve_journal=lambda *_: nullcontext(),
            player=SimulatedPlayer(),
            screen=SimulatedScreen(),
            notifier=Notifier({}),
            read_every=_LOOKS_EVERY,
            look_every=_LOOKS_EVERY,
        )
        self._gate = start_gate(self.configuration, machine, lambda: self._wake("gate"), self._listen)
        self._run_task("gate", self._gate.poll)

    # --- a gate's front ----------------------------------------------------------------------------

    @property
    def lives(self) -> bool:
        return self._camera.working

    def monotonic(self) -> float:
        return self._scheduler.now + _BOOTED

    def see(self, sighting: Sighting) -> None:
        self._camera.deliver(sighting)

    # --- what is done to it ------------------------------------------------------------------------

    def publish(self, subjects: tuple[Subject, ...]) -> None:
        """Put the next registry, of these subjects, where the gate looks for it, and have it look."""
        self._version += 1
        bundle = bundle_of(self._site, self._folder, self._version, subjects, self._scheduler.now)
        self.configuration.registry.inbox.write_bytes(bundle)
        self._wake("registry")

    def close(self) -> None:
        """Stop it in order."""
        self._tasks["gate"].stop()
        self._gate.close()

    # --- inside ------------------------------------------------------------------------------------

    def _wake(self, task: str) -> None:
        if task in self._tasks:
            self._tasks[task].wake()

    def _listen(self, happened: Heard) -> None:
        self.heard(self.device, happened)

    def _run_task(self, name: str, poll: Poll) -> Running:
        self._tasks[name] = self._scheduler.task(lambda: poll() - _BOOTED)
        return self._tasks[name]


class _Camera:
    """The gate's vision: what it sees is handed in."""

    def __init__(self) -> None:
        self.working = False
        self.deliver: Callable[[Report], None] = lambda _: None

    def start(self, deliver: Callable[[Report], None]) -> None:
        self.working, self.deliver = True, deliver

    def stop(self) -> None:
        self.working, self.deliver = False, lambda _: None


class _NoCommands:
    """Nobody orders anything."""

    def open(self) -> None:
        return

    def receive(self) -> list[bytes]:
        return []

    def close(self) -> None:
        return
