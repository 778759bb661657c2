"""A board file's content: which pin does what, what each line does when nobody drives it, and what moves.

A board is data. `check_board` says what is wrong with one before any pin is touched; the shell
(`edge.devices.boards`) reads the file, `edge.devices.pins` drives the pins. Pin numbers are Broadcom
(BCM) numbers of the 40-pin header, as gpiozero, pinout.xyz and the wiring guide use them.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

import msgspec

from edge.barrier.kinds import Barrier, Drive


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
    """What an input line tells. `beam_outer` is on the street's side, `beam_inner` on the site's."""

    OVERRIDE = "override"  # the staff's button
    DURESS = "duress"  # the agreed second button: opens, and alerts silently
    EXIT_REQUEST = "exit_request"
    DOOR_CONTACT = "door_contact"  # active: the door or arm is away from its closed position
    BEAM_OUTER = "beam_outer"  # active: interrupted
    BEAM_INNER = "beam_inner"
    OBSTACLE = "obstacle"  # active: something is under the arm or in the wings
    FIRE = "fire"  # active: the fire panel releases the barrier
    TAMPER = "tamper"  # active: the housing is open
    POWER = "power"  # active: mains lost, running from the battery
    SHIFT_KEY = "shift_key"  # active: the key of whoever is on shift is turned
    INTERLOCK = "interlock"  # active: the other gate of a mantrap is shut and stays so


class Level(StrEnum):
    """The electrical level that means `active`."""

    HIGH = "high"
    LOW = "low"


class Pull(StrEnum):
    """The resistor that decides a line that nobody drives."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Rest(StrEnum):
    """What the barrier does when a relay's line is no longer driven."""

    RELEASED = "released"  # fail safe: people can leave
    SECURED = "secured"  # fail secure: the barrier stays shut
    UNCHANGED = "unchanged"  # a pulse-driven machine stays where it is


class Computer(StrEnum):
    PI_4 = "raspberry-pi-4"
    PI_5 = "raspberry-pi-5"
    SIMULATED = "simulated"


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One output line.

    `pull` is the resistor fitted outside the Pi (on the HAT, or by the electrician): it alone decides the
    line while the Pi boots, while no process holds the pin, and after one was killed. `on_power_loss` and
    `on_process_death` say what the barrier does then; relays must declare both, lamps need not.
    """

    pin: int
    active: Level = Level.HIGH
    pull: Pull = Pull.NONE
    on_power_loss: Rest | None = None
    on_process_death: Rest | None = None


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One input line.

    `pull` is the Pi's own resistor, switched on when the pin is claimed. `debounce` is how long (s) the
    level must stand still before it counts: longer swallows short presses, and above 0.4 s the lane would
    miss what EN 60839-11-1 says it must not.
    """

    pin: int
    active: Level = Level.LOW
    pull: Pull = Pull.UP
    debounce: float = 0.03


class Board(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A board file. `verified` says on which hardware the pins were tried; empty means on none."""

    name: str
    computer: Computer
    barrier: Barrier
    outputs: dict[OutputName, Output]
    inputs: dict[InputName, Input]
    about: str = ""
    verified: str = ""


class Severity(StrEnum):
    ERROR = "error"  # the gate does not start with it
    WARNING = "warning"  # it starts, and says so every time


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is wrong with a board: what, at which key of the file, and what to do."""

    severity: Severity
    where: str
    what: str
    remedy: str


MOST_DEBOUNCE = 0.4
"""Seconds. EN 60839-11-1: an input present for longer than 400 ms is processed."""

_EEPROM_PINS = frozenset({0, 1})
_FIXED_PULL_UP_PINS = frozenset({2, 3})
_SERIAL_PINS = frozenset({14, 15})
_HEADER_PINS = frozenset(range(28))
_PULLED_UP_AT_RESET = frozenset(range(9))
# BCM2711 peripherals, table "GPIO Pull-up / Pull-down": GPIO 0-8 reset to pull-up, 9-27 to pull-down.
# RP1 (Pi 5) resets the header's pins the same way.


def check_board(board: Board) -> tuple[Finding, ...]:
    """Everything wrong with `board`, errors first."""
    findings = (
        *_check_pins_exist(board),
        *_check_pins_are_alone(board),
        *_check_relays(board),
        *_check_drive(board),
        *_check_inputs(board),
        *_check_egress(board),
        *_check_barrier(board.barrier),
    )
    return tuple(sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR))


def _error(where: str, what: str, remedy: str) -> Finding:
    return Finding(Severity.ERROR, where, what, remedy)


def _warning(where: str, what: str, remedy: str) -> Finding:
    return Finding(Severity.WARNING, where, what, remedy)


def _lines(board: Board) -> list[tuple[str, int]]:
    return [
        *((f"outputs.{name}", output.pin) for name, output in board.outputs.items()),
        *((f"inputs.{name}", line.pin) for name, line in board.inputs.items()),
    ]


def _check_pins_exist(board: Board) -> list[Finding]:
    findings = []
    for where, pin in _lines(board):
        if pin not in _HEADER_PINS:
            findings.append(
                _error(where, f"the Pi's header has no GPIO {pin}", "use a BCM number from 2 to 27")
            )
        elif pin in _EEPROM_PINS:
            findings.append(
                _error(where, f"GPIO {pin} is the HAT's identity bus, read at every boot", "use another pin")
            )
    return findings


def _check_pins_are_alone(board: Board) -> list[Finding]:
    lines = _lines(board)
    uses = Counter(pin for _, pin in lines)
    return [
        _error(
            ", ".join(where for where, used in lines if used == pin),
            f"GPIO {pin} has {count} functions",
            "give each its own pin",
        )
        for pin, count in uses.items()
        if count > 1
    ]


def _check_relays(board: Board) -> list[Finding]:
    findings: list[Finding] = []
    if OutputName.RELAY_OPEN not in board.outputs:
        findings.append(
            _error("outputs.relay_open", "no relay opens the barrier", "name the pin of the opening relay")
        )
    for name, relay in board.outputs.items():
        if name in RELAYS:
            findings.extend(_check_relay(f"outputs.{name}", relay))
    return findings


def _check_relay(where: str, relay: Output) -> list[Finding]:
    findings: list[Finding] = []
    if relay.active is Level.LOW:
        findings.append(_active_low_relay(where, relay))
    elif relay.pin in _FIXED_PULL_UP_PINS:
        findings.append(
            _error(
                where,
                f"GPIO {relay.pin} has a fixed pull-up (1.8 kΩ): the relay is energised from power-on",
                "use a pin from 9 to 27, not 14 or 15",
            )
        )
    elif relay.pull is not Pull.DOWN:
        known = "pulls it up" if relay.pin in _PULLED_UP_AT_RESET else "pulls it down only weakly"
        severity = _error if relay.pin in _PULLED_UP_AT_RESET else _warning
        findings.append(
            severity(
                where,
                f"nothing outside holds the line down: at power-on the Pi {known}",
                'fit 10 kΩ from the line to ground, and write pull = "down"',
            )
        )
    if relay.pin in _SERIAL_PINS:
        findings.append(
            _error(
                where,
                f"GPIO {relay.pin} is the serial console and moves while the Pi boots",
                "use another pin for a relay",
            )
        )
    for field, value in (
        ("on_power_loss", relay.on_power_loss),
        ("on_process_death", relay.on_process_death),
    ):
        if value is None:
            findings.append(
                _error(
                    f"{where}.{field}",
                    "a relay must declare what the barrier does then",
                    "released, secured or unchanged",
                )
            )
    return findings


def _active_low_relay(where: str, relay: Output) -> Finding:
    if relay.pull is Pull.UP and relay.pin in _PULLED_UP_AT_RESET:
        return _warning(
            where,
            "an active-low relay is energised by any short to ground, and by a Pi without power",
            "use an active-high relay board where you can",
        )
    return _error(
        where,
        "an active-low relay here is energised while the Pi boots, and when no process holds the pin",
        'use an active-high relay with a pull-down; or a pin from 4 to 8 with 10 kΩ to 3.3 V and pull = "up"',
    )


def _check_drive(board: Board) -> list[Finding]:
    needs = (OutputName.RELAY_CLOSE,) if board.barrier.drive is Drive.UP_STOP_DOWN else ()
    findings = [
        _error(f"outputs.{name}", f"a barrier driven {board.barrier.drive} needs it", "name its pin")
        for name in needs
        if name not in board.outputs
    ]
    if board.barrier.powered and InputName.OBSTACLE not in board.inputs:
        findings.append(
            _warning(
                "inputs.obstacle",
                "a barrier that closes under power has no obstacle sensor here",
                "wire one, or make sure that the barrier's own controller has one that stops it",
            )
        )
    return findings


def _check_inputs(board: Board) -> list[Finding]:
    findings = []
    if InputName.OVERRIDE not in board.inputs:
        findings.append(_error("inputs.override", "staff have no button", "every gate has one: name its pin"))
    for name, line in board.inputs.items():
        if not 0 <= line.debounce <= MOST_DEBOUNCE:
            findings.append(
                _error(
                    f"inputs.{name}.debounce",
                    f"{line.debounce} s is outside 0 to {MOST_DEBOUNCE} s",
                    "0.03 suits a button, 0.005 a beam",
                )
            )
        if line.pull is Pull.NONE:
            findings.append(
                _warning(f"inputs.{name}.pull", "an open wire reads as noise", "pull it away from active")
            )
        elif _cut_wire_is_active(line) and name in _OPENS:
            findings.append(
                _warning(
                    f"inputs.{name}",
                    "a cut wire reads as a press, and opens the barrier",
                    'active = "low" with pull = "up", and a button that closes to ground',
                )
            )
        elif not _cut_wire_is_active(line) and name in _GUARDS and board.computer is not Computer.SIMULATED:
            findings.append(
                _warning(
                    f"inputs.{name}",
                    "a cut wire reads as all clear",
                    'active = "high" with pull = "up", and a contact that opens when it is active',
                )
            )
    return findings


_OPENS = frozenset({InputName.OVERRIDE, InputName.DURESS, InputName.EXIT_REQUEST})
_GUARDS = frozenset({InputName.OBSTACLE, InputName.FIRE, InputName.TAMPER})


def _cut_wire_is_active(line: Input) -> bool:
    return (line.pull is Pull.UP) is (line.active is Level.HIGH)


def _check_egress(board: Board) -> list[Finding]:
    relay = board.outputs.get(OutputName.RELAY_OPEN)
    if relay is None or InputName.FIRE in board.inputs or relay.on_power_loss is not Rest.SECURED:
        return []
    return [
        _warning(
            "outputs.relay_open.on_power_loss",
            "the barrier stays shut without power, and no fire input is named",
            "people must be able to leave by a handle or a release that needs no electricity",
        )
    ]


def _check_barrier(barrier: Barrier) -> list[Finding]:
    return [
        _error(f"barrier.{name}", f"{value} s cannot be", "a positive number of seconds")
        for name, value in barrier.durations().items()
        if not 0 < value < 86_400
    ]
