"""The composition root: one gate, started in order and stopped in reverse.

Four things go on at once and wait for each other nowhere: the vision worker (a child process), the lane
(its own thread), the registry keeper (a thread) and the main loop below, which takes what the others
report from one queue.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, suppress
from importlib.metadata import version
from queue import SimpleQueue
from threading import Event
from time import monotonic

import msgspec
import structlog

from edge.boards.files import read_board, refuse_dangerous
from edge.boards.format import Board
from edge.configuration import GateConfiguration
from edge.counting.counter import Counter
from edge.counting.exchange import CountExchange, CountsNews, correction_file
from edge.devices.clock import SystemClock, TimeSource
from edge.devices.pins import PinFactory, gpio_pins
from edge.devices.simulated import release_all, simulated_pins
from edge.errors import GatepostError, JournalError
from edge.journal.feed.server import JournalServer
from edge.journal.format import EventKind
from edge.journal.retrying import AnyJournal, RetryingJournal
from edge.journal.salvage import open_or_salvage
from edge.journal.tables import JournalInUse
from edge.journal.used_copy import FILE_NAME as USED_COPY
from edge.journal.used_copy import UsedCopy
from edge.lane.configuration import PinKind
from edge.lane.driver import LaneDriver, LaneReport, LaneThread
from edge.lane.machine import LaneEvent, Record
from edge.lane.memory_file import FILE_NAME, LaneMemoryFile
from edge.prompts.announcer import Announcer
from edge.runtime.access_controller import AccessController
from edge.runtime.buses import buses_in_use
from edge.runtime.clock_watch import ClockWatch
from edge.runtime.housekeeping import Housekeeping
from edge.runtime.main_loop import POLL, Listener, MainLoop, Reported
from edge.runtime.people_counting import open_counter
from edge.runtime.registry_service import RegistryService, registry_service_of
from edge.support.notify import Notifier
from edge.thermometry.factory import thermometer_for
from edge.thermometry.watch import ThermometerWatch
from edge.vision.configuration import ENGINE_NAMES, WorkerTask
from edge.vision.worker.supervisor import VisionSupervisor

_LANE_MAY_PAUSE = 2.0
"""Seconds without a sign of life after which a lane counts as hanging."""

_TRY_AGAIN_AFTER = 5.0
"""Seconds between two attempts to start what a lane alone does without."""

_STOPS_WITHIN = 5.0
"""Seconds by which a stop is put off, again and again, while a fire keeps the barrier open."""


def run_gate(
    configuration: GateConfiguration,
    stop: Event,
    *,
    notifier: Notifier | None = None,
    listener: Listener | None = None,
    pins: PinFactory | None = None,
    until_finished: bool = False,
    time: TimeSource | None = None,
) -> None:
    """Run a gate until `stop` is set (or, with `until_finished`, until its camera's file has ended).

    `listener` hears everything that happens, in the main loop's thread; it must not wait. `time` is where
    the time of day comes from. Raises GatepostError where the lane cannot start. Where only the rest cannot,
    the lane lives, and it is tried again.
    """
    notifier = notifier or Notifier(os.environ)
    heard: SimpleQueue[Reported] = SimpleQueue()
    board, document = read_board(configuration.lane.board)
    refuse_dangerous(board, buses_in_use(configuration, board), document)
    with ExitStack() as running:
        pins = _pins(configuration.lane.pins, board, running) if pins is None else pins
        if configuration.lane.pins is PinKind.SIMULATED:
            release_all(board, pins)
        # The lane first: from here on the button opens, whatever else fails to start.
        memory = LaneMemoryFile(configuration.journal.path.with_name(FILE_NAME), monotonic)
        lane, lane_thread = _lane(board, pins, heard.put, memory, running)
        if configuration.journal.socket is not None:
            # Before the rest: what is in the journal goes up while the rest cannot start.
            running.enter_context(JournalServer(configuration.journal.path, configuration.journal.socket))
        time = time or TimeSource()
        gate = Gate(configuration, board, lane, lane_thread, memory, heard, notifier, time)
        while True:
            try:
                return gate.run(stop, listener, until_finished=until_finished)
            except (GatepostError, OSError, sqlite3.Error) as error:
                if gate.began or until_finished or isinstance(error, JournalInUse):
                    raise
                gate.live_with(error, stop)
            if stop.is_set() and not lane.must_go_on:
                return None


class Gate:
    """All of a gate but its lane, which lives already: started together, or tried again."""

    def __init__(
        self,
        configuration: GateConfiguration,
        board: Board,
        lane: LaneDriver,
        lane_thread: LaneThread,
        memory: LaneMemoryFile,
        heard: SimpleQueue[Reported],
        notifier: Notifier,
        time: TimeSource,
    ) -> None:
        self._configuration = configuration
        self._board = board
        self._lane = lane
        self._lane_thread = lane_thread
        self._memory = memory
        self._heard = heard
        self._notifier = notifier
        self._time = time
        self.began = False

    def run(self, stop: Event, listener: Listener | None, *, until_finished: bool) -> None:
        """Start the rest and go on until `stop`; raises GatepostError, before it `began` or after."""
        with ExitStack() as running:
            loop, housekeeping, vision, recover = self._started(running, listener)
            self.began = True
            gate = self._configuration.gate
            self._notifier.ready(f"gate {gate.id} of {gate.site}")
            running.callback(self._notifier.stopping)
            while not (stop.is_set() or (until_finished and loop.finished)) or self._lane.must_go_on:
                loop.poll()
                housekeeping.poll()
                with suppress(JournalError):
                    recover()
                self._memory.keep(self._lane.memory)
                _say_how_it_is(self._notifier, self._lane, stop, watched=vision.working)

    def live_with(self, error: Exception, stop: Event) -> None:
        """The lane lives and the rest does not: say so, and come back when it is to be tried again."""
        structlog.get_logger("edge.gate").error("gate_not_started", error=str(error))
        self._notifier.ready(f"the button works, and nothing else: {error}")
        again = monotonic() + _TRY_AGAIN_AFTER
        while monotonic() < again and (not stop.is_set() or self._lane.must_go_on):
            stop.wait(POLL)
            self._memory.keep(self._lane.memory)
            _say_how_it_is(self._notifier, self._lane, stop, watched=True)

    def _started(
        self, running: ExitStack, listener: Listener | None
    ) -> tuple[MainLoop, Housekeeping, VisionSupervisor, Callable[[], None]]:
        """Everything at work, to be ended by `running` in reverse. Raises GatepostError."""
        configuration, lane, heard = self._configuration, self._lane, self._heard
        time = self._time
        unset = SystemClock(lambda: None, time.synchronised, now=time.now)
        path, name = configuration.journal.path, configuration.gate.id
        copy = UsedCopy(configuration.registry.folder / USED_COPY)
        running.callback(copy.close)
        journal = RetryingJournal(lambda: open_or_salvage(path, name, unset.wall(), copy)[0], monotonic)
        running.callback(journal.close)
        # What is done last, while only lane, count and journal still run: nothing that the lane says is lost,
        # or left uncounted.
        last_words = running.enter_context(ExitStack())

        watch = ClockWatch(journal, lambda: registry_service.holdings(), time.synchronised)  # noqa: PLW0108 - made below
        clock = SystemClock(
            watch.floor, time.synchronised, ceiling=watch.ceiling, central=watch.central, now=time.now
        )
        registry_service = registry_service_of(
            configuration.registry,
            configuration.gate.site,
            ENGINE_NAMES[configuration.vision.faces],
            clock.wall,
            heard.put,
            gate=configuration.gate.id,
        )
        registry_service.load()
        registry_service.start()
        running.callback(registry_service.stop)

        vision = VisionSupervisor(WorkerTask(configuration.vision))
        vision.start(heard.put)
        running.callback(vision.stop)

        housekeeping = _started(
            Housekeeping(configuration, clock, journal, lane, registry_service.holdings, watch), running
        )
        counter = _counter(configuration, self._board, journal, registry_service, heard.put, running)
        last_words.callback(counter.close)
        thermometer = _thermometer(configuration, running)
        controller = AccessController(
            configuration,
            clock,
            journal,
            lane,
            registry_service.holdings,
            people=counter,
            thermometer=thermometer,
            ordered=housekeeping.ordered_mode,
        )
        language = configuration.gate.language
        announcer = Announcer(configuration.prompts, language, controller.policy, clock)
        announcer.start()
        running.callback(announcer.stop)

        listeners = (announcer.hear, *([] if listener is None else [listener]))
        loop = MainLoop(controller, journal, clock, heard, listeners, counter, thermometer)
        loop.note(EventKind.GATE_STARTED, _identity(configuration, registry_service))
        held = registry_service.holdings()
        loop.note_thresholds(None if held is None else held.thresholds)
        last_words.callback(loop.note, EventKind.GATE_STOPPED, {})
        last_words.callback(loop.drain)
        last_words.callback(lambda: self._memory.keep(lane.memory))
        last_words.callback(self._lane_thread.stop)
        return loop, housekeeping, vision, lambda: journal.recover(clock.wall())


def _say_how_it_is(notifier: Notifier, lane: LaneDriver, stop: Event, *, watched: bool) -> None:
    """Tell systemd that it goes on: also where a stop was asked for and has to wait.

    It does not where the lane hangs, nor where nobody watches for people though somebody should (`watched`).
    """
    if stop.is_set():
        notifier.stopping_later(_STOPS_WITHIN, "a fire: the barrier stays open, and so does the gate")
    if watched and monotonic() - lane.pumped_at < _LANE_MAY_PAUSE:
        notifier.alive()


def _lane(
    board: Board,
    pins: PinFactory,
    report: Callable[[LaneReport], None],
    memory: LaneMemoryFile,
    running: ExitStack,
) -> tuple[LaneDriver, LaneThread]:
    """The lane at work, with what it must not have forgotten."""
    remembered, problem = memory.read()
    if problem:
        report(LaneReport(monotonic(), Record(LaneEvent.FAULT, {"what": problem})))
    lane = LaneDriver(board, pins, report, remembered=remembered)
    thread = LaneThread(lane)
    thread.start()
    running.callback(thread.stop)
    return lane, thread


def _identity(configuration: GateConfiguration, registry_service: RegistryService) -> dict[str, object]:
    """What a gate says of itself when it starts."""
    held = registry_service.holdings()
    return {
        "version": version("gatepost"),
        "configuration": hashlib.sha256(msgspec.json.encode(configuration, enc_hook=str)).hexdigest(),
        "registry": None if held is None else held.registry.version,
    }


def _started(housekeeping: Housekeeping, running: ExitStack) -> Housekeeping:
    housekeeping.start()
    running.callback(housekeeping.stop)
    return housekeeping


def _counter(
    configuration: GateConfiguration,
    board: Board,
    journal: AnyJournal,
    registry_service: RegistryService,
    tell: Callable[[CountsNews], None],
    running: ExitStack,
) -> Counter:
    """The count as the journal ends, for the caller to close; its files at work as long as the gate runs."""
    corrections = correction_file(configuration.journal.path)
    link = CountExchange(configuration.counts, configuration.gate.site, corrections, tell)
    counter = open_counter(configuration, board, journal, registry_service.holdings, link)
    link.start()
    running.callback(link.stop)
    return counter


def _thermometer(configuration: GateConfiguration, running: ExitStack) -> ThermometerWatch | None:
    """The thermometer at work, where there is one; whether it answers is found out later."""
    device = thermometer_for(configuration.thermometer)
    if device is None:
        return None
    watch = ThermometerWatch(device, configuration.thermometer)
    watch.start()
    running.callback(watch.stop)
    return watch


def _pins(kind: PinKind, board: Board, running: ExitStack) -> PinFactory:
    pins = gpio_pins(board.computer) if kind is PinKind.GPIO else simulated_pins()
    running.callback(pins.close)
    return pins
