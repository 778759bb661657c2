"""Sends what waits, one way in a thread of its own; what is not taken is tried again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from random import Random
from threading import Event
from typing import Protocol

import sqlalchemy as sa
import structlog

from sync.central.delivery.core import USUAL, DeliveryOutcome, FailureRow, Waits, Way
from sync.central.delivery.queue import (
    CLAIMED_FOR,
    Delivery,
    MessageState,
    Try,
    claim_next,
    end_late,
    forget_old,
    has_due,
    is_untidy,
    record_try,
    take_unsent,
)
from sync.central.delivery.ways.protocol import Sender
from sync.central.store import Store, StoreError
from sync.central.waking import Waker

_AT_ONCE = 50
"""So many messages a round."""
EVERY = 1.0


class FailureListener(Protocol):
    """Is told what could not be sent, in the transaction that notes that it was told; that a way has failed
    again and again, with how often and what the other side said last; and that it works again.
    """

    def unsent(self, connection: sa.Connection, way: Way, found: Sequence[Delivery], now: int) -> None: ...

    def failing(
        self, connection: sa.Connection, way: Way, about: str, tries: int, words: str, now: int
    ) -> None: ...

    def sent_again(self, connection: sa.Connection, way: Way, now: int) -> None: ...


class DeliveryLoop:
    """Sends what is to go by `way`; `look` does one round. `random` draws how waits are spread. It says, too,
    what was to go by the ways that it `speaks_for`: by those nobody sends. `waker` is noticed where there
    may be a message. One that a process which died was sending, and with it what waits behind it for the same
    address, is tried again after `claimed_for`.
    """

    def __init__(
        self,
        store: Store,
        way: Way,
        sender: Sender,
        wall: Callable[[], int],
        random: Random,
        told: FailureListener,
        waits: Waits = USUAL,
        speaks_for: Collection[Way] = (),
        waker: Waker | None = None,
        claimed_for: int = CLAIMED_FOR,
    ) -> None:
        self._store = store
        self._way = way
        self._sender = sender
        self._wall = wall
        self._random = random
        self._told = told
        self._may_have_failed = True
        self._row = FailureRow()
        self._waits = waits
        self._claimed_for = claimed_for
        self._told_of = (way, *speaks_for)
        self._waker = waker or Waker()
        self._said = ""
        self._log = structlog.get_logger("delivery")

    def run(self, stop: Event) -> None:
        """Send until `stop` is set."""
        while not stop.is_set():
            try:
                self.look(stop)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is said, and tried again
                self._say("not_looked", f"{type(error).__name__}: {error}")
            self._waker.wait(EVERY)

    def look(self, stop: Event | None = None) -> int:
        """One round; returns how many messages were tried. It ends early where `stop` is set."""
        tried = 0
        try:
            self._tidy()
            while tried < _AT_ONCE and not (stop is not None and stop.is_set()) and self._send_one():
                tried += 1
        except StoreError as error:
            self._say("not_looked", str(error))
        else:
            self._said = "" if tried == 0 else self._said
        return tried

    # --- inside ----------------------------------------------------------------------------

    def _tidy(self) -> None:
        """Tell of what was not sent; but take no turn of the writers where there is nothing to do."""
        now = self._wall()
        with self._store.reading() as connection:
            if not any(is_untidy(connection, way, now) for way in self._told_of):
                return
        with self._store.writing() as connection:
            end_late(connection, now)
            forget_old(connection, now)
            for way in self._told_of:
                if unsent := take_unsent(connection, way, now):
                    self._told.unsent(connection, way, unsent, now)
                    self._may_have_failed = True

    def _send_one(self) -> bool:
        """Send the next message; whether there was one. No transaction is open while it is sent."""
        with self._store.reading() as connection:
            if not has_due(connection, self._way, self._wall()):
                return False
        with self._store.writing() as connection:
            found = claim_next(connection, (self._way,), self._wall(), self._claimed_for)
        if found is None:
            return False
        outcome, words = self._sender.send(found.number, found.message, self._wall())
        with self._store.writing() as connection:
            made = Try(self._wall(), outcome, words)
            state = record_try(connection, found, made, self._random.random(), self._waits)
            self._tell_of_way(connection, found.message.about, made)
        if state is not MessageState.SENT:
            self._say(state, f"{self._way}, {found.message.about}: {words}")
        return True

    def _tell_of_way(self, connection: sa.Connection, about: str, made: Try) -> None:
        """Say once that the way fails, though each message may still wait, and once that it works again."""
        row = self._row = self._row.after(made)
        if made.outcome is DeliveryOutcome.SENT and self._may_have_failed:
            self._told.sent_again(connection, self._way, made.at)
            self._may_have_failed = False
        elif row.is_failing(made.at) and not row.said:
            self._told.failing(connection, self._way, about, row.tries, made.words, made.at)
            self._may_have_failed, self._row = True, replace(row, said=True)

    def _say(self, event: str, words: str) -> None:
        if words != self._said:
            self._said = words
            self._log.warning(event, error=words)
