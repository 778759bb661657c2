"""Lets one process do what one does for all: it holds a lease, which another takes when it dies."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol

import sqlalchemy as sa
import structlog

from sync.central.processes.registering import now_of
from sync.central.processes.tables import lease
from sync.central.server import wait_for_no_standby
from sync.central.store import Store, StoreError, insert_unless_there
from sync.central.units import SECOND

HELD_FOR = 10 * SECOND
RENEWED_EVERY = 3.0
"""Seconds."""


class Loop(Protocol):
    """What runs until it is stopped."""

    def run(self, stop: Event) -> None: ...


def take(connection: sa.Connection, name: str, holder: str, now: int) -> int | None:
    """Take or renew a lease; returns its term, which rises with each new holder; None: another holds it."""
    connection.execute(insert_unless_there(connection, lease), {"name": name} | _NOBODYS)
    row = connection.execute(sa.select(lease).where(lease.c.name == name).with_for_update()).one()
    if row.holder != holder and row.until > now:
        return None
    term: int = row.term + (row.holder != holder)
    values = {"holder": holder, "term": term, "until": now + HELD_FOR}
    connection.execute(sa.update(lease).where(lease.c.name == name).values(values))
    return term


def give_back(connection: sa.Connection, name: str, holder: str) -> None:
    """Let another take a lease at once."""
    mine = (lease.c.name == name) & (lease.c.holder == holder)
    connection.execute(sa.update(lease).where(mine).values(until=0))


class LeasedLoop:
    """Runs `loop` while this process holds the lease `name`. What the loop does is done in transactions that
    two at once would do no harm to: a lease that ends in the middle of a round costs the round, no more. On
    SQLite, which is of one machine, each process works.
    """

    def __init__(self, store: Store, name: str, holder: str, loop: Loop, wall: Callable[[], int]) -> None:
        self._store, self._name, self._holder = store, name, holder
        self._loop, self._wall = loop, wall
        self._log = structlog.get_logger("lease")

    def run(self, stop: Event) -> None:
        """Wait for the lease, work while it is held, and give it back at the end."""
        if not self._store.is_on_server:
            self._loop.run(stop)
            return
        while not stop.is_set():
            if self._take() is not None:
                self._work(stop)
            stop.wait(RENEWED_EVERY)
        self._give_back()

    # --- inside ----------------------------------------------------------------------------

    def _work(self, stop: Event) -> None:
        ended = Event()
        working = Thread(target=self._loop.run, args=(ended,), name=self._name)
        self._log.info("taken", what=self._name)
        working.start()
        while not stop.wait(RENEWED_EVERY) and self._take() is not None:
            pass
        ended.set()
        working.join()

    def _take(self) -> int | None:
        try:
            with self._store.writing() as connection:
                wait_for_no_standby(connection)
                return take(connection, self._name, self._holder, now_of(connection, self._wall()))
        except StoreError as error:
            self._log.info("not_taken", what=self._name, error=error.what)
            return None

    def _give_back(self) -> None:
        try:
            with self._store.writing() as connection:
                wait_for_no_standby(connection)
                give_back(connection, self._name, self._holder)
        except StoreError as error:
            self._log.info("not_given_back", what=self._name, error=error.what)


_NOBODYS = {"holder": "", "term": 0, "until": 0}
