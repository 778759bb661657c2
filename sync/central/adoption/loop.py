"""Takes what the authority's door answers into the database; what the door is asked, the database says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog

from edge.errors import GatepostError
from sync.central.accounts.actor import SYSTEM
from sync.central.adoption.asking import AskedOfDoor, bring_in_line
from sync.central.adoption.exchange import InvitationExchange
from sync.central.adoption.revoking import ask_to_revoke, note_revoked
from sync.central.adoption.tables import gate_invitation
from sync.central.audit.audit import About, note
from sync.central.devices.devices import enrol_device, retire_device
from sync.central.store import Store
from sync.central.tables import device
from sync.gate_invitation import Answered, Trouble

_Done = TypeVar("_Done")

EVERY = 1.0
"""Seconds between two looks."""


class AdoptionLoop:
    """Looks after the invitations in `store`; `look` does one round. Several processes may run one each.

    `dismiss` ends the connection of a device whose certificate was revoked, `changed` is told of news.
    """

    def __init__(
        self,
        store: Store,
        exchange: InvitationExchange,
        wall: Callable[[], int],
        dismiss: Callable[[str], object],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._exchange = exchange
        self._wall = wall
        self._dismiss = dismiss
        self._changed = changed
        self._said: set[str] = set()
        self._failing: set[str] = set()
        self._log = structlog.get_logger("adoption")

    def run(self, stop: Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            self.look()
            stop.wait(EVERY)

    def look(self) -> bool:
        """One round; returns whether anything was taken. What fails of one device keeps no other out."""
        self._failing, now = set(), self._wall()
        asked = self._tried(lambda: bring_in_line(self._store, self._exchange, now), AskedOfDoor([], []))
        for why in (asked.not_left, asked.newer):
            if why is not None:
                self._say(why)
        came = [self._tried(partial(self._take, row, now), False) for row in asked.invitations]
        gone = [self._tried(partial(self._take_revoked, name, now), False) for name in asked.revoking]
        self._said = self._failing
        taken = any([*came, *gone])
        if taken:
            self._changed()
        return taken

    # --- inside ----------------------------------------------------------------------------

    def _tried(self, step: Callable[[], _Done], otherwise: _Done) -> _Done:
        """What `step` returns; where it raises, that is said once, for as long as it goes on."""
        try:
            return step()
        except GatepostError as error:
            self._say(error)
        except Exception:  # noqa: BLE001 - a loop that ended would enrol nobody any more
            self._log.exception("adoption_not_looked_after")
        return otherwise

    def _say(self, error: GatepostError) -> None:
        self._failing.add(str(error))
        if str(error) not in self._said:
            self._log.warning("adoption_not_looked_after", error=str(error))

    def _take(self, row: Any, now: int) -> bool:
        answer = self._exchange.answer_to(row.proof)
        if answer is None or answer.number != row.number:
            return False
        with self._store.writing() as connection:
            if isinstance(answer, Trouble):
                return _note_trouble(connection, row.number, answer.text)
            return self._enrolled(connection, row, answer, now)

    def _enrolled(self, connection: sa.Connection, row: Any, answer: Answered, now: int) -> bool:
        """Let the device speak for its gate, by id and place of the invitation, whatever the door says."""
        still = (gate_invitation.c.number == row.number) & gate_invitation.c.enrolled_at.is_(None)
        changed = sa.update(gate_invitation).where(still).values(enrolled_at=now, trouble=None)
        if not connection.execute(changed).rowcount:
            return False  # another process of this centre was first
        enrol_device(connection, row.device, (row.site, row.gate), answer.message_key, now)
        about, detail = About("gate", row.device, row.site), {"invitation": row.number}
        note(connection, SYSTEM, "adopt_gate", about, now, detail=detail)
        if row.replaces:
            _retire_others(connection, row.site, row.gate, row.device, now)
        self._log.info("adopted", device=row.device, site=row.site, gate=row.gate)
        return True

    def _take_revoked(self, name: str, now: int) -> bool:
        answer = self._exchange.revoked(name)
        if answer is None:
            return False
        with self._store.writing() as connection:
            if not note_revoked(connection, name, answer.count, now):
                return False
        try:
            self._dismiss(name)
        except GatepostError as error:
            self._log.warning("not_dismissed", device=name, error=str(error))
        return True


def _note_trouble(connection: sa.Connection, number: int, text: str) -> bool:
    other = gate_invitation.c.trouble.is_distinct_from(text) & (gate_invitation.c.number == number)
    return bool(connection.execute(sa.update(gate_invitation).where(other).values(trouble=text)).rowcount)


def _retire_others(connection: sa.Connection, site: str, gate: str, newcomer: str, now: int) -> None:
    """The devices that spoke for a gate before: out of service for good, and their certificates revoked."""
    there = (device.c.site == site) & (device.c.gate == gate) & device.c.retired_at.is_(None)
    for name in (
        connection.execute(sa.select(device.c.id).where(there, device.c.id != newcomer)).scalars().all()
    ):
        retire_device(connection, name, now)
        ask_to_revoke(connection, name, now)
        note(connection, SYSTEM, "retire_gate", About("gate", name, site), now, detail={"by": newcomer})
