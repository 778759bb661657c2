"""Presses of the wired button: each may get a name and a reason for two minutes. Used by the main loop's
thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from edge.journal.format import (
    Entry,
    PressNamed,
    PressUnnamed,
    StaffDuress,
    is_shown_press,
    understood,
)
from edge.ports import Noted
from edge.runtime.main_loop import Heard
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table
from edge.staff.core import PRESS_OPEN, Right, StaffAct, is_reason
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, Refused, RefusedWhy
from edge.staff.protocol import acts as messages
from edge.staff.refusals import refused
from edge.support.due import NEVER
from edge.support.throttle import Throttle

MOST_OPEN: Final = 32
"""Presses that may get a name at a time; of more, a child at the button, the oldest stay unnamed."""


@dataclass(frozen=True)
class _Press:
    at: datetime
    until: float


class Presses:
    """The presses that may still get a name, by the sequence of their event."""

    def __init__(self, gate: GatePorts) -> None:
        self._gate = gate
        self._monotonic = gate.clock.monotonic
        self._open: dict[int, _Press] = {}
        self._throttle = Throttle(self._monotonic)
        self._named: OrderedDict[int, tuple[str, messages.Taken]] = OrderedDict()

    def table(self) -> Table:
        """Who may ask what of this."""
        return {messages.NamePress: Handled(Right.NAME_PRESS, self._name, AnsweringThread.LOOP)}

    def hear(self, heard: Heard) -> None:
        """Take up a press that was written down."""
        if isinstance(heard, Noted) and heard.entry is not None and is_shown_press(heard.event):
            self._offer(heard.entry)

    def remember(self, entries: Iterable[Entry]) -> None:
        """Offer again what nobody had named, or had two minutes to, before this start."""
        offered: dict[int, Entry] = {}
        for entry in entries:
            event = understood(entry)
            if event is not None and is_shown_press(event):
                offered[entry.sequence] = entry
            elif isinstance(event, PressNamed | PressUnnamed):
                offered.pop(event.press, None)
        for entry in offered.values():
            self._offer(entry)

    def open(self) -> tuple[messages.OpenPress, ...]:
        """The presses that may still get a name, oldest first."""
        now = self._monotonic()
        return tuple(
            messages.OpenPress(press, held.at, max(0.0, held.until - now))
            for press, held in self._open.items()
        )

    def poll(self) -> float:
        """Write down whose time is over; returns when the next is."""
        now = self._monotonic()
        for press in [press for press, held in self._open.items() if held.until <= now]:
            self._leave_unnamed(press)
        return min((held.until for held in self._open.values()), default=NEVER)

    # --- inside ----------------------------------------------------------------------------

    def _offer(self, entry: Entry) -> None:
        self._open[entry.sequence] = _Press(entry.wall.at, self._monotonic() + PRESS_OPEN)
        if len(self._open) > MOST_OPEN:
            self._leave_unnamed(next(iter(self._open)))

    def _leave_unnamed(self, press: int) -> None:
        del self._open[press]
        self._gate.note(PressUnnamed(press))

    def _name(self, asked: AllowedRequest) -> Answer:
        body: messages.NamePress = asked.body
        before = self._named.get(body.press)
        if before is not None and (before[0], before[1].staff) == (body.key, asked.by.staff):
            return replace(before[1], again=True)
        by = asked.by
        objection = self._objection(body)
        if objection is not None:
            if by.duress and self._throttle.happened(by.staff):
                self._gate.note(StaffDuress(by.staff, StaffAct.NAME_PRESS.value))
            return objection
        entry = self._gate.record(PressNamed(body.press, by.staff, body.reason, body.text.strip()))
        del self._open[body.press]
        if by.duress:
            self._gate.note(StaffDuress(by.staff, StaffAct.NAME_PRESS.value))
        taken = messages.Taken(StaffAct.NAME_PRESS, entry.sequence, entry.wall.at, by.staff, body.reason)
        self._named[body.press] = body.key, taken
        if len(self._named) > MOST_OPEN:
            self._named.popitem(last=False)
        return taken

    def _objection(self, body: messages.NamePress) -> Refused | None:
        if body.press not in self._open:
            return refused(RefusedWhy.GONE, detail="press")
        if not is_reason(StaffAct.NAME_PRESS, body.reason, body.text):
            return refused(RefusedWhy.INVALID, detail="reason")
        return None
