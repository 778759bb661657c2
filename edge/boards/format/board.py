"""The content of a board file: which pin does what, how each line rests, and which barrier it moves.

A board is data. `edge.boards.format.wiring` checks one before any pin is touched; the shell
(`edge.boards.files`) reads the file, `edge.devices.pins` drives the pins. Pin numbers are Broadcom
(BCM) numbers of the 40-pin header, as gpiozero, pinout.xyz and the wiring guide use them.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.boards.format.kinds import Barrier
from edge.boards.format.relay_board import RelayBoard

NO_PIN = -1
"""What stands for the pin of an output that is on no pin of the header."""


class OutputName(StrEnum):
    """What an output line does. The relays come first: they are the ones that move something."""

    RELAY_OPEN = "relay_open"  # releases or raises the barrier
    RELAY_CLOSE = "relay_close"  # lowers it (booms with up, stop and down)
    RELAY_STOP = "relay_stop"  # halts it where it is (the same booms)
    LAMP_RED = "lamp_red"
    LAMP_YELLOW = "lamp_yellow"
    LAMP_GREEN = "lamp_green"
    BUZZER = "buzzer"
    INTERLOCK = "interlock"  # to the other gate of a mantrap: this one is shut and stays so


RELAYS: frozenset[OutputName] = frozenset(
    {OutputName.RELAY_OPEN, OutputName.RELAY_CLOSE, OutputName.RELAY_STOP}
)


class InputName(StrEnum):
    """What an input line reports. `beam_outer` is on the street's side, `beam_inner` on the site's."""

    OVERRIDE = "override"  # the staff's button
    DURESS = "duress"  # the agreed second button: opens, and alerts silently
    EXIT_REQUEST = "exit_request"
    DOOR_CONTACT = "door_contact"  # active: the door or arm is away from its closed position
    BEAM_OUTER = "beam_outer"  # active: interrupted
    BEAM_INNER = "beam_inner"
    OBSTACLE = "obstacle"  # active: something is under the arm or in the wings
    LEAF = "leaf"  # active: a swinging leaf touches somebody, or is about to, whichever way it moves
    FIRE = "fire"  # active: the fire panel releases the barrier
    TAMPER = "tamper"  # active: the housing is open
    POWER = "power"  # active: mains lost, running from the battery
    SHIFT_KEY = "shift_key"  # active: the key of the person on shift is turned
    INTERLOCK = "interlock"  # active: the other gate of a mantrap is shut and stays so


class LineLevel(StrEnum):
    """The electrical level that means `active`."""

    HIGH = "high"
    LOW = "low"


class Pull(StrEnum):
    """The resistor that sets the level of a line that nobody drives."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Rest(StrEnum):
    """What the barrier does when a relay's line is no longer driven."""

    RELEASED = "released"  # fail safe: people can leave
    SECURED = "secured"  # fail secure: the barrier stays shut
    UNCHANGED = "unchanged"  # a pulse-driven machine stays where it is


class Computer(StrEnum):
    """The computer whose header the lines are on; `edge.devices.gpio.header` maps it to a GPIO chip."""

    PI_3 = "raspberry-pi-3"
    PI_ZERO_2 = "raspberry-pi-zero-2"
    PI_4 = "raspberry-pi-4"
    PI_5 = "raspberry-pi-5"
    CM_4 = "compute-module-4"  # on a carrier with a 40-pin header
    SIMULATED = "simulated"


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One output line: on a `pin` of the header, or on a `relay` of the board's relay board (1 is its first).

    `pull` is the resistor fitted outside the Pi (on the HAT, or by the electrician): it alone decides the
    line while the Pi boots, while no process holds the pin, and after one was killed. `on_power_loss` and
    `on_process_death` say what the barrier does then; relays must declare both, lamps need not.
    """

    pin: int = NO_PIN
    active: LineLevel = LineLevel.HIGH
    pull: Pull = Pull.NONE
    on_power_loss: Rest | None = None
    on_process_death: Rest | None = None
    relay: int = 0

    @property
    def place(self) -> int | str:
        """Where the line is, as the pins know it: the BCM number, or `relay N`."""
        return f"relay {self.relay}" if self.relay else self.pin


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One input line.

    `pull` is the Pi's own resistor, switched on when the pin is claimed. `debounce` is how long (s) the
    level must be stable before it counts: longer swallows short presses, and above 0.4 s the lane would miss
    inputs that EN 60839-11-1 requires it to process.
    """

    pin: int
    active: LineLevel = LineLevel.LOW
    pull: Pull = Pull.UP
    debounce: float = 0.03


class WayOut(StrEnum):
    """How somebody inside opens a locked door when all the electronics have failed: by wire or by hand."""

    HANDLE = "handle"  # the handle or panic bar opens from inside, whatever the lock does (EN 179, EN 1125)
    BREAK_GLASS = "break_glass"  # an emergency release beside the door cuts the lock's current (EN 13637)
    EXIT_BUTTON = "exit_button"  # the exit button's second contact cuts the lock's current
    OTHER_DOOR = "other_door"  # another way out that is never locked is in sight


class Board(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A board file. `verified` says on which hardware the pins were tried; empty means on none. `way_out`
    says what was wired so that nobody is locked in; without it a locked door is refused.
    """

    name: str
    computer: Computer
    barrier: Barrier
    outputs: dict[OutputName, Output]
    inputs: dict[InputName, Input]
    about: str = ""
    verified: str = ""
    way_out: WayOut | None = None
    relay_board: RelayBoard | None = None
