"""Who is signed in, who is locked out and who minds the gate, kept up with the staff's file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from edge.journal.format import (
    Event,
    ShiftEnded,
    StaffChanged,
    StaffFileDamaged,
    StaffSignedOut,
)
from edge.lane.machine import OnShift
from edge.staff.accounts_file import AccountsFile
from edge.staff.asking import AnsweringThread, Then
from edge.staff.core import Lockout, Right, kept, rights_of
from edge.staff.file_errors import StaffFileError
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer
from edge.staff.protocol.sessions import Shift
from edge.staff.sessions import Session, Sessions
from edge.staff.shifts import RunningShift, shift_from
from edge.staff.store import StaffStore
from edge.support.calls import Calls

LOOK_EVERY: Final = 5.0
"""Seconds between two looks at what another process changed, and at what is over."""
KEEP_EVERY: Final = 300.0
"""Seconds between two times that what remains of sessions is written down: a card wears out by that."""

_ENDS_SESSIONS: Final = frozenset({"pin", "role", "removed"})


class Staffing:
    """Used by the worker's thread; `shift` is for any."""

    def __init__(self, file: AccountsFile, sessions: Sessions, gate: GatePorts, calls: Calls) -> None:
        self.file = file
        self.sessions = sessions
        self._gate = gate
        self._calls = calls
        self._monotonic = gate.clock.monotonic
        self.shift: RunningShift | None = None
        self.lockouts: dict[str, Lockout] = {}
        self._seen = -1
        self._problem = ""
        self._keep_at = self._monotonic() + KEEP_EVERY

    def note(self, event: Event) -> None:
        """Have an event written down that nothing waits for."""
        self._calls.put(lambda: self._gate.note(event), always=True)

    def journalled(self, event: Event, make: Callable[[], Answer]) -> Then:
        """Have a change written down before it is made; what cannot be written down is not made."""

        def recorded() -> Then:
            self._gate.record(event)
            return Then(AnsweringThread.WORKER, make)

        return Then(AnsweringThread.LOOP, recorded)

    def poll(self) -> float:
        """Do what is due; returns when to do so again at the latest."""
        opened, problem = self.file.try_to_open()
        if problem:
            self.sessions.forget()
            self.note(StaffFileDamaged(problem[:500]))
        if not self.file.is_open:
            return self.file.next_due()
        try:
            store = self.file.store()
            if opened:
                self._begin(store)
            self._look(store)
            self._problem = ""
        except StaffFileError as error:
            before, self._problem = self._problem, str(error)
            if self._problem != before:
                self.note(StaffFileDamaged(self._problem[:500]))
            self.sessions.forget()
            self.file.close()
            return self._monotonic() + LOOK_EVERY
        return self._monotonic() + LOOK_EVERY

    def close(self) -> None:
        """Write down what remains of sessions and the shift, and close the file."""
        if self.file.is_open:
            with suppress(StaffFileError):  # it is said where somebody asks for something
                self._keep(self.file.store())
            self.file.close()

    # --- changes, from the worker ----------------------------------------------------------

    def end_sessions(self, which: Callable[[Session], bool], why: str) -> None:
        """End the sessions that `which` says, and write that down. Raises StaffFileError."""
        for session in self.sessions.end(self.file.store(), which):
            self.note(StaffSignedOut(session.staff, why))

    def mind(self, shift: RunningShift | None) -> None:
        """Keep the shift that there is now. Raises StaffFileError."""
        self.shift = shift
        self.file.store().keep_shift(None if shift is None else shift.stored(self._monotonic()))

    def end_shift(self, why: str) -> None:
        """End the shift without having been asked by its person. Raises StaffFileError."""
        shift = self.shift
        if shift is not None:
            self.note(ShiftEnded(shift.staff, why))
            self.tell_lane("")
            self.mind(None)
            self.end_sessions(lambda session: session.staff == shift.staff, "shift")

    def end_shift_without_right(self, why: str) -> None:
        """End the shift of who may mind the gate no more: their account is gone, or has another role. Raises
        StaffFileError.
        """
        if self.shift is None:
            return
        account = self.file.store().account(self.shift.staff)
        if account is None or Right.LET_IN not in rights_of(account.role, registrar=account.registrar):
            self.end_shift(why)

    def tell_lane(self, staff: str) -> None:
        """Have the lane's records name who minds the gate."""
        self._calls.put(lambda: self._gate.lane.submit(OnShift(staff)), always=True)

    def names(self) -> tuple[str, ...]:
        """The ids and names of who may sign in; none where their file cannot be read."""
        with suppress(StaffFileError):
            return tuple(text for each in self.file.store().accounts() for text in (each.staff, each.name))
        return ()

    def locked_for(self, staff: str) -> float:
        """Seconds for which an account is locked; 0.0: it is not."""
        return self.lockouts.get(staff, Lockout()).wait(self._monotonic())

    @property
    def shown_shift(self) -> Shift | None:
        """The shift, as pages show it."""
        shift = self.shift
        return None if shift is None else Shift(shift.staff, shift.name, shift.since, shift.until)

    # --- inside ----------------------------------------------------------------------------

    def _begin(self, store: StaffStore) -> None:
        self._seen = -1  # the number is one connection's
        self._reload(store)
        self.shift = shift_from(store, self._monotonic())
        if self.shift is not None:
            self.tell_lane(self.shift.staff)

    def _reload(self, store: StaffStore) -> None:
        now = self._monotonic()
        for account in store.accounts():
            if self.lockouts.get(account.staff, Lockout()).wrong != account.wrong:
                self.lockouts[account.staff] = kept(account.wrong, account.locked, now)
        self.sessions.load(store)

    def _look(self, store: StaffStore) -> None:
        state = store.state()
        if state != self._seen:
            self._seen = state
            self._tell_changes(store)
            self._reload(store)
        self._end_what_is_over()
        if self._monotonic() >= self._keep_at:
            self._keep(store)

    def _tell_changes(self, store: StaffStore) -> None:
        """Write down what the command changed, and end the sessions that it concerns."""
        changes = store.changes()
        for change in changes:
            self.note(StaffChanged(change.member, change.what, by="console"))
            if change.what in _ENDS_SESSIONS:
                self.end_sessions(partial(_is_of, change.member), change.what)
            if self.shift is not None and self.shift.staff == change.member:
                self.end_shift_without_right(change.what)
        if changes:
            store.forget_changes(changes[-1].number)

    def _end_what_is_over(self) -> None:
        now = self._monotonic()
        if any(session.ends <= now for session in self.sessions.every()):
            self.end_sessions(lambda session: session.ends <= now, "time")
        if self.shift is not None and self.shift.ends <= now:
            self.end_shift("time")

    def _keep(self, store: StaffStore) -> None:
        self._keep_at = self._monotonic() + KEEP_EVERY
        self.sessions.keep(store)
        if self.shift is not None:
            store.keep_shift(self.shift.stored(self._monotonic()))


def _is_of(staff: str, session: Session) -> bool:
    return session.staff == staff
