"""Tries the lane: a lamp by itself, the barrier through the real lane, the inputs by somebody's hand.

As on the installer's page, what moves something is in the journal before it does.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic

from edge.boards.format import OutputName
from edge.configuration import GateConfiguration
from edge.devices.clock import SystemClock
from edge.journal.factory import open_journal
from edge.journal.format import Entry, Event, InstallerTested
from edge.lane.driver import LaneReport
from edge.lane.machine import Cause, Grant, Phase, Record, TryLine, busy_with
from edge.runtime.lane_at_work import LaneAtWork, start_lane
from edge.runtime.machine import THIS_COMPUTER
from edge.setup.core import MOVES_BARRIER, TrialOutcome
from edge.setup.trying.wire import TryThis

_LOOKS_EVERY = 0.05
_BEGINS_WITHIN = 10.0
"""Seconds until a lane that was at rest has begun; a lane that starts may warn first, and close."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class _Bench:
    """A lane at work; `record` writes an event down, which is done before anything moves."""

    lane: LaneAtWork
    record: Callable[[Event], Entry]
    reports: SimpleQueue[LaneReport]
    tell: Tell

    def hear(self) -> None:
        """Write down what the lane reports, for a moment."""
        try:
            said = self.reports.get(timeout=_LOOKS_EVERY).said
        except Empty:
            return
        if isinstance(said, Record):
            self.record(said.event)
            self.tell(f"lane: {said.event.kind.value}")

    def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Whether it holds within so many seconds; the lane is heard meanwhile."""
        ends = monotonic() + seconds
        while not condition():
            if monotonic() >= ends:
                return False
            self.hear()
        return True

    def busy(self) -> str:
        return busy_with(self.lane.driver.state, monotonic())


def try_output(configuration: GateConfiguration, asked: TryThis, tell: Tell) -> TrialOutcome:
    """Blink, sound or open once. Raises GatepostError where lane or journal are not to be had."""
    trial = asked.trial
    assert trial is not None  # noqa: S101 - the caller chose this by it
    with ExitStack() as running:
        bench = _bench(configuration, running, tell)
        if not bench.until(lambda: not bench.busy(), _BEGINS_WITHIN):
            what = f"nothing was tried: the lane is not at rest ({bench.busy()})"
            return TrialOutcome(trial.name, False, problem=what, remedy=_AT_REST)
        wrote = bench.record(InstallerTested(asked.installer, f"output {trial.what}", "begun"))
        began = monotonic()
        if trial.what in MOVES_BARRIER:
            problem = _open_once(configuration, bench, str(wrote.sequence))
        else:
            problem = _blink(bench, OutputName(trial.what))
        moved = tuple(
            f"{move.at - began:5.2f} s  {move.output.value} {'on' if move.active else 'off'}"
            for move in bench.lane.driver.timeline
            if move.output.value == trial.what and move.at >= began
        )
    return TrialOutcome(trial.name, not problem, moved, problem, trial.remedy if problem else "")


_AT_REST = (
    "close the barrier, clear the way, end fire and alarms; an input that is always active is wired wrongly"
)


def _blink(bench: _Bench, output: OutputName) -> str:
    driver = bench.lane.driver
    driver.submit(TryLine(output))
    bench.until(lambda: driver.state.trial is not None, _BEGINS_WITHIN)
    if driver.state.trial is None:
        return "the lane did not begin the trial"
    ends = driver.state.trial.until
    bench.until(lambda: monotonic() > ends, _BEGINS_WITHIN)
    return ""


def _open_once(configuration: GateConfiguration, bench: _Bench, reference: str) -> str:
    barrier, driver = bench.lane.board.barrier, bench.lane.driver
    driver.submit(Grant(reference, configuration.lets_through, Cause.STAFF))
    if not bench.until(
        lambda: driver.state.phase is not Phase.CLOSED, barrier.interlock_wait + _BEGINS_WITHIN
    ):
        return f"the lane did not open ({bench.busy() or 'it rests'})"
    longest = barrier.open_time + 2 * barrier.travel + barrier.held_time + barrier.clear_time + _BEGINS_WITHIN
    if not bench.until(lambda: driver.state.phase is Phase.CLOSED, longest):
        return f"it opened, and was not shut again within {longest:.0f} s (it is {driver.state.phase.value})"
    return ""


def try_inputs(configuration: GateConfiguration, asked: TryThis, tell: Tell) -> TrialOutcome:
    """Say each input that changes, until all have, or the time is over; the lane is not started for it."""
    from edge.boards.files import load_board  # noqa: PLC0415
    from edge.devices.pins import Inputs, board_pins  # noqa: PLC0415
    from edge.devices.simulated import simulated_pins  # noqa: PLC0415
    from edge.lane.configuration import PinKind  # noqa: PLC0415

    board = load_board(configuration.lane.board)
    real = configuration.lane.pins is PinKind.GPIO
    with closing(board_pins(board) if real else simulated_pins()) as pins:
        inputs = Inputs(board, pins)
        edges: SimpleQueue[str] = SimpleQueue()
        inputs.watch(lambda name, active: edges.put(f"{name.value} {'active' if active else 'at rest'}"))
        try:
            for name, active in inputs.read().items():
                tell(f"{name.value} (GPIO {board.inputs[name].pin}): {'active' if active else 'at rest'}")
            missing = _changed(edges, {name.value for name in board.inputs}, asked.seconds, tell)
        finally:
            inputs.release()
    remedy = asked.trial.remedy if asked.trial is not None and missing else ""
    problem = f"nothing came from {', '.join(sorted(missing))}" if missing else ""
    return TrialOutcome("inputs", not missing, problem=problem, remedy=remedy)


def _changed(edges: SimpleQueue[str], wanted: set[str], seconds: float, tell: Tell) -> set[str]:
    """Those of the inputs that did not change within so many seconds."""
    ends = monotonic() + seconds
    while wanted and monotonic() < ends:
        try:
            edge = edges.get(timeout=_LOOKS_EVERY)
        except Empty:
            continue
        tell(edge)
        wanted = wanted - {edge.partition(" ")[0]}
    return wanted


def _bench(configuration: GateConfiguration, running: ExitStack, tell: Tell) -> _Bench:
    clock = SystemClock(lambda: None)
    journal = open_journal(configuration.journal.path, configuration.gate.id, clock.wall())
    running.callback(journal.close)
    reports: SimpleQueue[LaneReport] = SimpleQueue()
    lane = start_lane(configuration, reports.put, running, THIS_COMPUTER)
    return _Bench(lane, lambda event: journal.append(event, clock.wall()), reports, tell)
