"""The composition root: one gate, started in order and stopped in reverse.

What is polled here, and waits nowhere, takes from one queue what the others report: the vision worker (a
child process), the lane and the registry service (tasks, each in a thread of its own).
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib.metadata import version
from queue import SimpleQueue
from typing import Self

import structlog

from edge.configuration import GateConfiguration
from edge.devices.clock import SystemClock
from edge.errors import GatepostError, JournalError
from edge.journal.format import GateStarted, GateStopped
from edge.journal.retrying import RetryingJournal, retrying_journal
from edge.journal.tables import JournalInUse
from edge.journal.used_copy import FILE_NAME as USED_COPY
from edge.journal.used_copy import UsedCopy
from edge.prompts.announcer import Announcer, GateView
from edge.prompts.chosen_languages import FILE_NAME as LANGUAGES_FILE
from edge.prompts.chosen_languages import ChosenLanguages
from edge.runtime.access_controller import AccessController
from edge.runtime.clock_watch import ClockWatch
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
from edge.staff.enrolment.factory import EnrolmentMeans
from edge.staff.installer.hardware import hardware_of
from edge.staff.ports import GateFacts, GatePorts
from edge.staff.screen import PublishedScreen, ScreenLanguage
from edge.staff.side import StaffSide, start_staff
from edge.staff.views.published import Published
from edge.support.due import NEVER
from edge.support.notify import Notifier
from edge.support.tasks import Poll, Running
from edge.thermometry.factory import watched_thermometer
from edge.vision.configuration import ENGINE_NAMES, WorkerTask

POLL = 0.2
"""Seconds that the main loop waits for a report at most: it goes round at least so often."""

_TRY_AGAIN_AFTER = 5.0
"""Seconds between two attempts to start what a lane alone does without."""

_RUN_BYTES = 6
_STOPS_WITHIN = 5.0
"""Seconds by which a stop is put off, again and again, while a fire keeps the barrier open."""


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
    starting = Starting(configuration, machine, lane, reports, report, wake, listener)
    return Gate(starting, running, until_finished=until_finished)


class Gate:
    """A gate at work: polled by one thread, then closed. All but its lane starts in a poll."""

    def __init__(self, starting: Starting, running: ExitStack, *, until_finished: bool) -> None:
        self._starting = starting
        self._running = running
        self._until_finished = until_finished
        self._lane = starting.lane
        self._monotonic = starting.machine.time.monotonic
        self._look_every = starting.machine.look_every
        self._notifier = starting.machine.notifier or Notifier(os.environ)
        self._rest: Rest | None = None
        self._tried = False
        self._start_at = self._monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything in reverse, the lane last."""
        self._running.close()

    def goes_on(self, *, asked_to_stop: bool) -> bool:
        """Whether the gate is to be polled again: as long as a fire keeps the barrier open, and until all but
        the lane was started once, since nobody else writes down what the button has opened meanwhile.
        """
        finished = self._until_finished and self._rest is not None and self._rest.loop.finished
        return self._lane.driver.must_go_on or not (self._tried and (asked_to_stop or finished))

    def poll(self) -> float:
        """Do what is due, and never wait; returns when to be polled again at the latest (monotonic seconds).

        Raises JournalInUse where another process writes the journal.
        """
        rest = self._rest or self._begun()
        due = self._start_at if rest is None else rest.poll()
        return min(due, self._lane.keep_memory(), self._monotonic() + self._look_every)

    @property
    def lives(self) -> bool:
        """Whether its lane is stepped, and somebody watches for people."""
        watched = self._rest is None or self._rest.vision.working
        return watched and self._lane.lives(self._monotonic())

    def show_life(self, *, asked_to_stop: bool) -> None:
        """Tell systemd that the gate lives: also where a stop was asked for and has to wait."""
        if asked_to_stop and self._lane.driver.must_go_on:
            text = "a fire: the barrier stays open, and so does the gate"
            self._notifier.stopping_later(_STOPS_WITHIN, text)
        if self.lives:
            self._notifier.alive()

    def _begun(self) -> Rest | None:
        """All the rest at work; None where it cannot start, and is not to be tried yet."""
        if self._monotonic() < self._start_at:
            return None
        gate, self._tried = self._starting.configuration.gate, True
        try:
            with ExitStack() as running:
                self._rest = self._starting.rest(running)
                self._notifier.ready(f"gate {gate.id} of {gate.site}")
                running.callback(self._notifier.stopping)
                self._running.enter_context(running.pop_all())
        except (GatepostError, OSError, sqlite3.Error) as error:
            if self._until_finished or isinstance(error, JournalInUse):
                raise
            structlog.get_logger("edge.gate").error("gate_not_started", error=str(error))
            self._notifier.ready(f"the button works, and nothing else: {error}")
            self._start_at = self._monotonic() + _TRY_AGAIN_AFTER
        return self._rest


@dataclass(frozen=True)
class Rest:
    """What is polled once all of a gate is at work."""

    loop: MainLoop
    housekeeping: Housekeeping
    staff: StaffSide | None
    vision: Vision
    journal: RetryingJournal
    clock: SystemClock

    def poll(self) -> float:
        """Do what is due; returns when to be polled again at the latest."""
        due = NEVER if self.staff is None else self.staff.poll()
        due = min(due, self.loop.poll(), self.housekeeping.poll())
        with suppress(JournalError):
            self.journal.recover(self.clock.wall())
        return min(due, self.journal.next_due())


@dataclass(frozen=True)
class Starting:
    """All of a gate but its lane, which lives already: started together, or tried again."""

    configuration: GateConfiguration
    machine: Machine
    lane: LaneAtWork
    reports: SimpleQueue[Reported]
    report: Callable[[Reported], None]
    wake: Callable[[], None]
    listener: Listener | None

    def rest(self, running: ExitStack) -> Rest:
        """Everything at work, to be ended by `running` in reverse. Raises GatepostError."""
        configuration, gate, machine = self.configuration, self.configuration.gate, self.machine
        lane, report, time = self.lane.driver, self.report, self.machine.time

        def at_work(name: str, poll: Poll) -> Running:
            task = machine.runner(name, poll)
            running.callback(task.stop)
            return task

        unset = SystemClock(lambda: None, time.synchronised, now=time.now, monotonic=time.monotonic)
        used = UsedCopy(configuration.registry.folder / USED_COPY, machine.storage)
        running.callback(used.close)
        journal = retrying_journal(
            configuration.journal.path, gate.id, unset.wall, used, machine.journal_ports
        )
        running.callback(journal.close)
        # What is done last, while only lane, count and journal still run: nothing that the lane says is lost,
        # or left uncounted.
        last_words = running.enter_context(ExitStack())

        # registry, verified → subject, policy; the clock's trust → situation
        watch = ClockWatch(journal, lambda: registry.holdings(), time.synchronised)  # noqa: PLW0108 - made below
        clock = watch.clock(time)
        engine = ENGINE_NAMES[configuration.vision.engine]
        registry = registry_service_of(
            configuration.registry,
            gate.site,
            engine,
            clock.wall,
            report,
            gate=gate.id,
            monotonic=time.monotonic,
        )
        registry.load()
        at_work("registry", registry.poll)
        # without the faces of those who withdrew their consent here
        withholding = Withholding(registry.holdings, configuration.enrolment.folder)

        # camera → vision worker → sightings; scanners and keypads → codes and numbers
        staff: StaffSide | None = None  # asks for pictures once it is there, and gets them past the main loop
        vision = machine.vision(WorkerTask(configuration.vision))
        vision.start(
            lambda said: report(said) if staff is None or not staff.shows(said) else None,
        )
        running.callback(vision.stop)
        start_scanners(configuration.scanner, report, running, machine)

        # commands and acknowledgements; the count; the thermometer
        housekeeping = started(
            Housekeeping(configuration, clock, journal, lane, registry.holdings, watch, machine), running
        )
        counter = start_counter(
            configuration, self.lane.board, journal, registry.holdings, report, running, machine
        )
        last_words.callback(counter.close)
        thermometer = watched_thermometer(configuration.thermometer, time.monotonic, self.wake)
        if thermometer is not None:
            running.callback(thermometer.close)
            at_work("thermometer", thermometer.poll)

        # what staff give visitors here; numbers that people type: looked up off the main loop
        rights = RightsHere()
        numbers = TypedNumbers(
            configuration.registry.folder / TRIES,
            lambda: numbers_of(registry.holdings(), *rights.with_salt()),
            report,
            time.monotonic,
        )
        numbers.wake = at_work("numbers", numbers.poll).wake

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
        announcer = started(
            Announcer(
                configuration.prompts,
                gate.language,
                GateView(
                    controller.policy,
                    controller.mode,
                    controller.moves,
                    lambda: bool(lane.state.out_of_order or lane.state.fault),
                    registry.knows,
                    scans=bool(configuration.scanner),
                ),
                clock,
                machine.player,
                machine.screen or PublishedScreen(published),
                ChosenLanguages(configuration.journal.path.with_name(LANGUAGES_FILE)),
                runner=machine.runner,
                monotonic=time.monotonic,
            ),
            running,
        )
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
            controller.mode,
            watch.central,
            housekeeping.hold,
            None if newest is None else (newest.epoch, newest.sequence),
            thermometer,
        )
        staff = start_staff(
            configuration.staff,
            self._ports_of(loop, clock, controller, withholding, housekeeping, rights, facts),
            hardware_of(configuration, self.lane, vision, thermometer, controller, clock, machine.recent_log),
            published,
            ScreenLanguage(announcer.choose),
            lambda: self.lane.lives(clock.monotonic()),
            configuration.lets_through,
            configuration.journal.path,
            machine,
            self.wake,
            running,
            EnrolmentMeans(
                configuration.enrolment,
                registry.sealing_key,
                engine,
                vision,
                withholding,
            ),
        )

        loop.note(_started_as(configuration, registry))
        held = registry.holdings()
        loop.note_thresholds(None if held is None else held.thresholds)
        last_words.callback(loop.note, GateStopped())
        last_words.callback(loop.drain)
        last_words.callback(self.lane.keep_memory)
        last_words.callback(self.lane.task.stop)
        return Rest(loop, housekeeping, staff, vision, journal, clock)

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


def _started_as(configuration: GateConfiguration, registry: RegistryService) -> GateStarted:
    """What a gate says of itself when it starts."""
    held = registry.holdings()
    return GateStarted(
        version("gatepost"),
        configuration.digest(),
        None if held is None else held.registry.version,
    )
