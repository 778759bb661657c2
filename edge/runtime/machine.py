"""The computer that a gate runs on, as the gate uses it: every default is the real thing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from typing import Protocol

from edge.commands.command_socket import CommandSocket
from edge.devices.clock import TimeSource
from edge.devices.pins import PinFactory
from edge.journal.feed.server import journal_server
from edge.journal.ports import JournalPorts
from edge.journal.pruner import LOOK_EVERY
from edge.lane.driver import READ_EVERY
from edge.prompts.screen import Screen
from edge.prompts.voice import Player
from edge.scanners.configuration import ScannerSection
from edge.scanners.lines import ScannerLine, line_of
from edge.support.notify import Notifier
from edge.support.packet_server import PacketServer, ServePackets
from edge.support.recent_log import RecentLog
from edge.support.storage import REAL_STORAGE, Storage
from edge.support.tasks import Runner, in_thread
from edge.vision.configuration import VisionConfiguration, WorkerTask
from edge.vision.liveness.factory import LivenessMeasures, means
from edge.vision.reports import Blur, Report
from edge.vision.worker.supervisor import VisionSupervisor


class Vision(Protocol):
    """What looks at the people before the gate, and reports by itself."""

    @property
    def working(self) -> bool:
        """Whether it goes on; a gate whose vision does not is blind, and does not know it."""
        ...

    def start(self, deliver: Callable[[Report], None]) -> None:
        """Begin; `deliver` is called for every report, from any thread, and does not wait."""
        ...

    def preview(self, blur: Blur, /) -> None:
        """Have previews delivered for a few seconds, blurred so; never waits, safe from any thread."""
        ...

    def enrol(self) -> None:
        """Have looks for an enrolment delivered for a few seconds; never waits, safe from any thread."""
        ...

    def stop(self) -> None: ...


class NoVision:
    """A gate without a camera: nothing looks, and nothing is missed."""

    working = True

    def start(self, deliver: Callable[[Report], None]) -> None:
        del deliver

    def preview(self, blur: Blur, /) -> None:
        del blur

    def enrol(self) -> None:
        return

    def stop(self) -> None:
        return


def vision_of(task: WorkerTask) -> Vision:
    """The vision worker; where gate.toml names no camera none is started."""
    return VisionSupervisor(task) if task.vision.watches else NoVision()


class CommandInbox(Protocol):
    """Where signed commands arrive."""

    def open(self) -> None:
        """Be there for commands. Raises DeviceError."""
        ...

    def receive(self) -> list[bytes]:
        """What arrived since the last call, or a part of it; never waits."""
        ...

    def close(self) -> None: ...


_ITS_CLOCKS = TimeSource()


@dataclass(frozen=True)
class Machine:
    """What a gate uses of its computer.

    `time` are its clocks, `entropy` gives so many bytes that nobody can foresee, `runner` has tasks polled,
    `storage` opens databases. `pins`, `player` and `screen` None: those that gate.toml names; `notifier`
    None: systemd, if it started the gate; `recent_log` None: no page shows what the gate logs. `measures`
    says what of a living face `vision` can measure. `scanner` makes the line of a scanner, which is read by
    the clock that it is given. `serve_journal` serves a journal (its path, the socket's) while its context
    lasts, `serve_packets` what the console asks.

    `read_every` and `look_every` are the seconds between two looks at the lane's lines, whose edges are
    reported besides, and at what reports nothing: the acknowledgements, a clock that was set.
    """

    time: TimeSource = _ITS_CLOCKS
    entropy: Callable[[int], bytes] = token_bytes
    runner: Runner = in_thread
    storage: Storage = REAL_STORAGE
    pins: PinFactory | None = None
    vision: Callable[[WorkerTask], Vision] = vision_of
    scanner: Callable[[ScannerSection, Callable[[], float]], ScannerLine] = line_of
    measures: Callable[[VisionConfiguration], LivenessMeasures] = means
    commands: Callable[[Path], CommandInbox] = CommandSocket
    serve_journal: Callable[[Path, Path], AbstractContextManager[object]] = journal_server
    serve_packets: ServePackets = PacketServer
    player: Player | None = None
    screen: Screen | None = None
    notifier: Notifier | None = None
    recent_log: RecentLog | None = None
    read_every: float = READ_EVERY
    look_every: float = LOOK_EVERY

    @property
    def journal_ports(self) -> JournalPorts:
        """What a journal uses of it."""
        return JournalPorts(self.storage, self.time.monotonic, self.entropy)


THIS_COMPUTER = Machine()
