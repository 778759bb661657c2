"""Gives versions out: asks the gates that are due, begins the next stage, and stops where too many fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event

import sqlalchemy as sa
import structlog

from edge.commands.core import CommandKind
from sync.central.accounts.actor import SYSTEM
from sync.central.commands.requests import request_command
from sync.central.rollouts.core import RolloutStep, next_step
from sync.central.rollouts.rollouts import Rollout, end, gates_of, rollouts
from sync.central.rollouts.tables import rollout, rollout_gate
from sync.central.store import Store, StoreError
from sync.central.tables import device

EVERY = 5.0
"""Seconds between two looks."""
_MOST_AT_ONCE = 50
"""Gates that are asked in one transaction, at most: ingesting waits for it."""


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
            return sum(self._one(each, self._wall()) for each in running)
        except StoreError as error:
            self._log.warning("rollouts_not_read", error=str(error))
        except Exception:  # noqa: BLE001 - a loop that ended would stop no roll-out any more
            self._log.exception("rollouts_not_looked_after")
        return 0

    # --- inside ----------------------------------------------------------------------------

    def _one(self, held: Rollout, now: int) -> int:
        with self._store.writing() as connection:
            _take_up(connection, held)
            step = next_step(held.rules, held.stage, gates_of(connection, held.number, now), now)
            if step.stop or step.is_over:
                if end(connection, held.number, now, step.stop):
                    self._log.warning("rollout_ended", rollout=held.number, stopped=step.stop)
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


def _take_up(connection: sa.Connection, held: Rollout) -> None:
    """A gate that reports the version has it, also where somebody installed it by hand."""
    has_it = sa.select(device.c.id).where(device.c.software == held.version)
    mine = (rollout_gate.c.rollout == held.number) & (rollout_gate.c.how == "")
    found = sa.update(rollout_gate).where(
        mine, rollout_gate.c.asked_at.is_(None), rollout_gate.c.device.in_(has_it)
    )
    connection.execute(found.values(how="installed"))


def _move(connection: sa.Connection, held: Rollout, step: RolloutStep) -> None:
    if step.stage != held.stage:
        as_it_was = (rollout.c.number == held.number) & (rollout.c.stage == held.stage)
        connection.execute(sa.update(rollout).where(as_it_was).values(stage=step.stage))
