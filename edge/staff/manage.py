"""Keeps the accounts, for managers at the console; `gatepost staff` does the same on the gate itself."""

from __future__ import annotations

from edge.journal.format import StaffChanged
from edge.staff.asking import Asked, Handled, Table
from edge.staff.core.lockout import Lockout
from edge.staff.core.roles import Right, Role
from edge.staff.hashing import Pins
from edge.staff.protocol import Answer, RefusedWhy
from edge.staff.protocol import accounts as messages
from edge.staff.refusals import refused
from edge.staff.staffing import Staffing
from edge.staff.store import Account


class Manage:
    """Answers managers. Used by the worker's thread."""

    def __init__(self, staffing: Staffing, pins: Pins) -> None:
        self._staffing = staffing
        self._pins = pins

    def table(self) -> Table:
        """Who may ask what of this."""
        return {
            messages.ListStaff: Handled(Right.MANAGE_STAFF, self._list),
            messages.AddStaff: Handled(Right.MANAGE_STAFF, self._add),
            messages.ResetPin: Handled(Right.MANAGE_STAFF, self._reset_pin),
            messages.SetRole: Handled(Right.MANAGE_STAFF, self._set_role),
            messages.RemoveStaff: Handled(Right.MANAGE_STAFF, self._remove),
            messages.UnlockStaff: Handled(Right.MANAGE_STAFF, self._unlock),
        }

    def members(self) -> tuple[messages.Member, ...]:
        """The accounts as managers see them. Raises StaffFileError."""
        staffing, store = self._staffing, self._staffing.file.store()
        sessions = [session.staff for session in staffing.sessions.every()]
        passkeys = [passkey.staff for passkey in store.passkeys()]
        return tuple(
            messages.Member(
                account.staff,
                account.name,
                account.role,
                account.registrar,
                account.must_change,
                staffing.locked_for(account.staff),
                sessions.count(account.staff),
                passkeys.count(account.staff),
            )
            for account in store.accounts()
        )

    # --- inside ----------------------------------------------------------------------------

    def _list(self, _: Asked) -> Answer:
        return messages.StaffList(self.members())

    def _add(self, asked: Asked) -> Answer:
        body: messages.AddStaff = asked.body
        account, pin = new_account(self._pins, body.staff, body.name, body.role, registrar=body.registrar)
        if not self._staffing.file.store().add(account):
            return refused(RefusedWhy.TAKEN, detail=body.staff)
        self._note(body.staff, "added", asked)
        return messages.OneTimePin(body.staff, pin)

    def _reset_pin(self, asked: Asked) -> Answer:
        body: messages.ResetPin = asked.body
        pin = self._pins.one_time(body.staff)
        if not self._staffing.file.store().set_pin(body.staff, self._pins.hash(pin), must_change=True):
            return refused(RefusedWhy.UNKNOWN, detail=body.staff)
        self._staffing.lockouts.pop(body.staff, None)
        self._changed(body.staff, "pin", asked)
        return messages.OneTimePin(body.staff, pin)

    def _set_role(self, asked: Asked) -> Answer:
        body: messages.SetRole = asked.body
        if body.role is not Role.MANAGER and self._is_last_manager(body.staff):
            return refused(RefusedWhy.LAST_MANAGER)
        store = self._staffing.file.store()
        if not store.set_role(body.staff, body.role, registrar=body.registrar):
            return refused(RefusedWhy.UNKNOWN, detail=body.staff)
        self._changed(body.staff, "role", asked)
        return self._list(asked)

    def _remove(self, asked: Asked) -> Answer:
        body: messages.RemoveStaff = asked.body
        if self._is_last_manager(body.staff):
            return refused(RefusedWhy.LAST_MANAGER)
        self._staffing.end_sessions(lambda session: session.staff == body.staff, "removed")
        if not self._staffing.file.store().remove(body.staff):
            return refused(RefusedWhy.UNKNOWN, detail=body.staff)
        self._changed(body.staff, "removed", asked)
        return self._list(asked)

    def _unlock(self, asked: Asked) -> Answer:
        body: messages.UnlockStaff = asked.body
        if not self._staffing.file.store().set_lockout(body.staff, 0, 0.0):
            return refused(RefusedWhy.UNKNOWN, detail=body.staff)
        self._staffing.lockouts[body.staff] = Lockout()
        self._note(body.staff, "unlocked", asked)
        return self._list(asked)

    def _is_last_manager(self, staff: str) -> bool:
        accounts = self._staffing.file.store().accounts()
        managers = [account.staff for account in accounts if account.role is Role.MANAGER]
        return managers == [staff]

    def _note(self, member: str, what: str, asked: Asked) -> None:
        self._staffing.note(StaffChanged(member, what, asked.by.staff))

    def _changed(self, member: str, what: str, asked: Asked) -> None:
        """Write a change down, and end what it concerns."""
        self._note(member, what, asked)
        shift = self._staffing.shift
        if what == "removed" and shift is not None and shift.staff == member:
            self._staffing.end_shift("removed")
        self._staffing.end_sessions(lambda session: session.staff == member, what)


def new_account(
    pins: Pins, staff: str, name: str, role: Role, *, registrar: bool = False
) -> tuple[Account, str]:
    """An account, and the one-time PIN that its person changes at the first sign-in."""
    pin = pins.one_time(staff)
    return Account(staff, name, role, registrar, pins.hash(pin), True, None, 0, 0.0), pin
