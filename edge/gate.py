"""The composition root: one gate, started in order and stopped in reverse.

What is polled here, and waits nowhere, takes from one queue what the others report: the vision worker (a
child process), the lane and the registry service (tasks, each in a thread of its own).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from queue import SimpleQueue
from typing import TYPE_CHECKING

from edge.configuration import GateConfiguration
from edge.devices.clock import SystemClock
from edge.journal.format import GateStarted, GateStopped
from edge.journal.retrying import RetryingJournal, retrying_journal
from edge.journal.used_copy import FILE_NAME as USED_COPY
from edge.journal.used_copy import UsedCopy
from edge.prompts.announcer import Announcer, PromptSituation
from edge.prompts.chosen_languages import FILE_NAME as LANGUAGES_FILE
from edge.prompts.chosen_languages import ChosenLanguages
from edge.runtime.access_controller import AccessController
from edge.runtime.clock_watch import ClockWatch
from edge.runtime.gate_at_work import Gate, PolledParts
from edge.runtime.housekeeping import Housekeeping
from edge.runtime.lane_at_work import LaneAtWork, start_lane
from edge.runtime.living_faces import liveness_means
from edge.runtime.machine import THIS_COMPUTER, Machine, Vision
from edge.runtime.main_loop import Listener, MainLoop, Reported
from edge.runtime.people_counting import start_counter
from edge.runtime.probing import Prober
from edge.runtime.registry_service import RegistryService, registry_service_of
from edge.runtime.rights_here import RightsHere
from edge.runtime.scanning import start_scanners
from edge.runtime.starting import started
from edge.runtime.typed_numbers import FILE_NAME as TRIES
from edge.runtime.typed_numbers import TypedNumbers, numbers_of
from edge.runtime.withholding import Withholding
from edge.staff.later import StaffToStart
from edge.staff.ports import GateFacts, GatePorts
from edge.staff.views.published import Published, PublishedScreen
from edge.support.tasks import Poll, Running
from edge.thermometry.factory import watched_thermometer
from edge.thermometry.watch import ThermometerWatch
from edge.vision.configuration import ENGINE_NAMES, WorkerTask
from edge.vision.reports import Report

if TYPE_CHECKING:
    from edge.staff.side import StaffSide

POLL = 0.2
"""Seconds that the main loop waits for a report at most: it goes round at least so often."""

_RUN_BYTES = 6


def run_gate(
    configuration: GateConfiguration,
    stop: threading.Event,
    machine: Machine = THIS_COMPUTER,
    *,
    listener: Listener | None = None,
    until_finished: bool = False,
) -> None:
    """Run a gate until `stop` is set (or, with `until_finished`, until its camera's file has ended).

    `listener` hears everything that happens, in the main loop's thread; it must not wait. Raises
    GatepostError where the lane cannot start. Where only the rest cannot, the lane lives, and it is tried
    again.
    """
    woken = threading.Event()
    with start_gate(configuration, machine, woken.set, listener, until_finished=until_finished) as gate:
        while gate.goes_on(asked_to_stop=stop.is_set()):
            woken.clear()  # before the poll: what arrives during it is not forgotten
            due = gate.poll()
            gate.show_life(asked_to_stop=stop.is_set())
            woken.wait(min(POLL, max(0.0, due - machine.time.monotonic())))


def start_gate(
    configuration: GateConfiguration,
    machine: Machine = THIS_COMPUTER,
    wake: Callable[[], None] = lambda: None,
    listener: Listener | None = None,
    *,
    until_finished: bool = False,
) -> Gate:
    """A gate whose lane lives, to be polled and then closed. Raises GatepostError where that cannot start.

    `wake` is called, from any thread, when the gate is to be polled at once. With `until_finished` what
    cannot start is not tried again: `poll` raises GatepostError.
    """
    reports: SimpleQueue[Reported] = SimpleQueue()

    def report(reported: Reported) -> None:
        reports.put(reported)
        wake()

    with ExitStack() as begun:
        # The lane first: from here on the button opens, whatever else fails to start.
        lane = start_lane(configuration, report, begun, machine)
        if configuration.journal.socket is not None:
            # Before the rest: what is in the journal goes up while the rest cannot start.
            begun.enter_context(
                machine.serve_journal(configuration.journal.path, configuration.journal.socket)
            )
        running = begun.pop_all()

    def start_rest(running: ExitStack) -> PolledParts:
        return Starting(configuration, machine, lane, reports, report, wake, listener, running).rest()

    return Gate(configuration.gate, machine, lane, start_rest, running, until_finished=until_finished)


@dataclass(frozen=True)
class Starting:
    """All of a gate but its lane, which lives already: started together, ended by `running` in reverse."""

    configuration: GateConfiguration
    machine: Machine
    lane: LaneAtWork
    reports: SimpleQueue[Reported]
    report: Callable[[Reported], None]
    wake: Callable[[], None]
    listener: Listener | None
    running: ExitStack

    def rest(self) -> PolledParts:
        """Everything at work, in the order in which one needs the other. Raises GatepostError."""
        configuration, machine, running = self.configuration, self.machine, self.running
        lane, time = self.lane.driver, machine.time
        journal = self._journal()
        # What is done last, while only lane, count and journal still run: nothing that the lane says is lost,
        # or left uncounted.
        last_words = running.enter_context(ExitStack())

        # registry, verified → subject, policy; the clock's trust → situation
        watch = ClockWatch(journal, lambda: registry.holdings(), time.synchronised)  # noqa: PLW0108 - made below
        clock = watch.clock(time)
        engine = ENGINE_NAMES[configuration.vision.engine]
        registry = self._registry(clock, engine)
        registry.load()
        self._at_work("registry", registry.poll)
        # without the faces of those who withdrew their consent here
        withholding = Withholding(registry.holdings, configuration.enrolment.folder)

        # camera → vision worker → sightings; scanners and keypads → codes and numbers
        staff: StaffSide | None = None  # asks for pictures once it is there, and gets them past the main loop
        vision = self._vision(lambda said: staff is not None and staff.shows(said))
        start_scanners(configuration.scanner, self.report, running, machine)

        # commands and acknowledgements; the count; the thermometer
        housekeeping = started(
            Housekeeping(configuration, clock, journal, lane, registry.holdings, watch, machine), running
        )
        counter = start_counter(
            configuration, self.lane.board, journal, registry.holdings, self.report, running, machine
        )
        last_words.callback(counter.close)
        thermometer = self._thermometer()

        # what staff give visitors here; numbers that people type
        rights = RightsHere()
        numbers = self._numbers(registry, rights)

        # sightings → encounter → evidence → decide() → journal → lane, voice, screen
        controller = AccessController(
            configuration,
            clock,
            journal,
            lane,
            withholding.holdings,
            liveness=liveness_means(configuration, machine.measures(configuration.vision)),
            people=counter,
            thermometer=thermometer,
            ordered=housekeeping.ordered_mode,
            held_until=housekeeping.held_until,
            doubted=lambda subject: None if staff is None else staff.doubts.limit(subject),
            here=rights.rights,
            entropy=machine.entropy,
            stopwatch=time.monotonic,
        )
        published = Published(int.from_bytes(machine.entropy(_RUN_BYTES)))
        announcer = self._announcer(controller, registry, clock, published)
        listeners = (
            announcer.handle,
            lambda heard: None if staff is None else staff.hear(heard),
            *([] if self.listener is None else [self.listener]),
        )
        prober = Prober(configuration.probe.every, controller, time.monotonic)
        loop = MainLoop(
            controller, journal, clock, self.reports, listeners, counter, thermometer, prober, numbers
        )

        # the console's requests → by whom, in the journal → lane
        newest = journal.last()
        facts = GateFacts(
            configuration,
            counter,
            controller.mode_shown,
            watch.central,
            housekeeping.hold,
            None if newest is None else (newest.epoch, newest.sequence),
            thermometer,
        )
        theirs = StaffToStart(
            configuration,
            self._ports_of(loop, clock, controller, withholding, housekeeping, rights, facts),
            self.lane,
            controller,
            vision,
            thermometer,
            registry,
            withholding,
            engine,
            published,
            announcer.choose,
            machine,
            self.wake,
        )

        def start_staff() -> StaffSide | None:
            nonlocal staff
            staff = theirs.start(running)
            return staff

        self._note_start(loop, registry)
        last_words.callback(loop.note, GateStopped())
        last_words.callback(loop.drain)
        last_words.callback(self.lane.keep_memory)
        last_words.callback(self.lane.task.stop)
        return PolledParts(loop, housekeeping, start_staff, vision, journal, clock)

    def _at_work(self, name: str, poll: Poll) -> Running:
        task = self.machine.runner(name, poll)
        self.running.callback(task.stop)
        return task

    def _journal(self) -> RetryingJournal:
        """The journal, whatever state it is found in, and beside it the copy of the passes that were used."""
        configuration, machine, time = self.configuration, self.machine, self.machine.time
        unset = SystemClock(lambda: None, time.synchronised, now=time.now, monotonic=time.monotonic)
        used = UsedCopy(configuration.registry.folder / USED_COPY, machine.storage)
        self.running.callback(used.close)
        path, gate = configuration.journal.path, configuration.gate.id
        journal = retrying_journal(path, gate, unset.wall, used, machine.journal_ports)
        self.running.callback(journal.close)
        return journal

    def _registry(self, clock: SystemClock, engine: str) -> RegistryService:
        """The registry that is held, and what verifies and swaps in those that come."""
        gate = self.configuration.gate
        return registry_service_of(
            self.configuration.registry,
            gate.site,
            engine,
            clock.wall,
            self.report,
            gate=gate.id,
            monotonic=self.machine.time.monotonic,
        )

    def _vision(self, shown: Callable[[Report], bool]) -> Vision:
        """The vision worker, whose reports go to the main loop, but for what is `shown` to the staff."""
        vision = self.machine.vision(WorkerTask(self.configuration.vision))
        vision.start(lambda said: None if shown(said) else self.report(said))
        self.running.callback(vision.stop)
        return vision

    def _thermometer(self) -> ThermometerWatch | None:
        monotonic = self.machine.time.monotonic
        thermometer = watched_thermometer(self.configuration.thermometer, monotonic, self.wake)
        if thermometer is not None:
            self.running.callback(thermometer.close)
            self._at_work("thermometer", thermometer.poll)
        return thermometer

    def _numbers(self, registry: RegistryService, rights: RightsHere) -> TypedNumbers:
        """What looks up, off the main loop, the numbers that people type."""
        numbers = TypedNumbers(
            self.configuration.registry.folder / TRIES,
            lambda: numbers_of(registry.holdings(), *rights.with_salt()),
            self.report,
            self.machine.time.monotonic,
        )
        numbers.wake = self._at_work("numbers", numbers.poll).wake
        return numbers

    def _announcer(
        self,
        controller: AccessController,
        registry: RegistryService,
        clock: SystemClock,
        published: Published,
    ) -> Announcer:
        """The voice and the screen, told what becomes of each person."""
        configuration, machine, lane = self.configuration, self.machine, self.lane.driver
        announcer = Announcer(
            configuration.prompts,
            configuration.gate.language,
            PromptSituation(
                controller.policy,
                controller.mode,
                controller.moves,
                lambda: bool(lane.state.out_of_order or lane.state.fault),
                controller.lets_nobody_in,
                registry.knows,
                scans=bool(configuration.scanner),
            ),
            clock,
            machine.player,
            machine.screen or PublishedScreen(published),
            ChosenLanguages(configuration.journal.path.with_name(LANGUAGES_FILE)),
            runner=machine.runner,
            monotonic=machine.time.monotonic,
        )
        return started(announcer, self.running)

    def _ports_of(
        self,
        loop: MainLoop,
        clock: SystemClock,
        controller: AccessController,
        withholding: Withholding,
        housekeeping: Housekeeping,
        rights: RightsHere,
        facts: GateFacts,
    ) -> GatePorts:
        """The gate, as its staff meet it."""
        gate = self.configuration.gate
        return GatePorts(
            gate.id,
            gate.site,
            gate.language,
            version("gatepost"),
            clock,
            loop.record,
            loop.note,
            self.lane.driver,
            controller.policy,
            withholding.holdings,
            housekeeping.locked_by,
            controller.verdict_of,
            rights,
            self.machine.entropy,
            facts,
        )

    def _note_start(self, loop: MainLoop, registry: RegistryService) -> None:
        """Write down what a gate says of itself when it starts."""
        held = registry.holdings()
        known = None if held is None else held.registry.version
        loop.note(GateStarted(version("gatepost"), self.configuration.digest(), known))
        loop.note_thresholds(None if held is None else held.thresholds)
