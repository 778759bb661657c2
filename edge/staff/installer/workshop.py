"""Answers an installer's requests. What moves something is in the journal before it does, and is done only
while nobody is before the gate and the lane rests.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from edge.boards.format import OutputName
from edge.diagnostics.beside import look_beside
from edge.diagnostics.bundle import BundleContents, bundle_of
from edge.diagnostics.core import parse
from edge.diagnostics.lane_simulator import simulate
from edge.diagnostics.redaction import known_words, struck_out
from edge.journal.format import InstallerTested
from edge.lane.configuration import PinKind
from edge.lane.machine import TRIED, Cause, Grant, Signal, TryLine, busy_with
from edge.runtime.recognition import Holdings
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table, Then
from edge.staff.core import Right, script_of
from edge.staff.installer.checks import Checks
from edge.staff.installer.hardware import Hardware
from edge.staff.installer.lines import LiveLines
from edge.staff.installer.readings import Readings
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, Done, Refused, RefusedWhy
from edge.staff.protocol import installing as messages
from edge.staff.refusals import refused
from edge.staff.views.published import Published
from edge.support.bucket import Bucket
from edge.support.recent_log import RecentLine
from edge.support.throttle import Throttle

_MOST_KEYS: Final = 100
_TRIALS_A_SECOND: Final = 0.5
_SAVED: Final = 10.0
"""Each trial is an event: a console that somebody took over must not fill the journal by them."""
_LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_MOST_LOG_LINES: Final = 100
_WHY: Final = {"fire": RefusedWhy.FIRE, "locked": RefusedWhy.LOCKED}


class Workshop:
    """The installer's side of a gate."""

    def __init__(
        self,
        gate: GatePorts,
        hardware: Hardware,
        published: Published,
        staff_names: Callable[[], Iterable[str]],
    ) -> None:
        """`staff_names` are the names and ids of who may sign in, for the worker's thread."""
        self._gate = gate
        self._hardware = hardware
        self._staff_names = staff_names
        self.readings = Readings(gate.clock)
        self.lines = LiveLines(hardware, gate.lane, gate.clock, published, self.readings)
        self.checks = Checks(hardware.configuration, gate.clock, published, look_beside, self._subjects)
        self._trials = Bucket(_TRIALS_A_SECOND, seconds_saved=_SAVED)
        self._refusals = Throttle(gate.clock.monotonic)
        self._done: OrderedDict[tuple[str, str], messages.Tried] = OrderedDict()
        self._known: tuple[Holdings | None, frozenset[str]] = (None, frozenset())

    def table(self) -> Table:
        """Who may ask what of this."""
        return {
            messages.TryOutput: Handled(Right.INSTALL, self._try, AnsweringThread.LOOP),
            messages.OutputsAsked: Handled(Right.INSTALL, self._there),
            messages.SimulateLane: Handled(Right.INSTALL, self._simulate),
            messages.RunChecks: Handled(Right.INSTALL, self._check),
            messages.ReadLog: Handled(Right.INSTALL, self._read_log),
            messages.MakeBundle: Handled(Right.INSTALL, self._bundle),
        }

    # --- the lane, in the main loop's thread -----------------------------------------------

    def _try(self, asked: AllowedRequest) -> Answer:
        body: messages.TryOutput = asked.body
        key = asked.by.staff, body.key
        before = self._done.get(key)
        if before is not None:
            return replace(before, again=True)
        objection = self._objection(body.output)
        what = f"output {body.output}"
        if objection is not None:
            if self._refusals.happened(f"{what} {objection.why}"):
                self._gate.note(InstallerTested(asked.by.staff, what, f"refused: {objection.why}"))
            return objection
        now = self._gate.clock.monotonic()
        wait = self._trials.wait(now)
        if wait > 0.0:
            return refused(RefusedWhy.BUSY, wait=wait, detail="trials")
        self._trials.take(1)
        entry = self._gate.record(InstallerTested(asked.by.staff, what, "begun"))
        self._gate.lane.submit(self._signal(body.output, str(entry.sequence)))
        self._done[key] = tried = messages.Tried(body.output, entry.sequence, entry.wall.at)
        if len(self._done) > _MOST_KEYS:
            self._done.popitem(last=False)
        return tried

    def _signal(self, output: OutputName, reference: str) -> Signal:
        if output is OutputName.RELAY_OPEN:
            return Grant(reference, self._hardware.lets_through, Cause.STAFF)
        return TryLine(output)

    def _objection(self, output: OutputName) -> Refused | None:
        """Why this output may not be tried now."""
        if output not in self._hardware.board.outputs or output not in TRIED | {OutputName.RELAY_OPEN}:
            return refused(RefusedWhy.INVALID, detail=output)
        by = self._gate.locked_by_centre()
        if by:
            return refused(RefusedWhy.LOCKED_BY_CENTRE, detail=by)
        busy = busy_with(self._gate.lane.state, self._gate.clock.monotonic())
        if busy:
            return refused(_WHY.get(busy, RefusedWhy.OCCUPIED), detail=busy)
        return None if self._hardware.nobody_there() else refused(RefusedWhy.OCCUPIED, detail="somebody")

    # --- the rest, in the worker's thread --------------------------------------------------

    def _there(self, _: AllowedRequest) -> Answer:
        board, section = self._hardware.board, self._hardware.configuration.lane
        tried = TRIED | {OutputName.RELAY_OPEN}
        return messages.OutputsThere(
            board.name,
            tuple(board.inputs),
            tuple(board.outputs),
            tuple(name for name in board.outputs if name in tried),
            simulated=section.pins is PinKind.SIMULATED,
        )

    def _simulate(self, asked: AllowedRequest) -> Answer:
        body: messages.SimulateLane = asked.body
        section = self._hardware.configuration.lane
        script = script_of(body.scene, section.board, self._hardware.board.inputs)
        timeline = simulate(parse(script, body.scene))
        return messages.Simulated(
            body.scene, tuple(messages.Happening(line.at, line.text, line.given) for line in timeline)
        )

    def _check(self, _: AllowedRequest) -> Answer:
        self.checks.ask()
        return Done()

    def _read_log(self, asked: AllowedRequest) -> Answer:
        body: messages.ReadLog = asked.body
        wanted = _LEVELS[_LEVELS.index(body.level) :]
        lines = [line for line in reversed(self._hardware.log()) if line.level in wanted]
        known = self._names()
        return messages.LogRead(tuple(_plain(line, known) for line in lines[:_MOST_LOG_LINES]))

    def _bundle(self, asked: AllowedRequest) -> Answer | Then:
        found = self.checks.newest
        if found is None:
            self.checks.ask()
            return refused(RefusedWhy.BUSY, wait=10.0, detail="checks")
        at = self._gate.clock.wall().at
        data = bundle_of(
            BundleContents(self._hardware.configuration, found, self._hardware.log(), at, self._names())
        )
        made = messages.Bundle(f"gatepost-support-{at:%Y%m%d-%H%M}.zip", data)

        def noted() -> Answer:
            self._gate.note(InstallerTested(asked.by.staff, "bundle", "made"))
            return made

        return Then(AnsweringThread.LOOP, noted)

    def _names(self) -> frozenset[str]:
        """The words by which residents and staff are known."""
        return self._subjects() | known_words(self._staff_names())

    def _subjects(self) -> frozenset[str]:
        """The words by which residents are known: made anew where another registry is in force. For any
        thread.
        """
        holdings = self._gate.holdings()
        if holdings is not self._known[0]:
            subjects = () if holdings is None else holdings.registry.subjects.values()
            texts = (text for subject in subjects for text in (subject.id, subject.name, subject.address))
            self._known = (holdings, known_words(texts))
        return self._known[1]


def _plain(line: RecentLine, known: frozenset[str]) -> RecentLine:
    """A line in which nobody is named."""
    fields = {
        name: struck_out(value, known) if isinstance(value, str) else value
        for name, value in line.fields.items()
    }
    return replace(line, event=struck_out(line.event, known), fields=fields)
