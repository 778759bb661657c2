"""Holds entries where a limit says stop, on and on while it does, and has gates asked for what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event

import sqlalchemy as sa
import structlog

from edge.decision import Crowding
from sync.central.accounts.actor import SYSTEM
from sync.central.audit.audit import note
from sync.central.entry_holds.asking import ask, due
from sync.central.entry_holds.core import AUTOMATIC_LENGTH, renewed
from sync.central.entry_holds.gates import about_of, entry_gates, gates_to_hold, where_of
from sync.central.entry_holds.holds import (
    LAPSED,
    RELIEVED,
    EntriesHold,
    HoldRefused,
    begin,
    end,
    held_devices,
    last_by_limit,
    move_end,
    move_gates,
    open_holds,
)
from sync.central.flow.core import is_where
from sync.central.flow.tables import flow_level
from sync.central.store import Store, StoreError
from sync.central.units import MINUTE

EVERY = 1.0
"""Seconds between two looks."""
FOLLOWED_EVERY = MINUTE
"""So often is looked whether a hold's gates are others by now."""
_WHY = "the limit is reached"


class EntryHoldLoop:
    """Looks after the holds in `store`; `look` does one round. Several processes may run one each."""

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall
        self._said: set[str] = set()
        self._followed_at = 0
        self._log = structlog.get_logger("entry_holds")

    def run(self, stop: Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            self.look()
            stop.wait(EVERY)

    def look(self) -> int:
        """One round; returns how many gates were asked for something."""
        try:
            return self._look(self._wall())
        except StoreError as error:
            self._say(str(error))
        except Exception:  # noqa: BLE001 - a loop that ended would hold, and release, nothing any more
            self._log.exception("holds_not_looked_after")
        return 0

    # --- inside ----------------------------------------------------------------------------

    def _look(self, now: int) -> int:
        with self._store.reading() as connection:
            stopped, held = _stopped(connection), _held_by_limit(connection, now)
            to_begin = [what for what in stopped if what not in held and _begins(connection, what, stopped)]
            to_move = [hold for what, hold in held.items() if _moves(hold, what in stopped, now)]
            to_follow = self._to_follow(connection, now)
            gates = due(connection, now)
        if to_begin or to_move or to_follow:
            with self._store.writing() as connection:
                for what in to_begin:
                    self._begin(connection, what, now)
                for hold in to_move:
                    _move(connection, hold, is_stopped=hold.what in stopped, now=now)
                for hold in to_follow:
                    _follow(connection, hold, now)
            with self._store.reading() as connection:
                gates = due(connection, now)
        if not gates:
            return 0
        with self._store.writing() as connection:
            return sum(ask(connection, name, what, now) for name, what in gates.items())

    def _to_follow(self, connection: sa.Connection, now: int) -> list[EntriesHold]:
        """The holds whose gates are others by now: enrolled, replaced, put into a zone since they began."""
        if abs(now - self._followed_at) < FOLLOWED_EVERY:
            return []
        self._followed_at = now
        return [
            hold
            for hold in _known_holds(connection, now)
            if _gates_of(connection, hold) != held_devices(connection, hold.number)
        ]

    def _begin(self, connection: sa.Connection, what: str, now: int) -> None:
        where = where_of(what)
        devices = [each.device for each in entry_gates(connection, where)]
        try:
            made = begin(
                connection, what, devices, SYSTEM.name, _WHY, now + AUTOMATIC_LENGTH, now, by_limit=True
            )
        except HoldRefused as error:
            self._say(f"{what}: {error}")
            return
        if made is not None:
            _note(connection, "hold_entries", made, now, {"gates": len(devices), "until": made.until})

    def _say(self, text: str) -> None:
        """Log it, once."""
        if text not in self._said:
            self._said = {*list(self._said)[-50:], text}
            self._log.warning("entries_not_held", error=text)


def _stopped(connection: sa.Connection) -> Mapping[str, int]:
    """What a limit stops, and since when."""
    query = sa.select(flow_level.c.what, flow_level.c.since).where(flow_level.c.level == Crowding.STOPPED)
    return {row.what: row.since for row in connection.execute(query) if is_where(row.what)}


def _known_holds(connection: sa.Connection, now: int) -> list[EntriesHold]:
    """The holds that this version knows of what they are: the others are a newer one's to follow and move."""
    return [hold for hold in open_holds(connection, now) if is_where(hold.what)]


def _held_by_limit(connection: sa.Connection, now: int) -> dict[str, EntriesHold]:
    return {hold.what: hold for hold in _known_holds(connection, now) if hold.by_limit}


def _begins(connection: sa.Connection, what: str, stopped: Mapping[str, int]) -> bool:
    """Whether a limit holds anew: not where somebody released it by hand, for as long as this stop lasts."""
    last = last_by_limit(connection, what)
    if last is None or last.ended_by in {None, LAPSED, RELIEVED}:
        return True
    return last.ended_at is None or last.ended_at < stopped[what]


def _moves(hold: EntriesHold, is_stopped: bool, now: int) -> bool:
    return not is_stopped or renewed(hold.until, now) != hold.until


def _move(connection: sa.Connection, hold: EntriesHold, *, is_stopped: bool, now: int) -> None:
    if is_stopped:
        move_end(connection, hold, renewed(hold.until, now))
    elif end(connection, hold.number, RELIEVED, now):
        _note(connection, "release_entries", hold, now, {"why": RELIEVED})


def _gates_of(connection: sa.Connection, hold: EntriesHold) -> set[str]:
    """The gates that a hold is to have now."""
    return gates_to_hold(connection, where_of(hold.what), held_devices(connection, hold.number))


def _follow(connection: sa.Connection, hold: EntriesHold, now: int) -> None:
    devices = _gates_of(connection, hold)
    if move_gates(connection, hold, devices):
        _note(connection, "hold_entries", hold, now, {"gates": len(devices), "until": hold.until})


def _note(
    connection: sa.Connection, act: str, hold: EntriesHold, now: int, detail: dict[str, object]
) -> None:
    about = about_of(connection, where_of(hold.what))
    note(connection, SYSTEM, act, about, now, why=hold.why, detail=detail)
