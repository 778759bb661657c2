"""A gate of a whole site, and nobody else: for tests of whole gates."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from edge.boards.files import load_board
from edge.boards.format import OutputName
from edge.commands.core import Command, CommandKind, command_topic
from edge.devices.clock import TimeSource
from edge.liveness import LivenessReading
from edge.ports import AccessEvent
from edge.runtime.main_loop import Heard
from edge.signing.cose import encode_value, microseconds, seal
from edge.support.due import NEVER
from edge.support.storage import Storage, connect
from edge.vision.reports import Box, CodeSighting, FaceSighting, Sighting
from tests.simulation.one_gate import RARELY, OneGate
from tests.simulation.scheduler import Scheduler
from tests.simulation.site import ENGINE, Site, true_time
from tests.simulation.wires import WatchedPins

GATE = "main"
BOARD = load_board("simulated")

IMPULSE = BOARD.barrier.travel + BOARD.barrier.open_time
"""Seconds that its relay is on where nobody walks through: until it is up, and then open."""


class Alone(OneGate):
    """A gate whose clock, card and pins a test changes, and what became of its relay and of people."""

    def __init__(
        self, folder: Path, site: Site, seed: int = 1, *, rarely: float = RARELY, round_every: float = NEVER
    ) -> None:
        self.heard: list[Heard] = []
        self.relay: list[tuple[float, bool]] = []
        self.synchronised = True
        self.clock_off = timedelta(0)
        self.card_fails = False
        self._frame = 0
        self._counter = 0
        self.pins = WatchedPins(self._note_change)
        super().__init__(
            folder,
            Scheduler(seed),
            site,
            GATE,
            self.pins,
            Random(seed),
            rarely=rarely,
            round_every=round_every,
        )
        self.listener = lambda _, heard: self.heard.append(heard)
        self.machine = replace(
            self.machine,
            time=TimeSource(self.wall, lambda: self.synchronised, self.monotonic),
            storage=Storage(self.connect, self.machine.storage.medium),
        )

    def wall(self) -> datetime:
        return true_time(self.scheduler.now) + self.clock_off

    def connect(self, path: Path, *, read_only: bool = False, timeout: float = 5.0) -> sqlite3.Connection:
        if self.card_fails:
            raise sqlite3.OperationalError("disk I/O error")
        return connect(path, read_only=read_only, timeout=timeout)

    # --- what is done to it --------------------------------------------------------------------

    def pass_time(self, seconds: float) -> None:
        self.scheduler.run(self.scheduler.now + seconds)

    def show(
        self, *, face: str = "", code: str = "", seconds: float = 2.0, then: float = 60.0
    ) -> list[AccessEvent]:
        """Somebody stands there for a while; what was decided until `then`, as the lane is at rest again."""
        before, looks = len(self.heard), Random(face)
        for _ in range(round(seconds / 0.1)):
            self.see(self._sighting(face, code, looks))
            self.pass_time(0.1)
        self.see(self._sighting("", "", looks))
        self.pass_time(then)
        return [heard for heard in self.heard[before:] if isinstance(heard, AccessEvent)]

    def order(self, kind: CommandKind) -> None:
        self._counter += 1
        now = microseconds(true_time(self.scheduler.now))
        nonce = bytes([self._counter] * 16)
        command = Command(nonce, kind, "Wang Fang", now, now + 60_000_000, self._counter)
        self.inbox.waiting.append(seal(encode_value(command), command_topic(GATE), self.site.keys.command))
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
            shown = [
                FaceSighting(
                    track=1,
                    box=box,
                    confidence=0.9,
                    landmarks=((float(self._frame), 0.0),),  # no two frames are alike
                    quality=0.9,
                    engine=ENGINE,
                    template=template,
                    liveness=LivenessReading(0.9),
                )
            ]
        codes = (CodeSighting(code, len(code)),) if code else ()
        return Sighting(self._frame, self.monotonic(), "camera", 640, 480, tuple(shown), codes)
