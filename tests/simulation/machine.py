"""What a gate uses of a simulated computer: camera and orders are handed in, tasks are on the scheduler."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from edge.devices.clock import TimeSource
from edge.devices.pins import PinFactory
from edge.prompts.screen import SimulatedScreen
from edge.prompts.voice import SimulatedPlayer
from edge.runtime.machine import Machine
from edge.scanners.configuration import ScannerSection
from edge.scanners.lines import ScannerLine, line_of
from edge.support.notify import Notifier
from edge.support.packet_server import ServePackets
from edge.support.storage import Storage
from edge.support.tasks import Poll
from edge.vision.liveness.factory import LivenessMeasures
from edge.vision.reports import Blur, Report
from tests.simulation.scheduler import Task

_RECEIVED_AT_ONCE = 8


class Camera:
    """The gate's vision: what its worker would report is handed to `deliver`."""

    def __init__(self) -> None:
        self.working = False
        self.deliver: Callable[[Report], None] = lambda _: None

    def start(self, deliver: Callable[[Report], None]) -> None:
        self.working, self.deliver = True, deliver

    def stop(self) -> None:
        self.working, self.deliver = False, lambda _: None

    def enrol(self) -> None:
        return

    def preview(self, _blur: Blur, /) -> None:
        return


class Inbox:
    """Where signed commands arrive, in `waiting`."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def open(self) -> None:
        return

    def receive(self) -> list[bytes]:
        received = self.waiting[:_RECEIVED_AT_ONCE]
        del self.waiting[:_RECEIVED_AT_ONCE]
        return received

    def close(self) -> None:
        return


class Tasks:
    """The tasks of one gate, by name. `begin` has one polled."""

    def __init__(self, begin: Callable[[Poll], Task]) -> None:
        self._begin = begin
        self._tasks: dict[str, Task] = {}

    def run(self, name: str, poll: Poll) -> Task:
        """Begin a task; one that had its name is no longer woken."""
        self._tasks[name] = self._begin(poll)
        return self._tasks[name]

    def wake(self, name: str) -> None:
        """Have a task look at once; where it has not begun nothing happens."""
        if name in self._tasks:
            self._tasks[name].wake()

    def stop(self, name: str) -> None:
        self._tasks[name].stop()


def simulated_machine(
    time: TimeSource,
    entropy: Callable[[int], bytes],
    tasks: Tasks,
    storage: Storage,
    pins: PinFactory,
    camera: Camera,
    inbox: Inbox,
    *,
    read_every: float,
    look_every: float,
    serve_journal: Callable[[Path, Path], AbstractContextManager[object]] = lambda *_: nullcontext(),
    serve_packets: ServePackets = lambda *_: nullcontext(),
    scanner: Callable[[ScannerSection, Callable[[], float]], ScannerLine] = line_of,
) -> Machine:
    """The machine of one gate, with nothing real but its files: nobody hears its voice or sees its screen."""
    return Machine(
        time=time,
        entropy=entropy,
        runner=tasks.run,
        storage=storage,
        pins=pins,
        vision=lambda _: camera,
        measures=lambda _: LivenessMeasures(nets=True, veto=False, mesh=False),
        commands=lambda _: inbox,
        serve_journal=serve_journal,
        serve_packets=serve_packets,
        scanner=scanner,
        player=SimulatedPlayer(),
        screen=SimulatedScreen(),
        notifier=Notifier({}),
        read_every=read_every,
        look_every=look_every,
    )
