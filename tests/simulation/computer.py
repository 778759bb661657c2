"""A gate's computer: its card, its clocks, and the two processes that systemd keeps at work on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from edge.configuration import load_configuration
from edge.devices.clock import TimeSource
from edge.gate import start_gate
from edge.journal.feed.pages import JournalPages
from edge.journal.format import ask_of
from edge.ports import AccessEvent
from edge.runtime.gate_at_work import Gate
from edge.runtime.main_loop import Heard
from edge.scanners.lines import line_of
from edge.support.storage import Storage
from edge.vision.reports import Report, Sighting
from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration as load_sync
from tests.simulation.card import Card
from tests.simulation.card_watch import CardWatch
from tests.simulation.clocks import ComputerClock
from tests.simulation.lane_world import LaneWorld
from tests.simulation.machine import Camera, Inbox, Tasks, simulated_machine
from tests.simulation.network import Process, SimulatedNetwork
from tests.simulation.observations import (
    STARVED,
    CardChanged,
    ClockState,
    Observation,
    ProcessBegan,
    ProcessEnded,
    identity_of,
)
from tests.simulation.process import Life
from tests.simulation.readers import Readers
from tests.simulation.scheduler import Scheduler, Task

GATE_RESTARTS_AFTER, SYNC_RESTARTS_AFTER = 1.0, 5.0
"""Seconds: `lane rest` and RestartSec of the gate's unit, RestartSec of sync's."""
BOOTS_WITHIN = 25.0
"""Seconds from power to the first process."""
_FED_EVERY, _STARVES_AFTER = 55.0, 60.0
"""Seconds between two looks at why sync waits, and WatchdogSec of its unit."""
_LOOKS_EVERY = 600.0
"""Seconds between two looks at files: who writes one tells."""
_RESTS_AFTER = 0.3
"""Seconds from the gate's end until its unit has set the outputs inactive."""


class Computer:
    """The computer of `device`, with the lane that it is wired to. It is as `GateFront` for people."""

    def __init__(
        self,
        device: str,
        card: Card,
        lane: LaneWorld,
        scheduler: Scheduler,
        network: SimulatedNetwork,
        heard: Callable[[str, Heard], None],
        tell: Callable[[Observation], None],
        random: Random,
        reads_lines_every: float,
        readers: Readers | None = None,
    ) -> None:
        self.device = device
        self.readers = readers
        """What people show codes to, where there is no camera."""
        self._reads_lines_every = reads_lines_every
        self.card = card
        self.lane = lane
        self.clock = ComputerClock(scheduler)
        self._scheduler = scheduler
        self._network = network
        self._heard = heard
        self._tell = tell
        self._random = random
        self._watch = CardWatch(card, device, tell, lambda: scheduler.now)
        self._gate: Life | None = None
        self._sync: Life | None = None
        self._tasks = Tasks(scheduler.task)
        self._sync_task: Task | None = None
        self._connection: Process | None = None
        self._camera, self._inbox = Camera(), Inbox()
        self._pages: JournalPages | None = None
        self._has_power = self._closed = False
        self._boots = 0
        self._armed: dict[str, Life | None] = {}
        self._seen_writes = -1
        self.camera_works = True
        self._servings = 0
        """How often the journal began, or ended, to be served."""

    # --- as people meet it -----------------------------------------------------------------------

    @property
    def lives(self) -> bool:
        return self._gate is not None and self._gate.lives

    def monotonic(self) -> float:
        return self.clock.monotonic()

    def see(self, sighting: Sighting) -> None:
        self.report(sighting)

    def report(self, report: Report) -> None:
        """Have the vision worker report something. Where there is none, a code is held before the scanner."""
        if self.readers is not None:
            if isinstance(report, Sighting):
                self.readers.see(report)
        elif self.camera_works or not isinstance(report, Sighting):
            self._camera.deliver(report)

    # --- what happens to it ----------------------------------------------------------------------

    def boot(self, *, unset: bool = False) -> None:
        """Power: both processes start. One that has power, by another fault that ended sooner, goes on."""
        if self._has_power:
            return
        self._has_power = True
        self._boots += 1
        self.clock.boot(unset=unset)
        self.tell_clock()
        self._start_gate()
        self._start_sync()

    def cut_power(self, random: Random) -> None:
        """Both processes end; the card keeps what it has to, and perhaps more."""
        self._has_power = False
        if self._connection is not None:
            self._connection.lose_power()
        for life in (self._gate, self._sync):
            if life is not None:
                life.end("power")
        self.lane.power_lost()
        self.card.cut_power(random)
        self._watch.begin_anew()

    def boot_soon(self, *, unset: bool = False) -> None:
        """Boot, as it takes its time."""
        boots = self._boots

        def boot() -> None:
            if self._boots == boots and not self._closed:
                self.boot(unset=unset)

        self._scheduler.after(BOOTS_WITHIN, boot)

    def kill_gate(self, write: int) -> None:
        """kill -9 of the gate process at its so manieth write from now."""
        self._armed["gate"] = _armed(self._gate, write)

    def kill_sync(self, write: int) -> None:
        """kill -9 of the sync process at its so manieth write from now."""
        self._armed["sync"] = _armed(self._sync, write)

    def kill_gate_if_armed(self) -> None:
        """kill -9 of a gate process that was to be killed, and has not written so often."""
        _kill(self._armed.pop("gate", None))

    def kill_sync_if_armed(self) -> None:
        _kill(self._armed.pop("sync", None))

    def set_clock_right(self) -> None:
        """A time server sets the clock right."""
        self.clock.set_right()
        self.tell_clock()

    def card_changed(self, how: str, file: str = "") -> None:
        """Say that something else lies on the card now; no process runs."""
        self._watch.begin_anew()
        self._tell(CardChanged(self._scheduler.now, self.device, how, file))

    def tell_clock(self) -> None:
        """Say what the clock is now. A gate sees it within its 0.2 s; a simulated one sleeps for longer."""
        now = self._scheduler.now
        self._wake_gate()
        self._tell(ClockState(now, self.device, self.clock.off(), self.clock.synchronised))

    def close(self) -> None:
        """The world, or this computer, ends; a second time does nothing."""
        if self._closed:
            return
        self._has_power, self._closed = False, True
        for life in (self._gate, self._sync):
            if life is not None:
                life.end("the world ends")
        self._watch.close()
        self.card.close()

    # --- the gate process ------------------------------------------------------------------------

    def _start_gate(self) -> None:
        if not self._has_power or self.lives:
            return
        life = self._gate = self._life("gate", self._gate_ended)
        self._tell(ProcessBegan(self._scheduler.now, self.device, "gate"))
        gate = life.call(lambda: self._made_gate(life), None)
        self._looked()
        if gate is not None and life.lives:
            self._tasks.run("gate", gate.poll)

    def _made_gate(self, life: Life) -> Gate:
        configuration = load_configuration(self.card.folder / "gate.toml")
        self._tasks = Tasks(lambda poll: life.task(poll, self._looked))
        machine = simulated_machine(
            TimeSource(self.clock.wall, lambda: self.clock.synchronised, self.clock.monotonic),
            Random(self._random.getrandbits(64)).randbytes,
            self._tasks,
            Storage(self.card.connect, self.card.medium),
            self.lane.pins,
            self._camera,
            self._inbox,
            read_every=self._reads_lines_every,
            look_every=_LOOKS_EVERY,
            serve_journal=self._served,
            scanner=line_of if self.readers is None else self.readers.line,
        )
        if self.readers is not None:
            self.readers.read_by(life, self._tasks.wake)
        return start_gate(configuration, machine, self._wake_gate, self._listen)

    def _listen(self, happened: Heard) -> None:
        if self.readers is not None and isinstance(happened, AccessEvent):
            self.readers.answered()
        self._heard(self.device, happened)

    def _wake_gate(self) -> None:
        self._tasks.wake("gate")

    def _gate_ended(self, how: str) -> None:
        self._servings += 1
        self._note_journal()
        self._camera.stop()
        self._pages = None
        self._inbox.waiting.clear()
        self.lane.process_ended()
        self._tell(ProcessEnded(self._scheduler.now, self.device, "gate", how))
        if self._has_power:
            self._scheduler.after(_RESTS_AFTER, self._rest)
            self._scheduler.after(GATE_RESTARTS_AFTER, self._start_gate)

    def _rest(self) -> None:
        """As ExecStopPost of the gate's unit."""
        if not self.lives:
            self.lane.rest()

    # --- the sync process --------------------------------------------------------------------------

    def _start_sync(self) -> None:
        if not self._has_power or (self._sync is not None and self._sync.lives):
            return
        life = self._sync = self._life("sync", self._sync_ended)
        self._tell(ProcessBegan(self._scheduler.now, self.device, "sync"))
        agent = life.call(self._made_agent, None)
        if agent is None:
            return
        fed = [self._scheduler.now]

        def poll() -> float:
            agent.poll(0.0)
            return agent.next_due()

        def feed() -> float:
            if agent.waiting_reason() is not None:
                fed[0] = self._scheduler.now
            elif self._scheduler.now - fed[0] > _STARVES_AFTER:
                life.end(f"{STARVED}: it names no reason to wait, and its watchdog ends it")
            return self.clock.monotonic() + _FED_EVERY

        self._sync_task = life.task(poll, self._after_sync)
        life.task(feed)

    def _made_agent(self) -> Agent:
        configuration = load_sync(self.card.folder / "sync.toml")
        entropy = Random(self._random.getrandbits(64)).randbytes
        identity = identity_of(self.device)
        process = self._connection = self._network.process(
            identity, self.clock.monotonic, self.clock.wall_microseconds, entropy, self._wake_sync
        )
        return Agent(
            configuration, host=process.host, journal=_JournalChannel(self), hand_over=self._hand_over
        )

    def _wake_sync(self) -> None:
        if self._sync_task is not None:
            self._sync_task.wake()

    def _after_sync(self) -> None:
        """What sync has put on the card is looked at soon: the gate looks at it now and again by itself."""
        writes = self.card.writes
        if writes != self._seen_writes:
            self._seen_writes = writes
            self._wake_gate()
            self._tasks.wake("registry")

    def _sync_ended(self, how: str) -> None:
        self._sync_task = None
        if self._connection is not None and how != "power":
            self._connection.die()
        self._connection = None
        self._tell(ProcessEnded(self._scheduler.now, self.device, "sync", how))
        if self._has_power:
            self._scheduler.after(SYNC_RESTARTS_AFTER, self._start_sync)

    # --- between the two ---------------------------------------------------------------------------

    @property
    def journal_changes(self) -> int:
        """Another number whenever sync may be answered otherwise than before."""
        return self._servings + self._watch.journal_changes

    @contextmanager
    def _served(self, journal: Path, _: Path) -> Iterator[None]:
        self._pages = JournalPages(journal, Storage(self.card.connect, self.card.medium))
        self._servings += 1
        self._note_journal()
        yield

    def ask(self, packet: bytes) -> bytes | None:
        """The gate's answer to sync; None where no gate answers."""
        pages, life = self._pages, self._gate
        if pages is None or life is None:
            return None
        return life.call(lambda: pages.packet(ask_of(packet)), None)

    def _hand_over(self, command: bytes) -> None:
        if not self.lives:
            raise ConnectionRefusedError("no gate runs")
        self._inbox.waiting.append(command)
        self._wake_gate()

    # --- inside --------------------------------------------------------------------------------------

    def _life(self, name: str, ended: Callable[[str], None]) -> Life:
        return Life(self._scheduler, self.card.process(name), self.clock.true_at, ended)

    def _looked(self) -> None:
        """After each step of the gate: sync learns of new events, and the world of everything."""
        if self._watch.look():
            self._note_journal()
            self._tasks.wake("counts")

    def _note_journal(self) -> None:
        """Sync learns that there may be other events, or none, in the gate's journal."""
        self._wake_sync()


class _JournalChannel:
    """Sync's way to the gate's journal."""

    def __init__(self, computer: Computer) -> None:
        self._computer = computer

    where = "the gate's journal"

    def ask(self, packet: bytes) -> bytes:
        answer = self._computer.ask(packet)
        if answer is None:
            raise ConnectionRefusedError("no gate runs")
        return answer

    @property
    def changes(self) -> int:
        return self._computer.journal_changes

    def close(self) -> None:
        return


def _armed(life: Life | None, write: int) -> Life | None:
    if life is not None and life.lives:
        life.kill_at(write)
    return life


def _kill(life: Life | None) -> None:
    if life is not None:
        life.end("killed")
