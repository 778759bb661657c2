"""A lane as things: its wires on simulated pins, its barrier, its beams and buttons, and who walks through.

The gate's driver has `pins` and nothing else of it. What the world does to a line comes as an edge, as on
real pins; what the gate does to a relay moves the barrier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from edge.boards.format import RELAYS, Board, InputName, LineLevel
from edge.devices.pins import Outputs
from edge.devices.simulated import release_all
from edge.lane.machine import BEAMS
from tests.simulation.barrier import PhysicalBarrier
from tests.simulation.observations import Observation, Wire
from tests.simulation.scheduler import Scheduler
from tests.simulation.wires import WatchedPins

AT_REST = 0.02
"""Seconds after which everybody agrees that a beam was clear between two people."""


class LaneWorld:
    """The lane of `device`. Relays and inputs are told as `Wire`s; lamps and buzzer are not."""

    def __init__(
        self, device: str, board: Board, scheduler: Scheduler, tell: Callable[[Observation], None]
    ) -> None:
        self.device = device
        self.board = board
        self.pins = WatchedPins(self._moved)
        self._scheduler = scheduler
        self._tell = tell
        self._relays = {board.outputs[name].pin: name for name in sorted(RELAYS & board.outputs.keys())}
        self._causes = Counter[InputName]()
        self._at_rest: dict[InputName, float] = dict.fromkeys(InputName, -AT_REST)
        self.barrier = PhysicalBarrier(board.barrier, scheduler, self._at_contact, self._is_blocked)
        release_all(board, self.pins)
        self._inputs: dict[InputName, Any] = {
            name: self.pins.pin(line.pin) for name, line in board.inputs.items()
        }

    # --- what the world does to the lines ----------------------------------------------------------

    def has(self, line: InputName) -> bool:
        """Whether the board has this input."""
        return line in self._inputs

    def activate(self, line: InputName) -> bool:
        """Make an input active, for one cause more; whether it was not active already.

        Where the board has no such input nothing happens.
        """
        self._causes[line] += 1
        if self._causes[line] == 1:
            self._drive(line, active=True)
        return self._causes[line] == 1

    def has_just_cleared(self, line: InputName) -> bool:
        """Whether it is at rest, and was not a moment ago."""
        return not self._causes[line] and self._scheduler.now - self._at_rest[line] < AT_REST

    def release(self, line: InputName) -> None:
        """Take one cause away: an input without any is inactive."""
        self._causes[line] -= 1
        if not self._causes[line]:
            self._at_rest[line] = self._scheduler.now
            self._drive(line, active=False)

    def hold(self, line: InputName, seconds: float) -> None:
        """Keep an input active for so long: a button pressed, the fire panel's contact."""
        self.activate(line)
        self._scheduler.after(seconds, lambda: self.release(line))

    def bounce(self, line: InputName, edges: int = 50, within: float = 0.02) -> None:
        """Let a contact chatter: so many edges within so many seconds, at rest afterwards."""
        for number in range(edges // 2):
            self._scheduler.after(2 * number * within / edges, lambda: self.activate(line))
            self._scheduler.after((2 * number + 1) * within / edges, lambda: self.release(line))

    @property
    def sees_everybody(self) -> bool:
        """Whether both beams are wired and every change of them makes an edge."""
        return not self.pins.edges_lost and self.board.inputs.keys() >= BEAMS

    def lose_edges(self, *, lost: bool) -> None:
        """Let changes of the inputs make no edge, or make them again."""
        self.pins.edges_lost = lost

    # --- what becomes of the gate's process and its computer ---------------------------------------

    def process_ended(self) -> None:
        """The kernel has taken the lines back from a process that died: relays stay as they were."""
        for pin in self._inputs.values():
            pin.when_changed = None

    def rest(self) -> None:
        """Set every output inactive, as the unit does after each end of the gate's process."""
        outputs = Outputs(self.board, self.pins)
        outputs.claim()
        outputs.release()

    def power_lost(self) -> None:
        """The computer is without power: its relays drop."""
        self.process_ended()
        self.rest()

    # --- inside ------------------------------------------------------------------------------------

    def _drive(self, line: InputName, *, active: bool) -> None:
        if line not in self._inputs:
            return
        self._tell(Wire(self._scheduler.now, self.device, line.value, active, output=False))
        self._inputs[line].connect(active is (self.board.inputs[line].active is LineLevel.HIGH))

    def _moved(self, pin: int, high: bool) -> None:
        relay = self._relays.get(pin)
        if relay is None:
            return
        active = high is (self.board.outputs[relay].active is LineLevel.HIGH)
        self._tell(Wire(self._scheduler.now, self.device, relay.value, active, output=True))
        self.barrier.relay(relay, active)

    def _at_contact(self, away: bool) -> None:
        if away:
            self.activate(InputName.DOOR_CONTACT)
        else:
            self.release(InputName.DOOR_CONTACT)

    def _is_blocked(self) -> bool:
        return any(self._causes[line] for line in (*BEAMS, InputName.OBSTACLE))
