"""Looks for a duress word in whatever staff type, and keeps what could be a PIN from being written down.

Were the word alone left out, whoever stands by would see it: so no such digits are written, whose they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from msgspec.structs import replace

from edge.journal.format import StaffDuress
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table, Then
from edge.staff.core import pins_in, without_pins
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, Message, RefusedWhy, acts, enrolment, people
from edge.staff.refusals import refused
from edge.support.throttle import Throttle

ACTS: Final = frozenset({acts.LetIn, acts.HoldOpen, acts.Lock, acts.Unlock, acts.NamePress, acts.SendAway})
"""Requests that are done at once, whatever was typed as their reason: the digits in it are left out."""
TEXTS: Mapping[type[Message], tuple[str, ...]] = MappingProxyType(
    {
        acts.CorrectAct: ("text",),
        people.FileAppeal: ("text",),
        people.ReportFault: ("text",),
        people.SettleFault: ("text",),
        people.RegisterVisitor: ("name",),
        enrolment.SignConsent: ("typed", "guardian", "relation"),
    }
)
"""What is typed in requests that hurry nobody: with such digits in it, it is refused, and typed again."""
_MOST_TRIED: Final = 4
"""Numbers of a text that are compared with the word: each takes a hash."""


class TypedWords:
    """Looks at what is typed. `is_duress` says, in the worker's thread, whether a word is somebody's."""

    def __init__(self, gate: GatePorts, is_duress: Callable[[str, str], bool]) -> None:
        self._gate = gate
        self._is_duress = is_duress
        self._throttle = Throttle(gate.clock.monotonic)

    def looking_at(self, table: Table) -> Table:
        """The same requests, in which what is typed is looked at before."""
        return {body: self._looking(body, handled) for body, handled in table.items()}

    # --- inside ----------------------------------------------------------------------------

    def _looking(self, body: type[Message], handled: Handled) -> Handled:
        if body in ACTS:
            handle = partial(self._act, handled)
        elif body in TEXTS:
            handle = partial(self._text, handled, TEXTS[body])
        else:
            return handled
        return dataclasses.replace(handled, handle=handle)

    def _act(self, handled: Handled, asked: AllowedRequest) -> Answer | Then:
        pins = pins_in(asked.body.text)
        if not pins:
            return handled.handle(asked)

        def looked_at() -> Then:
            silent = self._is_word(asked.by.staff, pins)
            return Then(handled.where, partial(handled.handle, _untold(asked, forced=silent)))

        return Then(AnsweringThread.WORKER, looked_at)

    def _text(self, handled: Handled, fields: tuple[str, ...], asked: AllowedRequest) -> Answer | Then:
        found = {name: pins_in(getattr(asked.body, name)) for name in fields}
        holding = next((name for name, pins in found.items() if pins), "")
        if not holding:
            return handled.handle(asked)

        def looked_at() -> Then:
            silent = self._is_word(asked.by.staff, tuple(pin for pins in found.values() for pin in pins))
            return Then(AnsweringThread.LOOP, partial(self._refused, asked, holding, silent=silent))

        return Then(AnsweringThread.WORKER, looked_at)

    def _refused(self, asked: AllowedRequest, holding: str, *, silent: bool) -> Answer:
        staff = asked.by.staff
        if silent and self._throttle.happened(staff):
            self._gate.note(StaffDuress(staff, "text"))
        return refused(RefusedWhy.DIGITS, detail=holding)

    def _is_word(self, staff: str, pins: tuple[str, ...]) -> bool:
        """Whether any of them is the duress word; all take as long as any."""
        found = [self._is_duress(staff, pin) for pin in pins[:_MOST_TRIED]]
        return any(found)


def _untold(asked: AllowedRequest, *, forced: bool) -> AllowedRequest:
    """The act without the digits that were typed; `forced`: by somebody who typed their duress word."""
    by, body = asked.by, asked.body
    session = dataclasses.replace(by, duress=by.duress or forced)
    changed: Any = replace(body, text=without_pins(body.text))
    return dataclasses.replace(asked, body=changed, session=session)
