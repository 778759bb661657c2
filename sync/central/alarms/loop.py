"""Makes alarms, again and again: of what the journals and other parts told, of the accesses, of what is so
now.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import sqlalchemy as sa
import structlog

from edge.errors import GatepostError
from sync.central.alarms.core import AlarmKind, Cue
from sync.central.alarms.digesting import NOBODY, Senders, age, digest, is_mine
from sync.central.alarms.patterns import Followed, follow, has_new, seen_in_accesses
from sync.central.alarms.rules import RulesInForce
from sync.central.alarms.setting_right import is_ahead, set_right
from sync.central.alarms.states import seen_now
from sync.central.alarms.waiting import CauseGone, has_due
from sync.central.processes.waits import standby_waited_for
from sync.central.reported.receipts import RECEIPT_BOUND
from sync.central.store import Store
from sync.central.units import SECOND
from sync.central.waking import Waker

EVERY = 1.0
"""Seconds between two rounds where nobody notices anything, and after one that changed an alarm: what one
broken beam tells is one row of work a second at most.
"""
STATES_EVERY = 5 * SECOND
_STANDBY = "standby"


class AlarmLoop:
    """Makes the alarms of `store`; `look` does one round. `wall` gives microseconds since 1970 UTC. `changed`
    is called after alarms changed, and `senders` send people where a rule says so.
    """

    def __init__(
        self,
        store: Store,
        wall: Callable[[], int],
        *,
        receipt_bound: int = RECEIPT_BOUND,
        senders: Senders = NOBODY,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._wall = store, wall
        self._receipt_bound, self._senders, self._changed = receipt_bound, senders, changed
        self._states_at = 0
        self._waits_since: int | None = None
        self._waker = Waker()
        self._said = ""
        self._one_by_one = False
        self._log = structlog.get_logger("alarms")

    def notice(self) -> None:
        """Something was stored: the next round is now."""
        self._waker.notice()

    def run(self, stop: Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            if self.look():
                stop.wait(EVERY)
            else:
                self._waker.wait(EVERY)

    def look(self) -> bool:
        """One round, however much waits; returns whether an alarm changed. What fails is said once and tried
        again, each alarm for itself: one that always fails does not hold up the others.
        """
        changed = 0
        try:
            has_more = True
            while has_more:
                made, has_more = self._look(self._wall())
                changed += made
        except GatepostError as error:
            self._say(str(error))
        except Exception as error:  # noqa: BLE001 - what one cue says must not end all alarms
            self._say(f"{type(error).__name__}: {error}")
            self._one_by_one = True
        if changed:
            self._changed()
        return bool(changed)

    # --- inside ----------------------------------------------------------------------------

    def _look(self, now: int) -> tuple[int, bool]:
        """How many alarms changed, and whether there is more to do at once."""
        are_states_due = not 0 <= now - self._states_at < STATES_EVERY
        if are_states_due:
            self._set_right(now)
        with self._store.reading() as connection:
            states = self._states(connection, now) if are_states_due else []
            accesses = seen_in_accesses(connection) if has_new(connection) else None
            has_work = bool(states) or accesses is not None or has_due(connection, now)
        if are_states_due:
            self._states_at = now
        if not has_work and not are_states_due:
            return 0, False
        with self._store.writing() as connection:
            if not is_mine(connection):
                return 0, False
            return self._made(connection, states, accesses, now, ages=are_states_due)

    def _set_right(self, now: int) -> None:
        with self._store.reading() as connection:
            if not is_ahead(connection, now):
                return
        with self._store.writing() as connection:
            if is_mine(connection):
                set_right(connection, now)

    def _states(self, connection: sa.Connection, now: int) -> list[Cue | CauseGone]:
        """What is so now of the gates, and of the database."""
        names = standby_waited_for(connection)
        self._waits_since = None if names is None else min(self._waits_since or now, now)
        cues: list[Cue] = []
        if names is not None:
            at, values = self._waits_since or now, {"detail": names}
            cues.append(Cue(AlarmKind.STANDBY_AWAY, None, None, _STANDBY, at, values=values))
        return seen_now(connection, now, self._receipt_bound, cues)

    def _made(
        self,
        connection: sa.Connection,
        states: list[Cue | CauseGone],
        accesses: Followed | None,
        now: int,
        *,
        ages: bool,
    ) -> tuple[int, bool]:
        grounds = RulesInForce(connection)
        taken = accesses is not None and follow(connection, accesses, now)
        seen = [*states, *(accesses.cues if accesses is not None and taken else ())]
        done = digest(connection, seen, now, self._senders, grounds, one_by_one=self._one_by_one)
        if done.failures:
            self._say("; ".join(done.failures[:3]))
        elif not done.has_more:
            self._said, self._one_by_one = "", False
        aged = age(connection, now, grounds) if ages else 0
        return done.changed + aged, done.has_more or (accesses is not None and taken and accesses.has_more)

    def _say(self, what: str) -> None:
        if what != self._said:
            self._said = what
            self._log.warning("no_alarms_made", error=what)
