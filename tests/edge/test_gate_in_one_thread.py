"""A whole gate, as its gate.toml describes it, on a virtual clock: in one thread, and without waiting.

It is the gate that `run_gate` runs, on another machine: a scheduler polls it and its tasks, its random bytes
follow from a seed, and what would be seen, ordered or played is handed over.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from edge.boards.files import load_board
from edge.boards.format import InputName, OutputName
from edge.commands.core import Command, CommandKind, CommandOutcome, command_topic
from edge.configuration import load_configuration
from edge.decision import Outcome, Reason
from edge.devices.clock import TimeSource
from edge.devices.simulated import WiredPin, drive
from edge.gate import Gate, start_gate
from edge.journal.reader import JournalReader
from edge.ports import AccessEvent
from edge.prompts.screen import SimulatedScreen
from edge.prompts.voice import SimulatedPlayer
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard
from edge.signing.cose import encode_value, microseconds, seal
from edge.support.notify import Notifier
from edge.support.storage import Storage, connect
from edge.support.tasks import Poll, Running
from edge.vision.reports import Box, CodeSighting, FaceSighting, Report, Sighting
from tests.simulation.bundle import bundle_of
from tests.simulation.plan import Town
from tests.simulation.scheduler import Scheduler, Task
from tests.simulation.site import ENGINE, Site, found_site, true_time
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

    def __init__(self, folder: Path, site: Site, seed: int) -> None:
        self.site, self.folder = site, folder
        self.configuration = load_configuration(folder / "gate.toml")
        self.scheduler = Scheduler(seed)
        self.heard: list[Heard] = []
        self.relay: list[tuple[float, bool]] = []
        self.orders: list[bytes] = []
        self.working = True
        self._deliver: Callable[[Report], None] = lambda _: None
        self._task: Task | None = None
        self._frame = 0
        self._counter = 0
        kind = type("Told", (Wire,), {"on_change": staticmethod(self._note_change)})
        self.pins = MockFactory(revision="c03111", pin_class=kind)
        self.machine = Machine(
            time=TimeSource(lambda: true_time(self.scheduler.now), lambda: True, self.monotonic),
            entropy=Random(seed).randbytes,
            runner=self.run_task,
            storage=Storage(medium=lambda _: "card"),
            pins=self.pins,
            vision=lambda _: self,
            commands=lambda _: self,
            serve_journal=lambda *_: nullcontext(),
            player=SimulatedPlayer(),
            screen=SimulatedScreen(),
            notifier=Notifier({}),
            read_every=30.0,
            look_every=30.0,
        )

    # --- the machine ---------------------------------------------------------------------------

    def monotonic(self) -> float:
        return self.scheduler.now + BOOTED

    def run_task(self, name: str, poll: Poll) -> Running:
        del name
        return self.scheduler.task(lambda: poll() - BOOTED)

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
        self._task = self.scheduler.task(lambda: gate.poll() - BOOTED)
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

    def show(self, *, face: str = "", code: str = "", seconds: float = 2.0) -> list[AccessEvent]:
        """Somebody stands there for a while; what was decided until the lane is at rest again."""
        before, looks = len(self.heard), Random(face)
        for _ in range(round(seconds / 0.1)):
            self._deliver(self._sighting(face, code, looks))
            self.pass_time(0.1)
        self._deliver(self._sighting("", "", looks))
        self.pass_time(60.0)
        return [heard for heard in self.heard[before:] if isinstance(heard, AccessEvent)]

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


class Noticed:
    """What the interpreter was asked for that no gate in one thread may ask for."""

    FORBIDDEN = frozenset({"_thread.start_new_thread", "time.sleep", "socket.__new__", "subprocess.Popen"})

    def __init__(self) -> None:
        self.on = False
        self.asked: list[str] = []

    def __call__(self, event: str, _: tuple[object, ...]) -> None:
        if self.on and event in self.FORBIDDEN:
            self.asked.append(event)


NOTICED = Noticed()


@pytest.fixture(scope="module")
def _hooked() -> None:
    sys.addaudithook(NOTICED)  # there is no way to take a hook off again


@pytest.fixture
def noticed(_hooked: None) -> Iterator[Noticed]:
    NOTICED.asked.clear()
    NOTICED.on = True
    yield NOTICED
    NOTICED.on = False


@pytest.fixture(scope="module")
def site() -> Site:
    return found_site(7, Town())


def alone(folder: Path, site: Site, seed: int = 1) -> Alone:
    write_gate(site, GATE, folder)
    return Alone(folder, site, seed)


def lives_a_day(here: Alone) -> None:
    """A day with all that happens at a gate, and a restart in the middle."""
    gate = here.begin()
    here.pass_time(1.0)
    here.show(face="p000")
    assert not here.relay, "nobody is known"
    here.publish(1)
    here.pass_time(31.0)

    [by_face] = here.show(face="p000")
    assert (by_face.decision.reason, by_face.decision.subject_id) == (Reason.FACE_MATCHED, "p000")
    [by_pass] = here.show(code=here.site.passes.own("p001").text)
    assert (by_pass.decision.outcome, by_pass.decision.subject_id) == (Outcome.GRANT, "p001")

    here.order(CommandKind.OPEN_ONCE)
    here.pass_time(60.0)
    here.end(gate)

    gate = here.begin()
    here.pass_time(3600.0)
    [again] = here.show(face="p002")
    assert again.decision.subject_id == "p002"
    here.pass_time(22 * 3600.0)
    here.end(gate)


def test_a_day_at_a_gate_needs_one_thread_and_no_time(tmp_path: Path, site: Site, noticed: Noticed) -> None:
    here, threads = alone(tmp_path / "gate", site), threading.enumerate()
    lives_a_day(here)
    assert threading.enumerate() == threads
    assert noticed.asked == []

    assert here.impulses() == [pytest.approx(IMPULSE, abs=1e-6)] * 4, "two faces, a pass, a command"
    with closing(JournalReader(here.configuration.journal.path)) as journal:
        entries = [*journal.every()]
    kinds = [entry.kind for entry in entries]
    assert kinds.count("gate_started") == kinds.count("gate_stopped") == 2
    assert "registry_installed" in kinds
    [result] = [entry for entry in entries if entry.kind == "command_result"]
    assert CommandOutcome.DONE.encode() in result.body


def test_the_button_opens_within_the_moment(tmp_path: Path, site: Site) -> None:
    """The lines are read every 30 s here: it is the edge that is heard."""
    here = alone(tmp_path / "gate", site)
    gate = here.begin()
    here.pass_time(10.0)
    drive(BOARD, here.pins, InputName.OVERRIDE, active=True)
    here.pass_time(0.1)
    assert [on for _, on in here.relay] == [True]
    here.end(gate)
    assert [on for _, on in here.relay] == [True, False], "at rest when the gate is over"


def test_two_days_from_one_seed_leave_the_same_journal(tmp_path: Path, site: Site) -> None:
    def journal_of(seed: int) -> list[str]:
        here = alone(tmp_path / "gate", site, seed)  # in one place: where its files lie is in the journal
        lives_a_day(here)
        with closing(connect(here.configuration.journal.path)) as journal:
            told = [*journal.iterdump()]
        rmtree(here.folder)
        return told

    one = journal_of(1)
    assert one == journal_of(1)
    assert one != journal_of(2), "the name of its epoch is another"
