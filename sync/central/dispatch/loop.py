"""Sends whoever is next, goes on where nobody answers, and has the workers told."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from edge.errors import words_of
from sync.central.dispatch.changed import forget_old_changes, has_old_changes
from sync.central.dispatch.core import TAKEN, Bounds, OfferEnd, TaskDue, TaskState, due_now
from sync.central.dispatch.notices import Notices
from sync.central.dispatch.reading import times_of
from sync.central.dispatch.rosters import (
    Coming,
    OnDuty,
    choice_for,
    choices_for,
    coming,
    in_reach,
    on_duty,
)
from sync.central.dispatch.tables import is_live, is_taken, task, task_offer
from sync.central.dispatch.tasks import Stuck, hand_on, keep_at_centre, send_to
from sync.central.dispatch.whereabouts import Whereabouts, at, whereabouts_of
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.central.waking import Waker

BY_ITSELF = "gatepost"
EVERY = 1.0
_AT_ONCE = 200


_Act = Callable[[sa.Connection, int, int], None]


class Holes(Protocol):
    """Is told where somebody is needed and nobody can be sent, in the transaction that notes it."""

    def hole(self, connection: sa.Connection, where: Whereabouts, why: str, now: int) -> None: ...

    def hole_ended(self, connection: sa.Connection, where: Whereabouts, now: int) -> None: ...


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
        for act, of in (
            (self._see_to, self._due),
            (self._say_left, self._left),
            (self._end_hole, self._filled),
            (self._notices.tell, self._untold),
            (lambda connection, *_: forget_old_changes(connection), self._old_changes),
        ):
            fault = self._all(act, of) or fault
        if fault and fault != self._said:
            self._log.warning("not_looked", error=fault)
        self._said = fault
        return not fault

    # --- inside ----------------------------------------------------------------------------

    def _old_changes(self, _: int) -> list[int]:
        """Something, where more changes are kept than anybody looks at."""
        with self._store.reading() as connection:
            return [0] if has_old_changes(connection) else []

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
            stuck = [row for row in due if row.stuck]
            if not stuck:
                return [row.number for row in due]
            # Read once, however many wait.
            duty, rosters = on_duty(connection, EVERYWHERE, self._zone, now), coming(connection, self._zone)
            choices = choices_for(connection, [row.number for row in stuck], duty, self._bounds, now)
            return [
                row.number
                for row in due
                if not row.stuck
                or choices[row.number]
                or (row.stuck == Stuck.WAITS_FOR_DUTY and not _comes(connection, row, rosters, now))
            ]

    def _see_to(self, connection: sa.Connection, number: int, now: int) -> None:
        """Do what is due with a task, where that is still so: another process may have been faster."""
        row = _locked(connection, number)
        due = None if row is None or row.ended_at is not None else due_now(times_of(row), self._bounds, now)
        if row is None or due is None:
            return
        nothing_arrives = row.stuck == Stuck.NOT_DELIVERED
        if due is TaskDue.GO_ON:
            end = hand_on(connection, EVERYWHERE, number, now, OfferEnd.NO_ANSWER)
            nothing_arrives = end is OfferEnd.NOT_DELIVERED
        duty = on_duty(connection, EVERYWHERE, self._zone, now)
        if choice := choice_for(connection, number, duty, self._bounds, now):
            send_to(connection, EVERYWHERE, number, choice[0].worker.number, BY_ITSELF, now)
            if not nothing_arrives:  # that somebody is tried again is no news until they answer
                self._end_hole(connection, number, now)
        else:
            self._keep(connection, row, duty, now)

    def _keep(self, connection: sa.Connection, row: sa.Row[Any], duty: list[OnDuty], now: int) -> None:
        """Nobody can be sent: the centre has the task, and is told, unless somebody comes in time."""
        ended = sa.select(task_offer.c.end).where(task_offer.c.task == row.number)
        near = in_reach(connection, row.number, duty)
        ends = {*connection.execute(ended).scalars()} if near else set()
        stuck = Stuck.NOBODY_ANSWERED if ends else Stuck.NOBODY_ON_DUTY
        stuck = Stuck.NOT_DELIVERED if OfferEnd.NOT_DELIVERED in ends else stuck
        if stuck is Stuck.NOBODY_ON_DUTY and _comes(connection, row, coming(connection, self._zone), now):
            stuck = Stuck.WAITS_FOR_DUTY
        if row.stuck != stuck:
            keep_at_centre(connection, row.number, stuck)
        is_known = row.hole_at is not None and stuck is Stuck.NOT_DELIVERED
        if stuck is not Stuck.WAITS_FOR_DUTY and row.stuck != stuck and not is_known:
            self._tell_hole(connection, row, stuck, now)

    def _left(self, now: int) -> list[int]:
        """The tasks whose holders went off duty, and should have been done with it."""
        since = sa.func.coalesce(task.c.arrived_at, task.c.on_way_at, task.c.accepted_at)
        late = (since + self._bounds.arrive <= now) & (task.c.due_at <= now)
        query = sa.select(task.c.number, task.c.worker).where(is_taken, task.c.stuck == "", late)
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(task.c.number).limit(_AT_ONCE)).all()
            if not rows:
                return []
            there = {each.worker.number for each in on_duty(connection, EVERYWHERE, self._zone, now)}
        return [row.number for row in rows if row.worker not in there]

    def _say_left(self, connection: sa.Connection, number: int, now: int) -> None:
        row = _locked(connection, number)
        if row is not None and row.state in TAKEN and not row.stuck:
            keep_at_centre(connection, number, Stuck.SHIFT_OVER)
            self._tell_hole(connection, row, Stuck.SHIFT_OVER, now)

    def _tell_hole(self, connection: sa.Connection, row: sa.Row[Any], stuck: Stuck, now: int) -> None:
        self._holes.hole(connection, whereabouts_of(row), stuck, now)
        noted = sa.update(task).where(task.c.number == row.number)
        connection.execute(noted.values(hole_at=sa.func.coalesce(task.c.hole_at, now)))

    def _filled(self, _: int) -> list[int]:
        """The tasks that somebody has, or that are over, of which the alarms were told."""
        waits = task.c.state.in_([TaskState.OPEN.value, TaskState.SENT.value])
        query = sa.select(task.c.number).where(task.c.hole_at.is_not(None), task.c.stuck == "", ~waits)
        with self._store.reading() as connection:
            return [*connection.execute(query.limit(_AT_ONCE)).scalars()]

    def _end_hole(self, connection: sa.Connection, number: int, now: int) -> None:
        """End the alarm that nobody has this task, where it says so of no other."""
        ours = (task.c.number == number) & task.c.hole_at.is_not(None) & (task.c.stuck == "")
        ended = sa.update(task).where(ours).values(hole_at=None).returning(task.c.site, task.c.place)
        row = connection.execute(ended).first()
        if row is None:
            return
        where = whereabouts_of(row)
        others = sa.select(task.c.number).where(at(where), task.c.hole_at.is_not(None)).limit(1)
        if connection.execute(others).first() is None:
            self._holes.hole_ended(connection, where, now)

    def _untold(self, _: int) -> list[int]:
        query = sa.select(task_offer.c.number).where(
            task_offer.c.told_at.is_(None), task_offer.c.ended_at.is_(None)
        )
        with self._store.reading() as connection:
            return [*connection.execute(query.order_by(task_offer.c.number).limit(_AT_ONCE)).scalars()]


def _locked(connection: sa.Connection, number: int) -> sa.Row[Any] | None:
    return connection.execute(sa.select(task).where(task.c.number == number).with_for_update()).first()


def _comes(connection: sa.Connection, row: sa.Row[Any], rosters: Coming, now: int) -> bool:
    """Whether somebody comes on duty before a task is due."""
    return row.due_at > now and rosters.before(connection, row.number, now, row.due_at)
