"""Signs people in and out, keeps their PINs, and begins and ends their shifts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from edge.journal.format import (
    ShiftBegun,
    ShiftEnded,
    ShiftHandedOver,
    StaffChanged,
    StaffDuress,
    StaffLockedOut,
    StaffSignedIn,
    StaffSignInRefused,
)
from edge.lane.machine import OnShift
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table, Then
from edge.staff.core import (
    PUBLIC,
    SESSION,
    Lockout,
    PinFault,
    Right,
    after_wrong,
    fault_of_duress,
    fault_of_pin,
    pin_as_kept,
    seconds_after,
)
from edge.staff.hashing import Pins
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, Done, RefusedWhy
from edge.staff.protocol import sessions as messages
from edge.staff.refusals import refused
from edge.staff.sessions import Session
from edge.staff.shifts import LONGEST, RunningShift
from edge.staff.staffing import Staffing
from edge.staff.stored import StaffAccount
from edge.staff.tries import PinTries
from edge.support.throttle import Throttle

_UNKNOWN_KEPT: Final = 256
_PLANNED_WITHIN: Final = timedelta(hours=24)


class StaffSignIn:
    """Answers requests about one's own account. All but what the journal needs is done by the worker."""

    def __init__(self, staffing: Staffing, pins: Pins, gate: GatePorts) -> None:
        self._staffing = staffing
        self._pins = pins
        self._gate = gate
        self._monotonic = gate.clock.monotonic
        self._tries = PinTries()
        self._throttle = Throttle(self._monotonic)
        self._unknown: OrderedDict[str, Lockout] = OrderedDict()
        self._at_keypads: OrderedDict[str, Lockout] = OrderedDict()

    def table(self) -> Table:
        """Who may ask what of this."""
        return {
            messages.SignIn: Handled(PUBLIC, self._sign_in),
            messages.SignOut: Handled(PUBLIC, self._sign_out),
            messages.WhoAmI: Handled(Right.OWN, self._who_am_i, AnsweringThread.HERE, while_changing=True),
            messages.ChangePin: Handled(Right.OWN, self._change_pin, while_changing=True),
            messages.SetDuressPin: Handled(Right.OWN, self._set_duress),
            messages.BeginShift: Handled(Right.LET_IN, self._begin_shift),
            messages.EndShift: Handled(Right.OWN, self._end_shift),
        }

    def who(self, session: Session) -> messages.Who:
        """Whom pages show as signed in."""
        return messages.Who(
            session.staff,
            session.name,
            session.role,
            tuple(sorted(session.rights)),
            session.registrar,
            session.must_change,
            self._staffing.shown_shift,
        )

    def open_session(self, account: StaffAccount, client: str, means: str, *, duress: bool = False) -> Answer:
        """Sign somebody in whose proof was checked. Raises StaffFileError."""
        staffing = self._staffing
        secret, session = staffing.sessions.begin(staffing.file.store(), account, client, duress=duress)
        staffing.note(StaffSignedIn(account.staff, account.role.value, means))
        if duress:
            staffing.note(StaffDuress(account.staff, "sign_in"))
        return messages.SignedIn(secret, self.who(session), SESSION)

    def is_duress(self, staff: str, word: str) -> bool:
        """Whether `word` (as kept) is somebody's duress word. Raises StaffFileError."""
        account = self._staffing.file.store().account(staff)
        return account is not None and self._pins.is_right(account.duress, word)

    # --- PINs ------------------------------------------------------------------------------

    def _sign_in(self, asked: AllowedRequest) -> Answer:
        body: messages.SignIn = asked.body
        proved = self.prove(body.staff.strip().lower(), body.pin, asked.client)
        if not isinstance(proved, tuple):
            return proved
        account, duress = proved
        return self.open_session(account, asked.client, "pin", duress=duress)

    def prove(
        self, staff: str, pin: str, client: str, *, keypad: bool = False
    ) -> tuple[StaffAccount, bool] | Answer:
        """The account of `staff`, and whether their PIN was the duress word; or why it is not believed.
        `client` is the tablet, or the `keypad`.
        """
        store = self._staffing.file.store()
        lockout = self._at_keypads.get(staff, Lockout()) if keypad else self._lockout(staff)
        wait = lockout.wait(self._monotonic())
        if wait:
            self._note_refused(staff, "locked_out")
            return refused(RefusedWhy.LOCKED_OUT, wait=wait)
        account = store.account(staff)
        wait = self._take_try(client, keypad=keypad)
        if wait:
            return refused(RefusedWhy.BUSY, wait=wait)
        right, duress = self._tried(account, pin)
        if account is None or not right:
            return self._wrong_there(staff, account, client) if keypad else self._wrong(staff, account)
        if keypad:
            self._at_keypads.pop(staff, None)
        else:
            self._forgive(account)
        return account, duress

    def _take_try(self, client: str, *, keypad: bool = False) -> float:
        """Count one PIN that is tried; or how long to wait, where too many were lately."""
        wait = self._tries.wait(client, self._monotonic(), apart=keypad)
        if not wait:
            self._tries.take(client, apart=keypad)
        return wait

    def _tried(self, account: StaffAccount | None, pin: str) -> tuple[bool, bool]:
        """Whether the PIN is right, and whether it is the duress word.

        Both are always hashed, so that nobody sees by the time whether there is an account or a word.
        """
        kept = pin_as_kept(pin)[:64]
        usual = self._pins.is_right(None if account is None else account.pin, kept)
        duress = self._pins.is_right(None if account is None else account.duress, kept)
        return usual or duress, duress

    def _checked(self, session: Session, pin: str) -> StaffAccount | Answer:
        """The own account, where `pin` is its usual one; a wrong one counts as at a sign-in."""
        account = self._staffing.file.store().account(session.staff)
        wait = self._lockout(session.staff).wait(self._monotonic())
        if wait:
            return refused(RefusedWhy.LOCKED_OUT, wait=wait)
        wait = self._take_try(session.client)
        if wait:
            return refused(RefusedWhy.BUSY, wait=wait)
        right, duress = self._tried(account, pin)
        if account is None or not right:
            return self._wrong(session.staff, account)
        if duress:
            self._staffing.note(StaffDuress(session.staff, "confirm"))
        self._forgive(account)
        return account

    def _wrong(self, staff: str, account: StaffAccount | None) -> Answer:
        lockout = after_wrong(self._lockout(staff), self._monotonic())
        wait = lockout.wait(self._monotonic())
        if account is None:
            self._unknown[staff] = lockout
            self._unknown.move_to_end(staff)
            if len(self._unknown) > _UNKNOWN_KEPT:
                self._unknown.popitem(last=False)
            self._note_refused("", "unknown")
            return refused(RefusedWhy.WRONG, wait=wait)
        self._staffing.lockouts[staff] = lockout
        self._note_refused(staff, "wrong_pin")
        if wait:
            self._staffing.note(StaffLockedOut(staff, seconds_after(lockout.wrong), lockout.wrong))
        self._staffing.file.store().set_lockout(staff, lockout.wrong, wait)
        return refused(RefusedWhy.WRONG, wait=wait)

    def _wrong_there(self, staff: str, account: StaffAccount | None, keypad: str) -> Answer:
        """A wrong PIN at a keypad locks a number at keypads alone: who stands in the street keeps nobody from
        signing in at the page.
        """
        lockout = after_wrong(self._at_keypads.get(staff, Lockout()), self._monotonic())
        wait = lockout.wait(self._monotonic())
        self._at_keypads[staff] = lockout
        self._at_keypads.move_to_end(staff)
        if len(self._at_keypads) > _UNKNOWN_KEPT:
            self._at_keypads.popitem(last=False)
        self._note_refused("" if account is None else staff, "unknown" if account is None else "wrong_pin")
        if wait and account is not None:
            lasts = seconds_after(lockout.wrong)
            self._staffing.note(StaffLockedOut(staff, lasts, lockout.wrong, keypad))
        return refused(RefusedWhy.WRONG, wait=wait)

    def _lockout(self, staff: str) -> Lockout:
        return self._staffing.lockouts.get(staff) or self._unknown.get(staff) or Lockout()

    def _forgive(self, account: StaffAccount) -> None:
        """Forget the wrong PINs before the right one."""
        if self._staffing.lockouts.pop(account.staff, Lockout()).wrong:
            self._staffing.file.store().set_lockout(account.staff, 0, 0.0)

    def _note_refused(self, staff: str, why: str) -> None:
        known = staff if staff in self._staffing.lockouts else ""
        times = self._throttle.happened(f"{why} {known}")
        if times:
            self._staffing.note(StaffSignInRefused(known, why, times))

    def _change_pin(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.ChangePin = asked.body
        account = self._checked(asked.by, body.old)
        if not isinstance(account, StaffAccount):
            return account
        new = pin_as_kept(body.new)
        fault = fault_of_pin(new, account.staff, others=(pin_as_kept(body.old),))
        if fault is not None:
            return refused(RefusedWhy.PIN_WEAK, detail=fault)
        staffing, digest, hashed, own = self._staffing, asked.by.digest, self._pins.hash(new), account.staff

        def make() -> Answer:
            staffing.file.store().set_pin(own, hashed, must_change=False)
            staffing.end_sessions(lambda one: one.staff == own and one.digest != digest, "pin")
            staffing.sessions.load(staffing.file.store())
            return Done()

        return staffing.journalled(StaffChanged(own, "pin", own), make)

    def _set_duress(self, asked: AllowedRequest) -> Answer:
        """Keep a duress word. The journal says nothing of it: pages show the journal's end to everybody."""
        body: messages.SetDuressPin = asked.body
        account = self._checked(asked.by, body.pin)
        if not isinstance(account, StaffAccount):
            return account
        duress = pin_as_kept(body.duress)
        fault: PinFault | None = fault_of_duress(duress, pin_as_kept(body.pin)) if duress else None
        if fault is not None:
            return refused(RefusedWhy.PIN_WEAK, detail=fault)
        store = self._staffing.file.store()
        store.set_duress(account.staff, self._pins.hash(duress) if duress else None)
        return Done()

    # --- sessions and shifts ---------------------------------------------------------------

    def _who_am_i(self, asked: AllowedRequest) -> Answer:
        return self.who(asked.by)

    def _sign_out(self, asked: AllowedRequest) -> Answer:
        session = asked.session
        if session is not None:
            self._staffing.end_sessions(lambda one: one.digest == session.digest, "own")
        return Done()

    def _begin_shift(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.BeginShift = asked.body
        wall, before, by = self._gate.clock.wall().at, self._staffing.shift, asked.by
        if body.until is not None and not wall < body.until <= wall + _PLANNED_WITHIN:
            return refused(RefusedWhy.INVALID, detail="until")
        since = before.since if before is not None and before.staff == by.staff else wall
        shift = RunningShift(by.staff, by.name, since, body.until, self._monotonic() + LONGEST)
        over = before is not None and before.staff != by.staff
        event = (
            ShiftHandedOver(by.staff, before.staff, body.until)
            if before is not None and over
            else ShiftBegun(by.staff, body.until)
        )

        def kept() -> Answer:
            self._staffing.mind(shift)
            if before is not None and over:
                self._staffing.end_sessions(lambda one: one.staff == before.staff, "handed_over")
            return self.who(by)

        return self._journalled(lambda: self._gate.record(event), by.staff, kept)

    def _end_shift(self, asked: AllowedRequest) -> Answer | Then:
        by, shift = asked.by, self._staffing.shift
        if shift is None or shift.staff != by.staff:
            return refused(RefusedWhy.UNKNOWN, detail="shift")

        def kept() -> Answer:
            self._staffing.mind(None)
            self._staffing.end_sessions(lambda one: one.staff == by.staff, "shift")
            return Done()

        return self._journalled(lambda: self._gate.record(ShiftEnded(by.staff, "own")), "", kept)

    def _journalled(self, record: Callable[[], object], minds: str, kept: Callable[[], Answer]) -> Then:
        """In the journal first, then at the lane, then in the file."""

        def recorded() -> Then:
            record()
            self._gate.lane.submit(OnShift(minds))
            return Then(AnsweringThread.WORKER, kept)

        return Then(AnsweringThread.LOOP, recorded)
