"""The composition root: one gate, started in order and stopped in reverse.

Four things go on at once and wait for each other nowhere: the vision worker (a child process), the lane
(its own thread), the registry service (a thread) and the main loop, which takes what the others report from
one queue.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib.metadata import version
from queue import SimpleQueue
from time import monotonic

import structlog

from edge.configuration import GateConfiguration
from edge.devices.clock import SystemClock, TimeSource
from edge.devices.pins import PinFactory
from edge.errors import GatepostError, JournalError
from edge.journal.feed.server import JournalServer
from edge.journal.format import GateStarted, GateStopped
from edge.journal.retrying import RetryingJournal, retrying_journal
from edge.journal.tables import JournalInUse
from edge.journal.used_copy import FILE_NAME as USED_COPY
from edge.journal.used_copy import UsedCopy
from edge.prompts.announcer import Announcer
from edge.runtime.access_controller import AccessController
from edge.runtime.clock_watch import ClockWatch
from edge.runtime.housekeeping import Housekeeping
from edge.runtime.lane_at_work import LaneAtWork, start_lane
from edge.runtime.main_loop import POLL, Listener, MainLoop, Reported
from edge.runtime.people_counting import start_counter
from edge.runtime.registry_service import RegistryService, registry_service_of
from edge.runtime.starting import started
from edge.support.notify import Notifier
from edge.thermometry.factory import watched_thermometer
from edge.vision.configuration import ENGINE_NAMES, WorkerTask
from edge.vision.worker.supervisor import VisionSupervisor

_TRY_AGAIN_AFTER = 5.0
"""Seconds between two attempts to start what a lane alone does without."""


def run_gate(
    configuration: GateConfiguration,
    stop: threading.Event,
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
    notifier, time = notifier or Notifier(os.environ), time or TimeSource()
    reports: SimpleQueue[Reported] = SimpleQueue()
    with ExitStack() as running:
        # The lane first: from here on the button opens, whatever else fails to start.
        lane = start_lane(configuration, reports.put, running, pins)
        if configuration.journal.socket is not None:
            # Before the rest: what is in the journal goes up while the rest cannot start.
            running.enter_context(JournalServer(configuration.journal.path, configuration.journal.socket))
        gate = Gate(configuration, lane, reports, notifier, time)
        while True:
            try:
                return gate.run(stop, listener, until_finished=until_finished)
            except (GatepostError, OSError, sqlite3.Error) as error:
                if gate.began or until_finished or isinstance(error, JournalInUse):
                    raise
                gate.live_with(error, stop)
            if not lane.has_to_go_on(stop):
                return None


@dataclass(frozen=True)
class _Rest:
    """What the main thread goes round with, once all of a gate is at work."""

    loop: MainLoop
    housekeeping: Housekeeping
    vision: VisionSupervisor
    journal: RetryingJournal
    clock: SystemClock


class Gate:
    """All of a gate but its lane, which lives already: started together, or tried again."""

    def __init__(
        self,
        configuration: GateConfiguration,
        lane: LaneAtWork,
        reports: SimpleQueue[Reported],
        notifier: Notifier,
        time: TimeSource,
    ) -> None:
        self._configuration = configuration
        self._lane = lane
        self._reports = reports
        self._notifier = notifier
        self._time = time
        self.began = False

    def run(self, stop: threading.Event, listener: Listener | None, *, until_finished: bool) -> None:
        """Start the rest and go on until `stop`; raises GatepostError, before it `began` or after."""
        with ExitStack() as running:
            rest, lane = self._start(running, listener), self._lane
            self.began = True
            self._notifier.ready(f"gate {self._configuration.gate.id} of {self._configuration.gate.site}")
            running.callback(self._notifier.stopping)
            while lane.driver.must_go_on or not (stop.is_set() or (until_finished and rest.loop.finished)):
                rest.loop.poll()
                rest.housekeeping.poll()
                with suppress(JournalError):
                    rest.journal.recover(rest.clock.wall())
                lane.keep_memory()
                lane.show_life(self._notifier, stop, watched=rest.vision.working)

    def live_with(self, error: Exception, stop: threading.Event) -> None:
        """The lane lives and the rest does not: say so, and come back when it is to be tried again."""
        structlog.get_logger("edge.gate").error("gate_not_started", error=str(error))
        self._notifier.ready(f"the button works, and nothing else: {error}")
        again = monotonic() + _TRY_AGAIN_AFTER
        while monotonic() < again and self._lane.has_to_go_on(stop):
            stop.wait(POLL)
            self._lane.keep_memory()
            self._lane.show_life(self._notifier, stop, watched=True)

    def _start(self, running: ExitStack, listener: Listener | None) -> _Rest:
        """Everything at work, to be ended by `running` in reverse. Raises GatepostError."""
        configuration, gate, time = self._configuration, self._configuration.gate, self._time
        lane, report = self._lane.driver, self._reports.put

        unset = SystemClock(lambda: None, time.synchronised, now=time.now)
        used = UsedCopy(configuration.registry.folder / USED_COPY)
        running.callback(used.close)
        journal = retrying_journal(configuration.journal.path, gate.id, unset.wall, used)
        running.callback(journal.close)
        # What is done last, while only lane, count and journal still run: nothing that the lane says is lost,
        # or left uncounted.
        last_words = running.enter_context(ExitStack())

        # registry, verified → subject, policy; the clock's trust → situation
        watch = ClockWatch(journal, lambda: registry.holdings(), time.synchronised)  # noqa: PLW0108 - made below
        clock = watch.clock(time)
        engine = ENGINE_NAMES[configuration.vision.faces]
        registry = registry_service_of(
            configuration.registry, gate.site, engine, clock.wall, report, gate=gate.id
        )
        registry.load()
        started(registry, running)

        # camera → vision worker → sightings
        vision = VisionSupervisor(WorkerTask(configuration.vision))
        vision.start(report)
        running.callback(vision.stop)

        # commands and acknowledgements; the count; the thermometer
        housekeeping = started(
            Housekeeping(configuration, clock, journal, lane, registry.holdings, watch), running
        )
        counter = start_counter(configuration, self._lane.board, journal, registry.holdings, report, running)
        last_words.callback(counter.close)
        thermometer = watched_thermometer(configuration.thermometer)
        if thermometer is not None:
            started(thermometer, running)

        # sightings → encounter → evidence → decide() → journal → lane, voice, screen
        controller = AccessController(
            configuration,
            clock,
            journal,
            lane,
            registry.holdings,
            people=counter,
            thermometer=thermometer,
            ordered=housekeeping.ordered_mode,
        )
        announcer = started(
            Announcer(configuration.prompts, gate.language, controller.policy, clock), running
        )
        listeners = (announcer.handle, *([] if listener is None else [listener]))
        loop = MainLoop(controller, journal, clock, self._reports, listeners, counter, thermometer)

        loop.note(_started_as(configuration, registry))
        held = registry.holdings()
        loop.note_thresholds(None if held is None else held.thresholds)
        last_words.callback(loop.note, GateStopped())
        last_words.callback(loop.drain)
        last_words.callback(self._lane.keep_memory)
        last_words.callback(self._lane.thread.stop)
        return _Rest(loop, housekeeping, vision, journal, clock)


def _started_as(configuration: GateConfiguration, registry: RegistryService) -> GateStarted:
    """What a gate says of itself when it starts."""
    held = registry.holdings()
    return GateStarted(
        version("gatepost"),
        configuration.digest(),
        None if held is None else held.registry.version,
    )
