"""Commands at a gate: verified here, written down first, then carried out, once.

Nothing that carried a command (broker, sync process, socket) is trusted. A command is in the journal before
it is carried out, with the actor's name, its nonce and its counter, in one transaction; if that cannot be
stored, nothing is done. A genuine command is answered, also where it is refused; the same command played
again, and what is not genuine, is counted and recorded at most once a minute for each reason, so that nobody
can fill the journal with junk.
"""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_bytes
from typing import Protocol

import msgspec
import structlog
from msgspec.structs import replace

from edge.commands.core import (
    Challenges,
    Command,
    CommandKind,
    CommandOutcome,
    CommandResult,
    EntryHold,
    Objection,
    Refusals,
    SignedCommand,
    hold_again,
    hold_of,
    mode_of,
    objection,
    order_objection,
    read_command,
)
from edge.commands.standing import StandingOrders, StandingOrdersFile
from edge.decision import Direction, Mode
from edge.errors import GatepostError, JournalError
from edge.journal.format import (
    CommandRefused,
    CommandResultEvent,
    CommandTaken,
    CommandUse,
    EntriesReleased,
    HoldEnd,
)
from edge.lane.machine import Cause, Grant, Lock, Reset, Signal, Unlock
from edge.ports import Clock, EventLog
from edge.signing.cose import Keys, MessageRefused, microseconds
from edge.support.due import NEVER
from edge.support.throttle import Throttle

_MOST_TEXT = 1000
_CHALLENGE_BYTES = 16
_LOOKS_AGAIN = 1.0
"""Seconds between two looks at a hold whose time is over by a clock that cannot be believed."""


class CommandedLane(Protocol):
    def submit(self, signal: Signal) -> None:
        """Hand in a signal; never waits."""
        ...


class CommandServices(Protocol):
    """What commands use besides the lane."""

    def diagnostics(self) -> dict[str, object]:
        """The gate's condition, as a short table."""
        ...

    def request_update(self, version: str) -> str:
        """Ask the updater here for `version`; what becomes of it. Raises GatepostError."""
        ...


class CommandHandler:
    """Handles the commands of one gate. Called by one thread, the journal's."""

    def __init__(
        self,
        device: str,
        direction: Direction,
        keys: Callable[[], Keys],
        clock: Clock,
        journal: EventLog,
        lane: CommandedLane,
        services: CommandServices,
        file: StandingOrdersFile,
        entropy: Callable[[int], bytes] = token_bytes,
    ) -> None:
        self._device = device
        self._direction = direction
        self._keys = keys
        self._clock = clock
        self._journal = journal
        self._lane = lane
        self._services = services
        self._file = file
        self._standing = StandingOrders()
        self._hold: EntryHold | None = None
        self._throttle = Throttle(clock.monotonic)
        self._refusals = Refusals(clock.monotonic)
        self._asking = Refusals(
            clock.monotonic
        )  # apart: old commands, played again, keep no answer from them
        self._challenges = Challenges(clock.monotonic, lambda: entropy(_CHALLENGE_BYTES))
        self._log = structlog.get_logger("edge.commands")

    @property
    def mode(self) -> Mode | None:
        """The mode that central ordered; None: as the policy says."""
        return self._standing.mode

    @property
    def locked(self) -> bool:
        """Whether a lockdown is in force."""
        return self._standing.locked

    @property
    def locked_by(self) -> str:
        """Who ordered the lockdown that is in force; empty: there is none."""
        return (self._standing.by or "the centre") if self._standing.locked else ""

    @property
    def hold(self) -> EntryHold | None:
        """The hold of entries that is in force now; None: entries are free."""
        hold = self._hold
        over = hold is not None and hold.is_over(self._clock.wall(), self._clock.monotonic())
        return None if over else hold

    def restore(self) -> str:
        """Put in force the orders from before the restart; returns what is wrong with the file (empty:
        nothing).
        """
        self._standing, problem = self._file.read()
        if self._standing.locked:
            self._lane.submit(Lock(self._standing.by))
        if self._standing.hold is not None:
            self._hold = hold_again(self._standing.hold, self._clock.wall(), self._clock.monotonic())
            self._keep_hold()
        return problem

    def poll(self) -> float:
        """End a hold of entries that is over; returns when to look again (monotonic seconds)."""
        hold, now = self._hold, self._clock.monotonic()
        if hold is None:
            return NEVER
        if hold.is_over(self._clock.wall(), now):
            self._lapse(hold)
            return NEVER
        if now >= hold.charged:
            self._hold = hold = hold.charged_on(now)
            self._keep_hold()
        by_wall = now + max(0.0, (hold.until - self._clock.wall().at).total_seconds())
        return min(hold.ends, hold.charged, max(by_wall, now + _LOOKS_AGAIN))

    def handle(self, data: bytes) -> CommandResult | None:
        """Handle one command as it arrived; returns its result, which is in the journal; None: it is not
        genuine.
        """
        keys = self._keys()
        try:
            signed = read_command(data, self._device, keys)
        except MessageRefused as error:
            self._record_refusal(error.refusal.value)
            return None
        command = signed.command
        try:
            refused = self._refused(signed)
        except JournalError as error:
            refused = CommandOutcome.UNAVAILABLE, str(error)
        if refused is not None:
            return self._record_result(command, *refused, mark=False)
        try:
            self._take(signed, frozenset(key_id.hex() for key_id in keys))
        except JournalError as error:
            self._log.error("command_not_recorded", error=str(error))
            return self._result(command, CommandOutcome.FAILED, "the journal could not store it")
        outcome, text = self._carry_out(command)
        return self._record_result(command, outcome, text)

    # --- inside --------------------------------------------------------------------------------

    def _refused(self, signed: SignedCommand) -> Objection | None:
        """Why it is refused; None: carry it out. A new command uses up its challenge, whatever is said.

        Raises JournalError.
        """
        command = signed.command
        known = self._journal.known_of(command.nonce.hex(), signed.issuer.hex())
        refused = order_objection(command, known)
        if refused is not None:
            return refused
        echoed = None if command.challenge is None else self._challenges.use(command.challenge)
        return objection(command, self._clock.wall(), known, echoed=echoed)

    def _take(self, signed: SignedCommand, issuers: frozenset[str]) -> None:
        """Write down that it is about to be carried out; raises JournalError."""
        issuer, counter = signed.issuer.hex(), signed.command.counter
        taken = CommandTaken(*_asked(signed.command), issuer, counter)
        use = CommandUse(taken.nonce, issuer, counter, issuers)
        self._journal.append(taken, self._clock.wall(), used_command=use)

    def _carry_out(self, command: Command) -> tuple[CommandOutcome, str]:
        try:
            return CommandOutcome.DONE, self._DOES[command.kind](self, command)
        except (GatepostError, OSError) as error:  # what was to be expected is an answer, no traceback
            self._log.warning("command_failed", kind=command.kind.value, error=str(error))
            return CommandOutcome.FAILED, str(error)[:_MOST_TEXT]
        except Exception as error:  # noqa: BLE001 - the failure is the answer; the gate goes on
            self._log.exception("command_failed", kind=command.kind.value)
            return CommandOutcome.FAILED, str(error)[:_MOST_TEXT]

    def _open_once(self, command: Command) -> str:
        self._lane.submit(Grant(f"command {command.nonce.hex()}", self._direction, Cause.STAFF))
        return ""

    def _set_mode(self, command: Command) -> str:
        self._put_in_force(command, replace(self._standing, mode=mode_of(command)))
        return ""

    def _lock_down(self, command: Command) -> str:
        self._put_in_force(command, replace(self._standing, locked=True))
        self._lane.submit(Lock(command.actor))
        return ""

    def _lift_lock_down(self, command: Command) -> str:
        self._put_in_force(command, replace(self._standing, locked=False))
        self._lane.submit(Unlock(command.actor))
        return ""

    def _hold_entries(self, command: Command) -> str:
        hold = hold_of(command, self._clock.wall(), self._clock.monotonic())
        self._keep(replace(self._standing, hold=hold.kept))
        self._hold = hold
        return ""

    def _release_entries(self, _: Command) -> str:
        hold = self.hold
        if hold is None:
            return "no entries were held"
        self._journal.append(_released(hold, HoldEnd.ORDERED), self._clock.wall())
        self._keep(replace(self._standing, hold=None))
        self._hold = None
        return ""

    def _reset_lane(self, command: Command) -> str:
        self._lane.submit(Reset(command.actor, command.argument))
        return ""

    def _send_diagnostics(self, _: Command) -> str:
        return msgspec.json.encode(self._services.diagnostics()).decode()[:_MOST_TEXT]

    def _take_update(self, command: Command) -> str:
        return self._services.request_update(command.argument)[:_MOST_TEXT]

    _DOES = {  # noqa: RUF012 - a table of what is above
        CommandKind.OPEN_ONCE: _open_once,
        CommandKind.SET_MODE: _set_mode,
        CommandKind.LOCK_DOWN: _lock_down,
        CommandKind.LIFT_LOCK_DOWN: _lift_lock_down,
        CommandKind.HOLD_ENTRIES: _hold_entries,
        CommandKind.RELEASE_ENTRIES: _release_entries,
        CommandKind.RESET_LANE: _reset_lane,
        CommandKind.SEND_DIAGNOSTICS: _send_diagnostics,
        CommandKind.TAKE_UPDATE: _take_update,
    }

    def _put_in_force(self, command: Command, orders: StandingOrders) -> None:
        """Put orders in force, now and after a restart; raises OSError where they cannot be stored."""
        self._keep(replace(orders, by=command.actor, since=self._clock.wall().at))

    def _keep(self, orders: StandingOrders) -> None:
        self._file.write(orders)
        self._standing = orders

    def _keep_hold(self) -> None:
        """Store how much of the hold is used up; where that fails it goes on all the same, and ends."""
        try:
            self._keep(replace(self._standing, hold=None if self._hold is None else self._hold.kept))
        except OSError as error:
            self._log.error("standing_orders_not_stored", error=str(error))

    def _lapse(self, hold: EntryHold) -> None:
        self._hold = None
        self._keep_hold()
        event = _released(hold, HoldEnd.LAPSED)
        self._log.info(event.kind.value, by=hold.by)
        try:
            self._journal.append(event, self._clock.wall())
        except JournalError as error:
            self._log.error("event_not_recorded", kind=event.kind.value, error=str(error))

    def _record_result(
        self, command: Command, outcome: CommandOutcome, text: str, *, mark: bool = True
    ) -> CommandResult:
        """Record the result and return it; for a refused command once, and a limited number a minute."""
        unsure = outcome is CommandOutcome.UNSURE
        challenge = self._challenges.ask() if unsure else None
        event = CommandResultEvent(*_asked(command), outcome.value, text, (challenge or b"").hex())
        answered = self._asking if unsure else self._refusals
        if mark or answered.is_first(command.nonce) or self._throttle.happened(outcome.value):
            try:
                self._journal.append(event, self._clock.wall())
            except JournalError as error:
                self._log.error("command_result_not_recorded", error=str(error))
        return self._result(command, outcome, text, challenge)

    def _result(
        self,
        command: Command,
        outcome: CommandOutcome,
        text: str,
        challenge: bytes | None = None,
    ) -> CommandResult:
        self._log.info("command", kind=command.kind.value, actor=command.actor, outcome=outcome.value)
        at = microseconds(self._clock.wall().at)
        return CommandResult(command.nonce, outcome, at, text, challenge)

    def _record_refusal(self, reason: str) -> None:
        self._log.warning("command_refused", reason=reason)
        times = self._throttle.happened(reason)
        if not times:
            return
        try:
            self._journal.append(CommandRefused(reason, times), self._clock.wall())
        except JournalError as error:
            self._log.error("event_not_recorded", error=str(error))


def _released(hold: EntryHold, end: HoldEnd) -> EntriesReleased:
    return EntriesReleased(hold.until, hold.by, hold.why, end)


def _asked(command: Command) -> tuple[str, str, str, str]:
    """What was asked, and by whom, as the journal writes it: nonce, command, argument, actor."""
    return command.nonce.hex(), command.kind.value, command.argument, command.actor
