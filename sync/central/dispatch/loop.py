"""Sends whoever is next, goes on where nobody answers, and has the workers told."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from edge.errors import words_of
from sync.central.dispatch.core import Bounds, OfferEnd, TaskDue, TaskState, due_now
from sync.central.dispatch.notices import Notices
from sync.central.dispatch.reading import times_of
from sync.central.dispatch.rosters import OnDuty, choice_for, on_duty
from sync.central.dispatch.tables import is_live, task, task_offer
from sync.central.dispatch.tasks import Stuck, hand_on, keep_at_centre, send_to
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.central.waking import Waker

BY_ITSELF = "gatepost"
EVERY = 1.0
_AT_ONCE = 200


_Act = Callable[[sa.Connection, int, int], None]


class Holes(Protocol):
    """Is told where somebody is needed and nobody can be sent, in the transaction that notes it."""

    def hole(self, connection: sa.Connection, site: str, why: str, now: int) -> None: ...

    def hole_ended(self, connection: sa.Connection, site: str, now: int) -> None: ...


class DispatchLoop:
    """Looks after the tasks of `store`; `look` does one round. Rosters are in `zone`. `waker` is noticed
    where there may be a new task; `changed` is called after something was done with one.
    """

    def __init__(
        self,
        store: Store,
        bounds: Bounds,
        zone: ZoneInfo,
        notices: Notices,
        holes: Holes,
        wall: Callable[[], int],
        waker: Waker | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._bounds = bounds
        self._zone = zone
        self._notices = notices
        self._holes = holes
        self._wall = wall
        self._waker = waker or Waker()
        self._changed = changed
        self._said = ""
        self._log = structlog.get_logger("dispatch")

    def run(self, stop: Event) -> None:
        """Look after the tasks until `stop` is set."""
        while not stop.is_set():
            self.look()
            self._waker.wait(EVERY)

    def look(self) -> bool:
        """One round; returns whether all could be done. Each task has a transaction of its own: one that
        cannot be seen to holds no other back.
        """
        fault = ""
        for act, of in ((self._see_to, self._due), (self._notices.tell, self._untold)):
            fault = self._all(act, of) or fault
        if fault and fault != self._said:
            self._log.warning("not_looked", error=fault)
        self._said = fault
        return not fault

    # --- inside ----------------------------------------------------------------------------

    def _all(self, act: _Act, of: Callable[[int], list[int]]) -> str:
        """Do `act` with all that is due; returns what went wrong, if anything."""
        fault = ""
        try:
            now = self._wall()
            numbers = of(now)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said, and tried again
            return words_of(error)
        for number in numbers:
            try:
                with self._store.writing() as connection:
                    act(connection, number, now)
            except Exception as error:  # noqa: BLE001 - as above
                fault = words_of(error)
        if numbers:
            self._changed()
        return fault

    def _due(self, now: int) -> list[int]:
        """The tasks with which something is due, the most urgent first; none stands in another's way."""
        waits = task.c.state.in_([TaskState.OPEN.value, TaskState.SENT.value])
        query = sa.select(task).where(waits, is_live).order_by(task.c.severity, task.c.number)
        with self._store.reading() as connection:
            rows = connection.execute(query.limit(_AT_ONCE)).all()
            due = [row for row in rows if due_now(times_of(row), self._bounds, now) is not None]
            if not any(row.stuck for row in due):
                return [row.number for row in due]
            duty = on_duty(connection, EVERYWHERE, self._zone, now)
            return [
                row.number for row in due if not row.stuck or choice_for(connection, row.number, duty, now)
            ]

    def _see_to(self, connection: sa.Connection, number: int, now: int) -> None:
        """Do what is due with a task, where that is still so: another process may have been faster."""
        row = connection.execute(sa.select(task).where(task.c.number == number).with_for_update()).first()
        due = None if row is None or row.ended_at is not None else due_now(times_of(row), self._bounds, now)
        if row is None or due is None:
            return
        if due is TaskDue.GO_ON:
            hand_on(connection, EVERYWHERE, number, now, OfferEnd.NO_ANSWER)
        duty = on_duty(connection, EVERYWHERE, self._zone, now)
        choice = choice_for(connection, number, duty, now)
        if choice:
            send_to(connection, EVERYWHERE, number, choice[0].worker.number, BY_ITSELF, now)
            if row.stuck:
                self._end_hole(connection, row.site, now)
        else:
            self._keep(connection, row, duty, now)

    def _keep(
        self, connection: sa.Connection, row: sa.Row[tuple[object, ...]], duty: list[OnDuty], now: int
    ) -> None:
        """Nobody can be sent: the centre has the task, and is told."""
        ended = sa.select(task_offer.c.end).where(task_offer.c.task == row.number)
        ends = {*connection.execute(ended).scalars()} if duty else set()
        stuck = Stuck.NOBODY_ANSWERED if ends else Stuck.NOBODY_ON_DUTY
        stuck = Stuck.NOT_DELIVERED if OfferEnd.NOT_DELIVERED in ends else stuck
        keep_at_centre(connection, row.number, stuck)
        if row.stuck != stuck:
            self._holes.hole(connection, row.site, stuck, now)

    def _end_hole(self, connection: sa.Connection, site: str, now: int) -> None:
        left = sa.select(task.c.number).where(task.c.site == site, task.c.stuck != "", is_live).limit(1)
        if connection.execute(left).first() is None:
            self._holes.hole_ended(connection, site, now)

    def _untold(self, _: int) -> list[int]:
        query = sa.select(task_offer.c.number).where(
            task_offer.c.told_at.is_(None), task_offer.c.ended_at.is_(None)
        )
        with self._store.reading() as connection:
            return [*connection.execute(query.order_by(task_offer.c.number).limit(_AT_ONCE)).scalars()]
