"""Keeps the accounts, for managers at the console; `gatepost staff` does the same on the gate itself."""

from __future__ import annotations

from collections.abc import Callable

from edge.journal.format import StaffChanged
from edge.staff.asking import AllowedRequest, Handled, Table, Then
from edge.staff.core import Lockout, Right, StaffRole
from edge.staff.hashing import Pins
from edge.staff.protocol import Answer, RefusedWhy
from edge.staff.protocol import accounts as messages
from edge.staff.refusals import refused
from edge.staff.staffing import Staffing
from edge.staff.stored import StaffAccount


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

    def _list(self, _: AllowedRequest) -> Answer:
        return messages.StaffList(self.members())

    def _add(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.AddStaff = asked.body
        if self._account(body.staff) is not None:
            return refused(RefusedWhy.TAKEN, detail=body.staff)
        account, pin = new_account(self._pins, body.staff, body.name, body.role, registrar=body.registrar)

        def make() -> Answer:
            if not self._staffing.file.store().add(account):
                return self._not_made(RefusedWhy.TAKEN, body.staff, asked)
            return messages.OneTimePin(body.staff, pin)

        return self._journalled(body.staff, "added", asked, make)

    def _reset_pin(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.ResetPin = asked.body
        if self._account(body.staff) is None:
            return refused(RefusedWhy.UNKNOWN, detail=body.staff)
        pin = self._pins.one_time(body.staff)
        hashed = self._pins.hash(pin)

        def make() -> Answer:
            if not self._staffing.file.store().set_pin(body.staff, hashed, must_change=True):
                return self._not_made(RefusedWhy.UNKNOWN, body.staff, asked)
            self._staffing.lockouts.pop(body.staff, None)
            self._end(body.staff, "pin")
            return messages.OneTimePin(body.staff, pin)

        return self._journalled(body.staff, "pin", asked, make)

    def _set_role(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.SetRole = asked.body
        if body.role is not StaffRole.MANAGER and self._is_last_manager(body.staff):
            return refused(RefusedWhy.LAST_MANAGER)
        if self._account(body.staff) is None:
            return refused(RefusedWhy.UNKNOWN, detail=body.staff)

        def make() -> Answer:
            if body.role is not StaffRole.MANAGER and self._is_last_manager(body.staff):
                return self._not_made(RefusedWhy.LAST_MANAGER, body.staff, asked)
            store = self._staffing.file.store()
            if not store.set_role(body.staff, body.role, registrar=body.registrar):
                return self._not_made(RefusedWhy.UNKNOWN, body.staff, asked)
            self._staffing.end_shift_without_right("role")
            self._end(body.staff, "role")
            return self._list(asked)

        return self._journalled(body.staff, "role", asked, make)

    def _remove(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.RemoveStaff = asked.body
        if self._is_last_manager(body.staff):
            return refused(RefusedWhy.LAST_MANAGER)
        if self._account(body.staff) is None:
            return refused(RefusedWhy.UNKNOWN, detail=body.staff)

        def make() -> Answer:
            if self._is_last_manager(body.staff):
                return self._not_made(RefusedWhy.LAST_MANAGER, body.staff, asked)
            self._end(body.staff, "removed")
            if not self._staffing.file.store().remove(body.staff):
                return self._not_made(RefusedWhy.UNKNOWN, body.staff, asked)
            return self._list(asked)

        return self._journalled(body.staff, "removed", asked, make)

    def _unlock(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.UnlockStaff = asked.body
        if self._account(body.staff) is None:
            return refused(RefusedWhy.UNKNOWN, detail=body.staff)

        def make() -> Answer:
            self._staffing.file.store().set_lockout(body.staff, 0, 0.0)
            self._staffing.lockouts[body.staff] = Lockout()
            return self._list(asked)

        return self._journalled(body.staff, "unlocked", asked, make)

    def _account(self, staff: str) -> StaffAccount | None:
        return self._staffing.file.store().account(staff)

    def _is_last_manager(self, staff: str) -> bool:
        accounts = self._staffing.file.store().accounts()
        managers = [account.staff for account in accounts if account.role is StaffRole.MANAGER]
        return managers == [staff]

    def _journalled(self, member: str, what: str, asked: AllowedRequest, make: Callable[[], Answer]) -> Then:
        return self._staffing.journalled(StaffChanged(member, what, asked.by.staff), make)

    def _not_made(self, why: RefusedWhy, member: str, asked: AllowedRequest) -> Answer:
        """Somebody else changed the account meanwhile: write down that this was not done."""
        self._staffing.note(StaffChanged(member, "not_done", asked.by.staff))
        return refused(why, detail=member)

    def _end(self, member: str, what: str) -> None:
        """End what a change concerns."""
        shift = self._staffing.shift
        if what == "removed" and shift is not None and shift.staff == member:
            self._staffing.end_shift("removed")
        self._staffing.end_sessions(lambda session: session.staff == member, what)


def new_account(
    pins: Pins, staff: str, name: str, role: StaffRole, *, registrar: bool = False
) -> tuple[StaffAccount, str]:
    """An account, and the one-time PIN that its person changes at the first sign-in."""
    pin = pins.one_time(staff)
    return StaffAccount(staff, name, role, registrar, pins.hash(pin), True, None, 0, 0.0), pin
