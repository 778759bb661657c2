"""What is wrong with a board's wiring, before any pin is touched: `check_board`.

PURE. An error is what could move the barrier by accident, or keep it from being moved; a warning is what
the electrician has to know.
"""

from __future__ import annotations

from collections import Counter

from edge.barrier.board import (
    RELAYS,
    Board,
    Computer,
    Input,
    InputName,
    Level,
    Output,
    OutputName,
    Pull,
    Rest,
    WayOut,
)
from edge.barrier.finding import Finding, Severity, error, warning
from edge.barrier.fitting import check_fit

MOST_DEBOUNCE = 0.25
"""Seconds. EN 60839-11-1: an input present for longer than 400 ms is processed, even where its edge got lost
and the line is only read again 0.1 s later."""

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
        *_check_inputs(board),
        *_check_egress(board),
        *check_fit(board),
    )
    return tuple(sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR))


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
                error(where, f"the Pi's header has no GPIO {pin}", "use a BCM number from 2 to 27")
            )
        elif pin in _EEPROM_PINS:
            findings.append(
                error(where, f"GPIO {pin} is the HAT's identity bus, read at every boot", "use another pin")
            )
    return findings


def _check_pins_are_alone(board: Board) -> list[Finding]:
    lines = _lines(board)
    uses = Counter(pin for _, pin in lines)
    return [
        error(
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
            error("outputs.relay_open", "no relay opens the barrier", "name the pin of the opening relay")
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
            error(
                where,
                f"GPIO {relay.pin} has a fixed pull-up (1.8 kΩ): the relay is energised from power-on",
                "use a pin from 9 to 27, not 14 or 15",
            )
        )
    elif relay.pull is not Pull.DOWN:
        known = "pulls it up" if relay.pin in _PULLED_UP_AT_RESET else "pulls it down only weakly"
        severity = error if relay.pin in _PULLED_UP_AT_RESET else warning
        findings.append(
            severity(
                where,
                f"nothing outside holds the line down: at power-on the Pi {known}",
                'fit 10 kΩ from the line to ground, and write pull = "down"',
            )
        )
    if relay.pin in _SERIAL_PINS:
        findings.append(
            error(
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
                error(
                    f"{where}.{field}",
                    "a relay must declare what the barrier does then",
                    "released, secured or unchanged",
                )
            )
    return findings


def _active_low_relay(where: str, relay: Output) -> Finding:
    if relay.pull is Pull.UP and relay.pin in _PULLED_UP_AT_RESET:
        return warning(
            where,
            "an active-low relay is energised by any short to ground, and by a Pi without power",
            "use an active-high relay board where you can",
        )
    return error(
        where,
        "an active-low relay here is energised while the Pi boots, and when no process holds the pin",
        'use an active-high relay with a pull-down; or a pin from 4 to 8 with 10 kΩ to 3.3 V and pull = "up"',
    )


def _check_inputs(board: Board) -> list[Finding]:
    findings = []
    if InputName.OVERRIDE not in board.inputs:
        findings.append(error("inputs.override", "staff have no button", "every gate has one: name its pin"))
    for name, line in board.inputs.items():
        if not 0 <= line.debounce <= MOST_DEBOUNCE:
            findings.append(
                error(
                    f"inputs.{name}.debounce",
                    f"{line.debounce} s is outside 0 to {MOST_DEBOUNCE} s",
                    "0.03 suits a button, 0.005 a beam",
                )
            )
        if line.pin in _FIXED_PULL_UP_PINS and line.pull is Pull.DOWN:
            findings.append(
                error(
                    f"inputs.{name}",
                    f"GPIO {line.pin} has a fixed pull-up (1.8 kΩ): pulled down it reads high for ever",
                    'pull = "up", or a pin from 4 to 27',
                )
            )
        if line.pin in _SERIAL_PINS:
            findings.append(
                error(
                    f"inputs.{name}",
                    f"GPIO {line.pin} is the serial console: the Pi itself drives it while it boots",
                    "use another pin: a button to ground would short it",
                )
            )
        if line.pull is Pull.NONE:
            findings.append(
                warning(f"inputs.{name}.pull", "an open wire reads as noise", "pull it away from active")
            )
        elif _cut_wire_is_active(line) and name in _OPENS:
            findings.append(
                warning(
                    f"inputs.{name}",
                    "a cut wire reads as a press, and opens the barrier",
                    'active = "low" with pull = "up", and a button that closes to ground',
                )
            )
        elif not _cut_wire_is_active(line) and name in _GUARDS and board.computer is not Computer.SIMULATED:
            findings.append(
                warning(
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
    """Nobody may be locked in: by wire, since software, network and power can all fail at once."""
    if not board.barrier.powered and board.computer is not Computer.SIMULATED and board.way_out is None:
        known = ", ".join(way.value for way in WayOut)
        return [
            error(
                "way_out",
                "nothing says how somebody inside gets out of this locked door when the electronics fail",
                f"wire one, try it on site, and write which: {known} (docs/safety.md)",
            )
        ]
    relay = board.outputs.get(OutputName.RELAY_OPEN)
    if relay is None or InputName.FIRE in board.inputs or relay.on_power_loss is not Rest.SECURED:
        return []
    return [
        warning(
            "outputs.relay_open.on_power_loss",
            "the barrier stays shut without power, and no fire input is named",
            "people must be able to leave by a handle or a release that needs no electricity",
        )
    ]
