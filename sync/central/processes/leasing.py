"""Lets one process do what one does for all: it holds a lease for it, which another takes when it dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Protocol

import structlog

from sync.central.processes.leases import HELD_FOR, give_back, take
from sync.central.processes.outdated import parts_of_newer
from sync.central.processes.registering import now_of
from sync.central.store import Store, StoreError, newest_schema
from sync.central.units import SECOND

RENEWED_EVERY = 3.0
"""Seconds."""


class Loop(Protocol):
    """What runs until it is stopped."""

    def run(self, stop: Event) -> None: ...


class LeasedLoops:
    """Runs each of `loops`, a thread for each, while this process holds the lease of its name. What a loop
    does is done in transactions that two at once would do no harm to: a lease that ends in the middle of a
    round costs the round, no more. One thread renews all: `run`.

    It gives way to a process that knows a newer schema and runs the part that a lease `needs`: the ingester,
    unless that says another. What an older version cannot do any more would not be done.
    """

    def __init__(
        self,
        store: Store,
        holder: str,
        loops: Mapping[str, Loop],
        wall: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
        *,
        needs: Mapping[str, str] = {},
    ) -> None:
        self._store, self._holder = store, holder
        self._wall, self._clock = wall, clock
        self._works = {name: _Work(name, loop) for name, loop in loops.items()}
        self._needs = {name: needs.get(name, _INGESTER) for name in loops}
        self._schema = newest_schema()
        self._held_until = clock()
        self._log = structlog.get_logger("lease")

    def holds(self, name: str) -> bool:
        """Whether this process does what is called so."""
        return self._works[name].is_wanted

    def run(self, stop: Event) -> None:
        """Take what is free and renew what is held until `stop` is set; then give it back."""
        while not stop.is_set():
            self._look()
            stop.wait(RENEWED_EVERY)
        for work in self._works.values():
            work.end()
        for work in self._works.values():
            work.join()
        self._give_back()

    # --- inside ----------------------------------------------------------------------------

    def _look(self) -> None:
        began = self._clock()
        held = self._taken()
        if held is not None:
            self._held_until = began + HELD_FOR / SECOND
        elif self._clock() < self._held_until:
            return  # nobody else can have taken them yet
        for name, work in self._works.items():
            if held is None or name not in held:
                if work.is_wanted:
                    self._log.warning("lost", what=name)
                work.end()
            else:
                if not work.is_wanted:
                    self._log.info("taken", what=name, term=held[name])
                work.go_on()

    def _taken(self) -> dict[str, int] | None:
        """The leases that are held now; None: the database does not answer."""
        try:
            with self._store.writing() as connection:
                now = now_of(connection, self._wall())
                newer = parts_of_newer(connection, self._schema, now)
                theirs = {name for name, part in self._needs.items() if part in newer}
                if theirs:
                    give_back(connection, theirs, self._holder)
                return take(connection, self._works.keys() - theirs, self._holder, now)
        except StoreError as error:
            self._log.info("not_taken", error=error.what)
            return None

    def _give_back(self) -> None:
        try:
            with self._store.writing() as connection:
                give_back(connection, self._works, self._holder)
        except StoreError as error:
            self._log.info("not_given_back", error=error.what)


class _Work:
    """A loop, and its thread while it is wanted. What is ended ends its round; what has ended by itself while
    it is wanted begins anew, and a second never runs beside a first.
    """

    def __init__(self, name: str, loop: Loop) -> None:
        self._name, self._loop = name, loop
        self._stop = Event()
        self._thread: Thread | None = None
        self.is_wanted = False

    def go_on(self) -> None:
        self.is_wanted = True
        if self._thread is not None and self._thread.is_alive():
            return
        self._stop = Event()
        self._thread = Thread(target=self._loop.run, args=(self._stop,), name=self._name)
        self._thread.start()

    def end(self) -> None:
        self.is_wanted = False
        self._stop.set()

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()


_INGESTER = "ingester"
