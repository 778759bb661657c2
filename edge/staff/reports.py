"""Takes reports of what does not work, and shows them until somebody says that they are settled."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Final

from edge.journal.format import GateFaultReported, GateFaultSettled
from edge.signing.cose import instant, microseconds
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table, Then
from edge.staff.core import MOST_OPEN, Right, is_fault
from edge.staff.desk import Desk
from edge.staff.desk_file import ReportedFault
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, RefusedWhy
from edge.staff.protocol import people as messages
from edge.staff.protocol.envelope import Done
from edge.staff.refusals import refused

_MOST_KEYS: Final = 100


class FaultReports:
    """Answers who reports faults. The journal is the main loop's thread's, the file the worker's."""

    def __init__(self, desk: Desk, gate: GatePorts) -> None:
        self._desk = desk
        self._gate = gate
        self._done: OrderedDict[tuple[str, str], messages.FaultReported] = OrderedDict()

    def table(self) -> Table:
        """Who may ask what of this."""
        return {
            messages.ReportFault: Handled(Right.REPORT_FAULT, self._report, AnsweringThread.LOOP),
            messages.SettleFault: Handled(Right.REPORT_FAULT, self._settle, AnsweringThread.LOOP),
            messages.ListFaults: Handled(Right.REPORT_FAULT, self._list),
        }

    def open(self) -> tuple[messages.FaultShown, ...]:
        """The faults that are not settled, the newest first; for any thread."""
        return tuple(
            messages.FaultShown(fault.fault, fault.what, fault.text, fault.staff, instant(fault.at))
            for fault in self._desk.faults
        )

    # --- inside ----------------------------------------------------------------------------

    def _report(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.ReportFault = asked.body
        key = asked.by.staff, body.key
        before = self._done.get(key)
        if before is not None:
            return before
        if not is_fault(body.what, body.text):
            return refused(RefusedWhy.INVALID, detail="what")
        if len(self._desk.faults) >= MOST_OPEN:
            return refused(RefusedWhy.LIMIT, detail="faults")
        text, staff = body.text.strip(), asked.by.staff
        entry = self._gate.record(GateFaultReported(staff, body.what, text))
        reported = messages.FaultReported(entry.sequence)
        self._done[key] = reported
        if len(self._done) > _MOST_KEYS:
            self._done.popitem(last=False)
        fault = ReportedFault(entry.sequence, body.what, text, staff, microseconds(entry.wall.at))
        return Then(AnsweringThread.WORKER, partial(self._kept, fault, reported))

    def _kept(self, fault: ReportedFault, reported: messages.FaultReported) -> Answer:
        self._desk.report(fault)
        return reported

    def _settle(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.SettleFault = asked.body
        if all(fault.fault != body.fault for fault in self._desk.faults):
            return refused(RefusedWhy.UNKNOWN)
        self._gate.record(GateFaultSettled(asked.by.staff, body.fault, body.text.strip()))

        def forget() -> Answer:
            self._desk.settle(body.fault)
            return Done()

        return Then(AnsweringThread.WORKER, forget)

    def _list(self, _: AllowedRequest) -> Answer:
        return messages.Faults(self.open())
