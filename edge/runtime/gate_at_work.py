"""The gate at work: what one thread polls, from the lane alone to all of it, and what ends it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Protocol, Self

import structlog

from edge.configuration import GateSection
from edge.devices.clock import SystemClock
from edge.errors import GatepostError, JournalError
from edge.journal.retrying import RetryingJournal
from edge.journal.tables import JournalInUse
from edge.runtime.housekeeping import Housekeeping
from edge.runtime.lane_at_work import LaneAtWork
from edge.runtime.machine import Machine, Vision
from edge.runtime.main_loop import MainLoop
from edge.support.due import NEVER
from edge.support.notify import Notifier

_TRY_AGAIN_AFTER = 5.0
"""Seconds between two attempts to start what a lane alone does without."""

_STOPS_WITHIN = 5.0
"""Seconds by which a stop is put off, again and again, while a fire keeps the barrier open."""


class Polled(Protocol):
    """What does a little of its own when it is polled."""

    def poll(self) -> float:
        """Do what is due, and never wait; returns when to be polled again at the latest."""
        ...


@dataclass(frozen=True)
class PolledParts:
    """What is polled once all of a gate is at work.

    `start_staff` starts the staff's side, once; it gives None where there is none, and raises nothing.
    """

    loop: MainLoop
    housekeeping: Housekeeping
    start_staff: Callable[[], Polled | None]
    vision: Vision
    journal: RetryingJournal
    clock: SystemClock

    def poll(self, staff: Polled | None) -> float:
        """Do what is due; returns when to be polled again at the latest."""
        due = NEVER if staff is None else staff.poll()
        due = min(due, self.loop.poll(), self.housekeeping.poll())
        with suppress(JournalError):
            self.journal.recover(self.clock.wall())
        return min(due, self.journal.next_due())


class Gate:
    """A gate at work: polled by one thread, then closed. Its lane lives already; all else starts in a poll.

    `start_rest` starts all else, to be ended with what it is given (raises GatepostError), and is tried again
    where that failed; not so with `until_finished`. `running` ends the lane.
    """

    def __init__(
        self,
        section: GateSection,
        machine: Machine,
        lane: LaneAtWork,
        start_rest: Callable[[ExitStack], PolledParts],
        running: ExitStack,
        *,
        until_finished: bool,
    ) -> None:
        self._section = section
        self._start_rest = start_rest
        self._running = running
        self._until_finished = until_finished
        self._lane = lane
        self._monotonic = machine.time.monotonic
        self._look_every = machine.look_every
        self._notifier = machine.notifier or Notifier(os.environ)
        self._rest: PolledParts | None = None
        self._staff: Polled | None = None
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
        due = self._start_at if rest is None else rest.poll(self._staff)
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

    def _begun(self) -> PolledParts | None:
        """All the rest at work; None where it cannot start, and is not to be tried yet."""
        if self._monotonic() < self._start_at:
            return None
        self._tried = True
        try:
            with ExitStack() as running:
                rest = self._start_rest(running)
                self._notifier.ready(f"gate {self._section.id} of {self._section.site}")
                # Before the first decision, which asks for what staff have doubted.
                staff = rest.start_staff()
                running.callback(self._notifier.stopping)
                self._running.enter_context(running.pop_all())
                self._rest, self._staff = rest, staff
        except (GatepostError, OSError, sqlite3.Error) as error:
            if self._until_finished or isinstance(error, JournalInUse):
                raise
            structlog.get_logger("edge.gate").error("gate_not_started", error=str(error))
            self._notifier.ready(f"the button works, and nothing else: {error}")
            self._start_at = self._monotonic() + _TRY_AGAIN_AFTER
        return self._rest
