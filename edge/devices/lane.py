"""The lane, driven: the state machine over real or simulated pins, in a thread that waits for nobody.

The button works with the vision worker dead, the registry bad, the disk full and the main loop hanging:
from its pin to the relay there is only this thread and the pure machine.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from edge.barrier.board import Board, InputName, OutputName
from edge.barrier.lane import initial, step
from edge.barrier.signals import Ask, Grant, Prompt, Record, Sensed, SetOutput, Show, Signal, Tick
from edge.barrier.state import LaneState
from edge.decision.evidence import Direction
from edge.decision.policy import Outcome
from edge.decision.reasons import Reason
from edge.devices.pins import Inputs, Outputs, PinFactory
from edge.devices.settling import Settling

_TICK = 0.05
"""Seconds between looks at the time: lamps blink and pulses end by it."""


@dataclass(frozen=True)
class Movement:
    """A line that was driven, and when (monotonic s)."""

    at: float
    line: OutputName
    active: bool

    def __str__(self) -> str:
        return f"{self.line} {'on' if self.active else 'off'}"


Told = Record | Prompt | Movement
Listener = Callable[[Told], None]


class LaneMachine:
    """The state machine and its outputs. Stepped by one thread; acts at once, relays first."""

    def __init__(self, board: Board, outputs: Outputs, listener: Listener) -> None:
        self._outputs = outputs
        self._listener = listener
        self._board = board
        self.state: LaneState = initial(board.barrier, frozenset(board.inputs), 0.0)

    def begin(self, now: float) -> None:
        self.state = initial(self._board.barrier, frozenset(self._board.inputs), now)
        self.handle(Tick(), now)

    def handle(self, signal: Signal, now: float) -> None:
        """Take `signal` into account at `now` (monotonic s) and do what follows from it."""
        self.state, effects = step(self.state, signal, now)
        for effect in effects:
            if isinstance(effect, SetOutput):
                self._outputs.set(effect.output, active=effect.active)
                self._listener(Movement(now, effect.output, effect.active))
            else:
                self._listener(effect)


class LaneDriver:
    """A lane on its own thread. `listener` is called from that thread and must not wait."""

    def __init__(self, board: Board, factory: PinFactory, listener: Listener) -> None:
        self._signals: SimpleQueue[Signal | InputName] = SimpleQueue()
        self._outputs = Outputs(board, factory)
        self._inputs = Inputs(board, factory, self._signals.put)
        self._settling = Settling({name: line.debounce for name, line in board.inputs.items()})
        self._board = board
        self._listener = listener
        self._machine = LaneMachine(board, self._outputs, listener)
        self._stopping = threading.Event()
        self._turned = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="lane", daemon=True)

    def start(self) -> None:
        """Claim the pins, every output inactive, and begin. Raises DeviceError or gpiozero's errors."""
        self._outputs.open()
        self._inputs.open()
        for name in self._board.inputs:
            self._signals.put(name)  # a line may be active already: fire, a pressed button
        self._thread.start()

    def stop(self) -> None:
        """End the thread, bring every line to rest, give up the pins."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(2.0)
        self._inputs.close()
        self._outputs.close()

    @property
    def idle_for(self) -> float:
        """Seconds since the thread last went round: the watchdog asks."""
        return time.monotonic() - self._turned

    def send(self, signal: Signal) -> None:
        self._signals.put(signal)

    # --- what the attendant asks -----------------------------------------------------------

    def grant(self, reference: str, direction: Direction) -> None:
        self._signals.put(Grant(reference, direction))

    def refuse(self, outcome: Outcome, reason: Reason) -> None:
        self._signals.put(Show(outcome, reason.value))

    def prompt(self, reason: Reason) -> None:
        self._signals.put(Ask(reason.value))

    # --- the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        self._machine.begin(time.monotonic())
        while not self._stopping.is_set():
            try:
                arrived = self._signals.get(timeout=self._patience())
            except Empty:
                arrived = Tick()
            self._turned = now = time.monotonic()
            if isinstance(arrived, InputName):
                self._settling.edge(arrived, now)
            else:
                self._machine.handle(arrived, now)
            for line, active in self._settling.settle(now, self._inputs.is_active):
                self._machine.handle(Sensed(line, active), now)

    def _patience(self) -> float:
        due = self._settling.next_due()
        return _TICK if due is None else max(0.0, min(_TICK, due - time.monotonic()))
