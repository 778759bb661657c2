"""Corrects the reason of what somebody did: they said another one than they meant. Used by the main loop's
thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from edge.journal.format import Entry, Event, PressNamed, StaffActCorrected, StaffActTaken, understood
from edge.ports import Noted
from edge.runtime.main_loop import Heard
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table
from edge.staff.core import HOUR, OFFERED, Right, StaffAct, is_reason
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, RefusedWhy
from edge.staff.protocol import acts as messages
from edge.staff.refusals import refused

_MOST_KEPT: Final = 200
"""Acts whose reason may still be corrected."""
_CORRECTABLE: Final = frozenset(act.value for act, reasons in OFFERED.items() if reasons)


@dataclass(frozen=True)
class _Done:
    """What was done, by whom, and when (monotonic seconds)."""

    act: StaffAct
    staff: str
    at: float


class Corrections:
    """The acts of the last hour, by the sequence of their event: who did one may correct its reason."""

    def __init__(self, gate: GatePorts) -> None:
        self._gate = gate
        self._monotonic = gate.clock.monotonic
        self._lately: OrderedDict[int, _Done] = OrderedDict()
        self._corrected: OrderedDict[str, messages.Corrected] = OrderedDict()

    def table(self) -> Table:
        """Who may ask what of this."""
        return {messages.CorrectAct: Handled(Right.LET_IN, self._correct, AnsweringThread.LOOP)}

    def hear(self, heard: Heard) -> None:
        """Take up an act that was written down."""
        if isinstance(heard, Noted) and heard.entry is not None:
            self._keep(heard.entry.sequence, heard.event, 0.0)

    def remember(self, entries: Iterable[Entry]) -> None:
        """Take up what the journal's end says was done before this start."""
        wall = self._gate.clock.wall().at
        for entry in entries:
            self._keep(entry.sequence, understood(entry), (wall - entry.wall.at).total_seconds())

    # --- inside ----------------------------------------------------------------------------

    def _keep(self, sequence: int, event: Event | None, age: float) -> None:
        match event:
            case StaffActTaken(act=act, staff=staff) if act in _CORRECTABLE:
                about, done = sequence, _Done(StaffAct(act), staff, self._monotonic() - age)
            case PressNamed(press=press, staff=staff):
                about, done = press, _Done(StaffAct.NAME_PRESS, staff, self._monotonic() - age)
            case _:
                return
        if 0.0 <= age < HOUR:
            self._lately[about] = done
            if len(self._lately) > _MOST_KEPT:
                self._lately.popitem(last=False)

    def _correct(self, asked: AllowedRequest) -> Answer:
        body: messages.CorrectAct = asked.body
        before = self._corrected.get(body.key)
        if before is not None and (before.about, before.staff) == (body.about, asked.by.staff):
            return before
        done = self._lately.get(body.about)
        if done is None or self._monotonic() - done.at >= HOUR:
            return refused(RefusedWhy.UNKNOWN, detail="act")
        if done.staff != asked.by.staff:
            return refused(RefusedWhy.NOT_YOUR_ROLE, detail="act")
        if not is_reason(done.act, body.reason, body.text):
            return refused(RefusedWhy.INVALID, detail="reason")
        text = body.text.strip()
        entry = self._gate.record(StaffActCorrected(body.about, done.staff, body.reason, text))
        corrected = messages.Corrected(body.about, done.staff, body.reason, entry.sequence, entry.wall.at)
        self._corrected[body.key] = corrected
        if len(self._corrected) > _MOST_KEPT:
            self._corrected.popitem(last=False)
        return corrected
