"""A gate on a machine on which nothing goes on but what a scheduler polls: for tests of whole gates.

It is the gate that `run_gate` runs: only its clock is virtual, its random bytes follow from a seed, and what
would be seen, ordered or played is handed over.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from gpiozero.pins.mock import MockFactory

from edge.boards.files import load_board
from edge.boards.format import OutputName
from edge.commands.core import Command, CommandKind, command_topic
from edge.configuration import load_configuration
from edge.devices.clock import TimeSource
from edge.devices.simulated import WiredPin
from edge.gate import Gate, start_gate
from edge.ports import AccessEvent
from edge.prompts.screen import SimulatedScreen
from edge.prompts.voice import SimulatedPlayer
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard
from edge.signing.cose import encode_value, microseconds, seal
from edge.support.notify import Notifier
from edge.support.storage import Storage, connect
from edge.support.tasks import NEVER, Poll, Running
from edge.vision.reports import Box, CodeSighting, FaceSighting, Report, Sighting
from tests.simulation.bundle import bundle_of
from tests.simulation.scheduler import Scheduler, Task
from tests.simulation.site import ENGINE, Site, true_time
from tests.simulation.site_files import write_gate

GATE = "main"
BOARD = load_board("simulated")
BOOTED = 100.0
"""What the computer's monotonic clock shows when the world begins."""

IMPULSE = BOARD.barrier.travel + BOARD.barrier.open_time
"""Seconds that its relay is on where nobody walks through: until it is up, and then open."""


class Wire(WiredPin):
    """A pin that tells when its line changes."""

    on_change: Callable[[int, bool], None] = staticmethod(lambda *_: None)

    def _set_state(self, value: Any) -> None:
        before = self._state
        super()._set_state(value)
        if bool(before) is not bool(value):
            self.on_change(self._number, bool(value))


class Alone:
    """A machine on which nothing goes on but what the scheduler polls."""

    def __init__(
        self, folder: Path, site: Site, seed: int = 1, *, rarely: float = 30.0, round_every: float = NEVER
    ) -> None:
        """Founded in the new `folder`. Lines and acknowledgements are read every `rarely` seconds; the main
        loop goes round when it is due, and every `round_every` seconds.
        """
        write_gate(site, GATE, folder)
        self.site, self.folder, self._round_every = site, folder, round_every
        self.configuration = load_configuration(folder / "gate.toml")
        self.scheduler = Scheduler(seed)
        self.heard: list[Heard] = []
        self.relay: list[tuple[float, bool]] = []
        self.orders: list[bytes] = []
        self.working = True
        self.synchronised = True
        self.clock_off = timedelta(0)
        self.card_fails = False
        self._deliver: Callable[[Report], None] = lambda _: None
        self._task: Task | None = None
        self._tasks: dict[str, Task] = {}
        self._frame = 0
        self._counter = 0
        kind = type("Told", (Wire,), {"on_change": staticmethod(self._note_change)})
        self.pins = MockFactory(revision="c03111", pin_class=kind)
        self.machine = Machine(
            time=TimeSource(self.wall, lambda: self.synchronised, self.monotonic),
            entropy=Random(seed).randbytes,
            runner=self.run_task,
            storage=Storage(self.connect, lambda _: "card"),
            pins=self.pins,
            vision=lambda _: self,
            commands=lambda _: self,
            serve_journal=lambda *_: nullcontext(),
            player=SimulatedPlayer(),
            screen=SimulatedScreen(),
            notifier=Notifier({}),
            read_every=rarely,
            look_every=rarely,
        )

    # --- the machine ---------------------------------------------------------------------------

    def monotonic(self) -> float:
        return self.scheduler.now + BOOTED

    def wall(self) -> datetime:
        return true_time(self.scheduler.now) + self.clock_off

    def connect(self, path: Path, *, read_only: bool = False, timeout: float = 5.0) -> sqlite3.Connection:
        if self.card_fails:
            raise sqlite3.OperationalError("disk I/O error")
        return connect(path, read_only=read_only, timeout=timeout)

    def run_task(self, name: str, poll: Poll) -> Running:
        self._tasks[name] = self.scheduler.task(lambda: poll() - BOOTED)
        return self._tasks[name]

    def start(self, deliver: Callable[[Report], None]) -> None:
        self._deliver = deliver

    def stop(self) -> None:
        self._deliver = lambda _: None

    def open(self) -> None:
        return

    def receive(self) -> list[bytes]:
        orders, self.orders = self.orders, []
        return orders

    def close(self) -> None:
        return

    # --- what is done to it --------------------------------------------------------------------

    def begin(self) -> Gate:
        self._task = None
        gate = start_gate(self.configuration, self.machine, self.wake, self.heard.append)
        self._task = self.scheduler.task(
            lambda: min(gate.poll() - BOOTED, self.scheduler.now + self._round_every)
        )
        return gate

    def end(self, gate: Gate) -> None:
        assert self._task is not None
        self._task.stop()
        gate.close()

    def wake(self) -> None:
        if self._task is not None:
            self._task.wake()

    def pass_time(self, seconds: float) -> None:
        self.scheduler.run(self.scheduler.now + seconds)

    def publish(self, version: int) -> None:
        bundle = bundle_of(self.site, self.folder, version, self.site.subjects, self.scheduler.now)
        self.configuration.registry.inbox.write_bytes(bundle)
        if "registry" in self._tasks:
            self._tasks["registry"].wake()

    def show(
        self, *, face: str = "", code: str = "", seconds: float = 2.0, then: float = 60.0
    ) -> list[AccessEvent]:
        """Somebody stands there for a while; what was decided until `then`, as the lane is at rest again."""
        before, looks = len(self.heard), Random(face)
        for _ in range(round(seconds / 0.1)):
            self._deliver(self._sighting(face, code, looks))
            self.pass_time(0.1)
        self._deliver(self._sighting("", "", looks))
        self.pass_time(then)
        return [heard for heard in self.heard[before:] if isinstance(heard, AccessEvent)]

    def report(self, reported: Report) -> None:
        """Have the vision worker report something."""
        self._deliver(reported)

    def order(self, kind: CommandKind) -> None:
        self._counter += 1
        now = microseconds(true_time(self.scheduler.now))
        nonce = bytes([self._counter] * 16)
        command = Command(nonce, kind, "Wang Fang", now, now + 60_000_000, self._counter)
        self.orders.append(seal(encode_value(command), command_topic(GATE), self.site.keys.command))
        self.wake()

    def impulses(self) -> list[float]:
        """How long the relay was on, each time."""
        times = [at for at, _ in self.relay]
        assert [on for _, on in self.relay] == [True, False] * (len(times) // 2)
        return [off - on for on, off in zip(times[::2], times[1::2], strict=True)]

    # --- inside --------------------------------------------------------------------------------

    def _note_change(self, pin: int, high: bool) -> None:
        if pin == BOARD.outputs[OutputName.RELAY_OPEN].pin:
            self.relay.append((self.scheduler.now, high))

    def _sighting(self, face: str, code: str, looks: Random) -> Sighting:
        self._frame += 1
        box, shown = Box(260, 100, 120, 150), []
        if face:
            template = self.site.faces.look(face, looks).astype("<f4").tobytes()
            shown = [FaceSighting(1, box, 0.9, quality=0.9, engine=ENGINE, template=template)]
        codes = (CodeSighting(code, len(code)),) if code else ()
        return Sighting(self._frame, self.monotonic(), "camera", 640, 480, tuple(shown), codes)
