"""Lets somebody in from a keypad: a member of the staff types their number, `*`, and their PIN.

It is the page's act by another way: the same account, lock-out, duress word, limits and event.
"""

from __future__ import annotations

from typing import Final

from edge.prompts.texts import NOT_BY_PIN
from edge.scanners.core import PinTyped
from edge.staff.acts import Acts
from edge.staff.asking import AllowedRequest, AnsweringThread, Then
from edge.staff.core import TYPED, Right
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, RefusedWhy
from edge.staff.protocol.acts import LetIn, Taken
from edge.staff.refusals import refused
from edge.staff.service import StaffService
from edge.staff.sessions import Session
from edge.staff.sign_in import StaffSignIn
from edge.staff.stored import StaffAccount
from edge.support.calls import Calls

_KEY_BYTES: Final = 12


class KeypadPins:
    """Takes PINs from keypads. `typed` is for any thread, and never waits."""

    def __init__(
        self, service: StaffService, sign_in: StaffSignIn, acts: Acts, gate: GatePorts, calls: Calls
    ) -> None:
        self._service = service
        self._sign_in = sign_in
        self._acts = acts
        self._gate = gate
        self._calls = calls

    def typed(self, typed: PinTyped) -> None:
        """Let one person in, if number and PIN are right; whatever is wrong is said in the same words."""
        self._service.begin(lambda: self._prove(typed), self._say)

    def _prove(self, typed: PinTyped) -> Answer | Then:
        proved = self._sign_in.prove(typed.staff, typed.pin, f"keypad {typed.keypad}", keypad=True)
        if not isinstance(proved, tuple):
            return proved
        by = _for_one_act(*proved, typed.keypad)
        if Right.LET_IN not in by.rights:
            return refused(RefusedWhy.NOT_YOUR_ROLE)
        key = f"keypad-{self._gate.entropy(_KEY_BYTES).hex()}"
        body = LetIn(key, TYPED, f"keypad {typed.keypad}")
        return Then(AnsweringThread.LOOP, lambda: self._acts.let_in(AllowedRequest(body, by, by.client)))

    def _say(self, answer: Answer) -> None:
        if not isinstance(answer, Taken):
            self._calls.put(lambda: self._gate.lane.prompt(NOT_BY_PIN), always=True)


def _for_one_act(account: StaffAccount, duress: bool, keypad: str) -> Session:
    """Who acts, and for no longer than the act."""
    return Session(
        b"",
        account.staff,
        account.name,
        account.role,
        account.registrar,
        f"keypad {keypad}",
        0.0,
        duress,
        account.must_change,
    )
