"""Drives the lane on its pins: collects signals, steps the pure machine, carries out its effects.

`LaneDriver` is synchronous: the caller of `pump` steps the machine, and only one thread may. The gate
gives it to a `LaneTask`, in a thread of its own, so that the override button works and an impulse ends in
time whatever the decision loop, the disk or the vision worker are doing. Replay and tests call `pump`
themselves, with a clock of theirs. The methods that hand something in (`grant`, `refuse`, `prompt`,
`submit`) may be called from any thread and never wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue

import structlog

from edge.boards.format import Board, InputName, OutputName
from edge.decision import Direction, Outcome
from edge.devices.pins import Inputs, Outputs, PinFactory
from edge.errors import DeviceError, words_of
from edge.journal.format import LaneFault
from edge.lane.machine import (
    IN_THE_WAY,
    NOTHING,
    AskPerson,
    Broke,
    Contact,
    Effect,
    Grant,
    LaneMemory,
    LaneState,
    OnShift,
    Phase,
    Prompt,
    Record,
    Sensed,
    SetOutput,
    Show,
    Signal,
    Tick,
    initial,
    next_deadline,
    observe_level,
    remember,
    settle_level,
    settles_at,
    step,
    waiting,
)

READ_EVERY = 0.1
"""Seconds between readings of the lines, besides their edges: a lost edge is noticed within the 400 ms that
EN 60839-11-1 allows, debounce included."""

MOST_AT_ONCE = 1_000
"""Signals and edges handled in one pump: a line that picks up radio noise must not delay the deadlines."""

TIMELINE_LENGTH = 10_000
KEPT_EVERY = 1.0
"""Seconds between two looks at a relay board on the bus,"""
KEPT_AGAIN = 10.0
"""and after one that failed: a bus that hangs takes up to a second each time, in which no button is heard."""


@dataclass(frozen=True)
class Moved:
    """One output line changed: when (monotonic seconds), which, and to what."""

    at: float
    output: OutputName
    active: bool


@dataclass(frozen=True)
class LaneReport:
    """An event for the journal or a prompt for the person, and when (monotonic seconds)."""

    at: float
    said: Record | Prompt


@dataclass(frozen=True)
class _Edge:
    """A raw edge, from the pins' own thread."""

    line: InputName
    active: bool
    at: float


class LaneDriver:
    """One lane. `open`, then `pump` again and again, then `close`.

    `deliver` is called from the stepping thread and must not block; put the report into a queue. The lines
    are read every `read_every` seconds, besides their edges.
    """

    def __init__(
        self,
        board: Board,
        pins: PinFactory,
        deliver: Callable[[LaneReport], None],
        monotonic: Callable[[], float],
        remembered: LaneMemory = NOTHING,
        read_every: float = READ_EVERY,
    ) -> None:
        self._board = board
        self._remembered = remembered
        self._outputs = Outputs(board, pins)
        self._inputs = Inputs(board, pins)
        self._deliver = deliver
        self._monotonic = monotonic
        self._read_every = read_every
        self._arrived: SimpleQueue[Signal | _Edge] = SimpleQueue()
        self._wake: Callable[[], None] = lambda: None
        self._contacts: dict[InputName, Contact] = {}
        self._debounce = self._inputs.debounce
        self._state: LaneState | None = None
        self._read_at = 0.0
        self._keep_at = 0.0
        self._pumped_at = 0.0
        self._failed: set[str] = set()
        self._timeline: deque[Moved] = deque(maxlen=TIMELINE_LENGTH)
        self._movements = 0
        self._log = structlog.get_logger("edge.lane")

    # --- from any thread -----------------------------------------------------------------------

    def grant(self, reference: str, direction: Direction | None) -> None:
        """Let one person through; `reference` names the decision in the journal. `direction` None: the beams
        will show which way.
        """
        self.submit(Grant(reference, direction))

    def refuse(self, outcome: Outcome, reason: str) -> None:
        """Show a denial or a referral by lamp, buzzer and prompt."""
        self.submit(Show(outcome, reason))

    def prompt(self, reason: str) -> None:
        """Ask the person for something, and decide nothing."""
        self.submit(AskPerson(reason))

    def submit(self, signal: Signal) -> None:
        """Hand in a signal; never waits."""
        self._arrive(signal)

    def at_arrival(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, from any thread, when something was handed in, and now for what was before."""
        self._wake = wake
        wake()

    @property
    def state(self) -> LaneState:
        """The lane's last state. Raises DeviceError before `open`."""
        if self._state is None:
            raise DeviceError("the lane is not open", where=self._board.name)
        return self._state

    @property
    def locked_down(self) -> bool:
        """Whether a lockdown is in force: nobody is let in by a grant."""
        return self._remembered.lockdown if self._state is None else self._state.lockdown

    @property
    def inputs(self) -> Mapping[InputName, Contact]:
        """Every input line as last seen: what counts, what was read, and since when."""
        return dict(self._contacts)

    @property
    def memory(self) -> LaneMemory:
        """What must outlive this process, such as a break-in alarm; before `open`, what was passed in."""
        return self._remembered if self._state is None else remember(self._state)

    @property
    def must_go_on(self) -> bool:
        """Whether an orderly stop has to wait: the relay that holds the barrier open in a fire would drop."""
        return self._state is not None and self._state.phase is Phase.FIRE

    @property
    def timeline(self) -> tuple[Moved, ...]:
        """What moved, oldest first (the last 10,000 changes)."""
        return tuple(self._timeline)

    @property
    def movements(self) -> int:
        """How often anything moved since the lane was made."""
        return self._movements

    def moved_since(self, movements: int) -> tuple[Moved, ...]:
        """What moved after the first so many `movements`, oldest first (of the last 10,000 changes)."""
        new = min(self._movements - movements, len(self._timeline))
        return tuple(self._timeline[place] for place in range(-new, 0))

    @property
    def pumped_at(self) -> float:
        """When the machine was last stepped (monotonic seconds): the lane's sign of life."""
        return self._pumped_at

    # --- from the one thread that steps it -----------------------------------------------------

    def open(self) -> None:
        """Claim the pins, relays inactive and first, and read the lines as they are. Raises DeviceError."""
        self._outputs.claim()
        self._inputs.watch(self._edge)
        self._begin(self._remembered)

    def pump(self) -> float:
        """Handle what has arrived and what is due; returns when to pump again at the latest (monotonic
        seconds).
        """
        now = self._monotonic()
        self._pumped_at = now
        for _ in range(min(self._arrived.qsize(), MOST_AT_ONCE)):
            self._handle(self._arrived.get_nowait(), now)
        if now >= self._read_at:
            self._read_lines(now)
            self._keep_relays(now)
        self._settle(now)
        self._step(Tick(), now)
        return self._next(now)

    def close(self) -> None:
        """Set every output inactive, then release the pins. Raises DeviceError if a line failed."""
        try:
            self._outputs.release()
        finally:
            self._inputs.release()

    def recover(self, error: Exception) -> None:
        """Start over after an exception in stepping: outputs inactive, lines read again."""
        self._log.error("lane_restarted", error=words_of(error))
        was = self.state
        self._outputs.rest()
        self._begin(remember(was))
        now = self._monotonic()
        if was.shift:
            self._step(OnShift(was.shift), now)
        lost = f"; let through and not seen to pass: {waiting(was)}" if waiting(was) else ""
        self._step(Broke(f"the lane was restarted: {words_of(error)}{lost}"), now)

    # --- inside --------------------------------------------------------------------------------

    def _edge(self, line: InputName, active: bool) -> None:
        self._arrive(_Edge(line, active, self._monotonic()))

    def _arrive(self, arrived: Signal | _Edge) -> None:
        self._arrived.put(arrived)
        self._wake()

    def _begin(self, remembered: LaneMemory) -> None:
        now = self._monotonic()
        levels = self._inputs.read()
        self._contacts = {line: Contact(active, active, now) for line, active in levels.items()}
        self._read_at = now + self._read_every
        active = frozenset(line for line, level in levels.items() if level)
        self._state, effects = initial(self._board.barrier, frozenset(levels), active, now, remembered)
        self._act(effects, now)

    def _handle(self, arrived: Signal | _Edge, now: float) -> None:
        if isinstance(arrived, _Edge):
            # First settle levels that were stable before this edge: it may have waited in the queue.
            self._settle(arrived.at)
            contact = self._contacts[arrived.line]
            self._contacts[arrived.line] = observe_level(contact, arrived.active, arrived.at)
        else:
            self._step(arrived, now)

    def _read_lines(self, now: float) -> None:
        self._read_at = now + self._read_every
        for line, contact in self._contacts.items():
            try:
                active = self._inputs.read_line(line)
            except DeviceError as error:
                self._break(error, now)
                # A sensor in the way that cannot be read counts as interrupted. The others stay as they were.
                active = contact.latest or line in IN_THE_WAY
            self._contacts[line] = observe_level(contact, active, now)

    def _keep_relays(self, now: float) -> None:
        """Have a relay board hold what it was told, also after its power was gone for a moment."""
        if now < self._keep_at:
            return
        self._keep_at = now + KEPT_EVERY
        try:
            self._outputs.keep()
        except DeviceError as error:
            self._keep_at = now + KEPT_AGAIN
            self._break(error, now)

    def _settle(self, now: float) -> None:
        for line, contact in self._contacts.items():
            settled = settle_level(contact, self._debounce[line], now)
            if settled is not contact:
                self._contacts[line] = settled
                self._step(Sensed(line, settled.settled), now)

    def _step(self, signal: Signal, now: float) -> None:
        self._state, effects = step(self.state, signal, now)
        self._act(effects, now)

    def _act(self, effects: tuple[Effect, ...], now: float) -> None:
        for effect in effects:
            match effect:
                case SetOutput(output=output, active=active):
                    self._set(output, active, now)
                case Record() | Prompt():
                    self._report(LaneReport(now, effect))

    def _set(self, output: OutputName, active: bool, now: float) -> None:
        if output not in self._outputs:
            return  # a lamp or a buzzer that this board does not have
        try:
            self._outputs.set(output, active)
        except DeviceError as error:
            self._break(error, now)
        else:
            self._timeline.append(Moved(now, output, active))
            self._movements += 1

    def _break(self, error: DeviceError, now: float) -> None:
        """Report once, not ten times a second, that a line failed."""
        if error.where not in self._failed:
            self._failed.add(error.where)
            self._report(LaneReport(now, Record(LaneFault(str(error)))))

    def _report(self, report: LaneReport) -> None:
        try:
            self._deliver(report)
        except Exception:  # noqa: BLE001 - the listener is another part; the barrier must close all the same
            self._log.exception("lane_report_lost", report=repr(report))

    def _next(self, now: float) -> float:
        if not self._arrived.empty():
            return now
        times = [self._read_at]
        deadline = next_deadline(self.state, now)
        if deadline is not None:
            times.append(deadline)
        for line, contact in self._contacts.items():
            settles = settles_at(contact, self._debounce[line])
            if settles is not None:
                times.append(settles)
        return min(times)
