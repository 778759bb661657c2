"""What a gate does between two people: the centre's commands, central's acknowledgements, pruning.

A little in each turn of the main loop, and never anything that waits: a decision comes after one small
transaction at most.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version

import msgspec
import structlog

from edge.commands.core import EntryHold
from edge.commands.handler import CommandHandler
from edge.commands.standing import StandingOrdersFile
from edge.configuration import GateConfiguration
from edge.decision import Mode
from edge.errors import DeviceError, GatepostError, JournalError
from edge.journal.format import AcknowledgementRefused, StandingOrdersDamaged, fields_of
from edge.journal.pruner import JournalPruner
from edge.journal.retrying import AnyJournal
from edge.lane.driver import LaneDriver
from edge.ports import Clock
from edge.runtime.clock_watch import ClockWatch
from edge.runtime.machine import THIS_COMPUTER, Machine
from edge.runtime.recognition import Holdings
from edge.runtime.update_news import TOLD_NAME, UpdateNews
from edge.signing.cose import Keys, keys_of
from edge.support.due import NEVER
from edge.support.files import READABLE_BY_GROUP, write_aside
from edge.support.throttle import Throttle

_REFUSED_AGAIN_AFTER = 3600.0
"""Seconds after which a refused acknowledgement is written down again. That too is acknowledged, and by a key
that is not known here the answer is refused again: once a minute, it would fill the journal by itself.
"""

_MARK_EVERY = 10.0
"""Seconds between two marks: the events of so long may be lost unnoticed with the end of a damaged log."""

HeldNow = Callable[[], Holdings | None]


class Housekeeping:
    """Housekeeping of one gate. Called by the main loop's thread."""

    def __init__(
        self,
        configuration: GateConfiguration,
        clock: Clock,
        journal: AnyJournal,
        lane: LaneDriver,
        holdings: HeldNow,
        watch: ClockWatch | None = None,
        machine: Machine = THIS_COMPUTER,
    ) -> None:
        self._clock = clock
        self._watch = watch
        self._journal = journal
        self._holdings = holdings
        self._throttle = Throttle(clock.monotonic, _REFUSED_AGAIN_AFTER)
        self._log = structlog.get_logger("edge.housekeeping")
        self._handler = CommandHandler(
            configuration.device,
            configuration.direction,
            self._command_keys,
            clock,
            journal,
            lane,
            GateServices(configuration, journal, lane, holdings),
            StandingOrdersFile(configuration.journal.path.with_name("standing-orders.json")),
            machine.entropy,
        )
        path, folder = configuration.commands.socket, configuration.journal.acknowledged
        told = configuration.journal.path.with_name(TOLD_NAME)
        self._updates = UpdateNews(configuration.commands.update_result, told)
        self._mark_at = float("-inf")
        self._hold_due = NEVER
        self._inbox = None if path is None else machine.commands(path)
        self._pruner = None
        if folder is not None:
            keep, keys = configuration.journal.keep, self._acknowledgement_keys
            self._pruner = JournalPruner(
                journal,
                folder,
                configuration.device,
                keys,
                keep=keep,
                on_time=None if watch is None else watch.receive,
                look_every=machine.look_every,
            )

    def start(self) -> None:
        """Put standing orders in force and listen; a gate without a socket for commands is still a gate."""
        self._look_at_clock()
        problem = self._handler.restore()
        if problem:
            self._log.error("standing_orders_damaged", problem=problem)
            with suppress(JournalError):
                damaged = StandingOrdersDamaged(problem, self._handler.locked)
                self._journal.append(damaged, self._clock.wall())
        if self._inbox is not None:
            try:
                self._inbox.open()
            except DeviceError as error:
                self._log.error("no_commands", error=str(error))

    def poll(self) -> float:
        """Do a little of what waits; returns when to do so again at the latest (monotonic seconds)."""
        received = [] if self._inbox is None else self._inbox.receive()
        for data in received:
            self._handler.handle(data)
        self._hold_due = self._handler.poll()
        if self._pruner is not None:
            self._look_after(self._pruner)
        self._mark_end(self._clock.monotonic())
        self._look_at_clock()
        self._look_at_updates()
        return self._clock.monotonic() if received else self._next_due()

    def stop(self) -> None:
        if self._inbox is not None:
            self._inbox.close()

    def _next_due(self) -> float:
        pruner = NEVER if self._pruner is None else self._pruner.next_due()
        mark = NEVER if self._journal.marked else self._mark_at
        watch = NEVER if self._watch is None else self._watch.next_due()
        return min(pruner, mark, self._hold_due, watch, self._updates.next_due())

    def ordered_mode(self) -> Mode | None:
        """The mode that the centre ordered; None: as the policy says."""
        return self._handler.mode

    def held_until(self) -> datetime | None:
        """Until when the centre holds entries; None: it does not."""
        hold = self._handler.hold
        return None if hold is None else hold.until

    def hold(self) -> EntryHold | None:
        """The hold of entries that the centre ordered and that is in force; None: entries are free."""
        return self._handler.hold

    def locked_by(self) -> str:
        """Who ordered the centre's lockdown that is in force; empty: there is none."""
        return self._handler.locked_by

    def _mark_end(self, now: float) -> None:
        """Mark where the journal ends, now and then: a card wears out by what is written."""
        if now >= self._mark_at and not self._journal.marked:
            self._journal.mark_end()
            self._mark_at = now + _MARK_EVERY

    def _look_after(self, pruner: JournalPruner) -> None:
        wall = self._clock.wall()
        try:
            for refused in pruner.poll(self._clock.monotonic(), wall):
                times = self._throttle.happened(refused.reason)
                if times:
                    event = AcknowledgementRefused(refused.name, refused.reason, times)
                    self._log.warning(event.kind.value, **fields_of(event))
                    self._journal.append(event, wall)
        except JournalError as error:
            self._log.error("journal_not_looked_after", error=str(error))

    def _look_at_clock(self) -> None:
        if self._watch is None:
            return
        for event in self._watch.poll(self._clock.wall(), self._clock.monotonic()):
            self._log.warning(event.kind.value, **fields_of(event))
            try:
                self._journal.append(event, self._clock.wall())
            except JournalError as error:
                self._log.error("event_not_recorded", kind=event.kind.value, error=str(error))

    def _look_at_updates(self) -> None:
        ended = self._updates.poll(self._clock.monotonic())
        if ended is None:
            return
        self._log.info(ended.kind.value, **fields_of(ended))
        try:
            self._journal.append(ended, self._clock.wall())
        except JournalError as error:
            self._log.error("event_not_recorded", kind=ended.kind.value, error=str(error))
        else:
            self._updates.note(ended)

    def _command_keys(self) -> Keys:
        held = self._holdings()
        return {} if held is None else keys_of(held.registry.root.command_keys)

    def _acknowledgement_keys(self) -> Keys:
        held = self._holdings()
        return {} if held is None else keys_of(held.registry.root.acknowledgement_keys)


class GateServices:
    """What a command may ask of a gate besides its lane."""

    def __init__(
        self,
        configuration: GateConfiguration,
        journal: AnyJournal,
        lane: LaneDriver,
        holdings: HeldNow,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._lane = lane
        self._holdings = holdings

    def diagnostics(self) -> dict[str, object]:
        held, last = self._holdings(), self._journal.last()
        return {
            "version": version("gatepost"),
            "registry": None if held is None else held.registry.version,
            "journal": None if last is None else last.sequence,
            "missed": self._journal.missed,
            "lane": self._lane.state.phase.value,
            "remembers": msgspec.to_builtins(self._lane.memory),
        }

    def request_update(self, wanted: str) -> str:
        """Leave word of the version for the updater: the gate itself installs nothing."""
        commands = self._configuration.commands
        path, needs = commands.update, commands.needed
        if path is None:
            raise GatepostError("no updater is configured", where="commands.update", remedy="docs/updates.md")
        if needs is not None and not needs.exists():
            raise GatepostError(
                "is not there: this gate takes no updates", where=str(needs), remedy="docs/updates.md"
            )
        try:
            write_aside(path, f"{wanted}\n".encode(), READABLE_BY_GROUP)
        except OSError as error:
            raise GatepostError(error.strerror or str(error), where=str(path)) from None
        return f"{wanted} is asked for"
