"""Gives versions out: asks the gates that are due, begins the next stage, and stops where too many fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event

import sqlalchemy as sa
import structlog

from edge.commands.core import CommandKind, CommandOutcome
from edge.errors import words_of
from edge.journal.format import UpdateEnd
from sync.central.accounts.actor import SYSTEM
from sync.central.commands.requests import CommandRequestState, request_command
from sync.central.over import APART
from sync.central.reported.tables import command_request
from sync.central.rollouts.core import RolloutStep, next_step
from sync.central.rollouts.following import LONGEST_WHY
from sync.central.rollouts.rollouts import Rollout, end, gates_of, rollouts
from sync.central.rollouts.tables import rollout, rollout_gate
from sync.central.store import Store, StoreError
from sync.central.tables import device
from sync.central.units import MINUTE

EVERY = 5.0
"""Seconds between two looks."""
_MOST_AT_ONCE = 50
"""Gates that are asked in one transaction, at most: ingesting waits for it."""
BY_HAND_AFTER = 45 * MINUTE
"""Microseconds after which a gate that was asked, and runs the version, has said how that ended: its unit may
take 40 minutes for it. One that has not got the version otherwise.
"""
_FINAL = (CommandOutcome.FAILED, CommandOutcome.UNKNOWN)


class RolloutLoop:
    """Looks after the roll-outs in `store`; `look` does one round. Several processes may run one each."""

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall
        self._log = structlog.get_logger("rollouts")

    def run(self, stop: Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            self.look()
            stop.wait(EVERY)

    def look(self) -> int:
        """One round; returns how many gates were asked."""
        try:
            with self._store.reading() as connection:
                running = rollouts(connection, running=True)
        except Exception as error:  # noqa: BLE001 - a loop that ended would stop no roll-out any more
            self._log.warning("rollouts_not_read", error=words_of(error))
            return 0
        return sum(self._tried(each, self._wall()) for each in running)

    # --- inside ----------------------------------------------------------------------------

    def _tried(self, held: Rollout, now: int) -> int:
        """One roll-out; what fails of it stops no other."""
        try:
            return self._one(held, now)
        except StoreError as error:
            self._log.warning("rollouts_not_read", rollout=held.number, error=str(error))
        except Exception:  # noqa: BLE001 - as above
            self._log.exception("rollouts_not_looked_after", rollout=held.number)
        return 0

    def _one(self, held: Rollout, now: int) -> int:
        with self._store.writing() as connection:
            _set_right(connection, held, now)
            _take_up(connection, held, now)
            _take_refusals(connection, held, now)
            step = next_step(held.rules, held.stage, gates_of(connection, held.number, now), now)
            if step.stop or step.is_over:
                if end(connection, held.number, now, str(step.stop or "")):
                    self._log.warning("rollout_ended", rollout=held.number, stopped=str(step.stop or ""))
                return 0
            _move(connection, held, step)
            return sum(self._ask(connection, held, name, now) for name in step.ask[:_MOST_AT_ONCE])

    def _ask(self, connection: sa.Connection, held: Rollout, name: str, now: int) -> bool:
        """Ask a gate for the version, in the caller's transaction; False where it takes no command."""
        actor, why = replace(SYSTEM, name=held.actor), held.why or f"roll-out {held.number}"
        kinds = (CommandKind.TAKE_UPDATE,)
        try:
            number = request_command(connection, actor, name, kinds[0], held.version, why, now, offered=kinds)
        except StoreError as error:  # retired meanwhile
            self._log.warning("gate_not_asked", device=name, error=str(error))
            return False
        mine = (rollout_gate.c.rollout == held.number) & (rollout_gate.c.device == name)
        connection.execute(sa.update(rollout_gate).where(mine).values(asked_at=now, request=number))
        return True


def _set_right(connection: sa.Connection, held: Rollout, now: int) -> None:
    """Date now what is dated later: the clock was ahead, or is set back. Until it was there again no gate was
    dark or asked again, no stage over, and no gate's word of how it ended taken. When they were seen is set
    right by who makes the alarms.
    """
    latest = now + APART
    mine = (rollout.c.number == held.number) & (rollout.c.begun_at > latest)
    connection.execute(sa.update(rollout).where(mine).values(begun_at=now))
    for column in (rollout_gate.c.asked_at, rollout_gate.c.ended_at):
        late = (rollout_gate.c.rollout == held.number) & (column > latest)
        connection.execute(sa.update(rollout_gate).where(late).values({column: now}))


def _take_up(connection: sa.Connection, held: Rollout, now: int) -> None:
    """A gate that reports the version has it, also where somebody installed it by hand: before it was asked,
    or since, where it had the time to say itself how that ended.
    """
    has_it = sa.select(device.c.id).where(device.c.software == held.version)
    mine = (rollout_gate.c.rollout == held.number) & (rollout_gate.c.how == "")
    found = sa.update(rollout_gate).where(mine, rollout_gate.c.device.in_(has_it))
    asked = rollout_gate.c.asked_at
    connection.execute(found.where(asked.is_(None)).values(how=UpdateEnd.INSTALLED))
    installed = {"how": UpdateEnd.INSTALLED, "ended_at": now}
    connection.execute(found.where(asked < now - BY_HAND_AFTER).values(installed))


def _take_refusals(connection: sa.Connection, held: Rollout, now: int) -> None:
    """A gate that answers that it cannot take an update has refused it: asked again it would say the same."""
    said = sa.select(command_request.c.text).where(command_request.c.number == rollout_gate.c.request)
    refused = sa.select(command_request.c.number).where(
        command_request.c.state == CommandRequestState.ANSWERED, command_request.c.outcome.in_(_FINAL)
    )
    found = sa.update(rollout_gate).where(
        rollout_gate.c.rollout == held.number, rollout_gate.c.how == "", rollout_gate.c.request.in_(refused)
    )
    why = sa.func.substr(sa.func.coalesce(said.scalar_subquery(), ""), 1, LONGEST_WHY)
    connection.execute(found.values(how=UpdateEnd.REFUSED, why=why, ended_at=now))


def _move(connection: sa.Connection, held: Rollout, step: RolloutStep) -> None:
    if step.stage != held.stage:
        as_it_was = (rollout.c.number == held.number) & (rollout.c.stage == held.stage)
        connection.execute(sa.update(rollout).where(as_it_was).values(stage=step.stage))
