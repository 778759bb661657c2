"""Checks a board's wiring before any pin is touched: `check_board`.

PURE. An error is what could move the barrier by accident, or keep it from being moved; a warning is what
the electrician has to know.
"""

from __future__ import annotations

from collections.abc import Iterable

from edge.boards.format.board import (
    RELAYS,
    Board,
    Computer,
    Input,
    InputName,
    LineLevel,
    Output,
    OutputName,
    Pull,
    Rest,
    WayOut,
)
from edge.boards.format.fitting import check_fit
from edge.boards.format.header import FIXED_PULL_UP_PINS, PULLED_UP_AT_RESET, Bus
from edge.boards.format.pins_used import check_pins
from edge.boards.format.problem import BoardProblem, ProblemSeverity, error, warning
from edge.boards.format.relays_used import check_relay_board

MOST_DEBOUNCE = 0.25
"""Seconds. EN 60839-11-1: an input present for longer than 400 ms is processed, even where its edge got lost
and the line is only read again 0.1 s later."""


def check_board(board: Board, in_use: Iterable[Bus] = ()) -> tuple[BoardProblem, ...]:
    """Everything wrong with `board` on a computer that has the buses `in_use`; errors first."""
    problems = (
        *check_pins(board, in_use),
        *check_relay_board(board),
        *_check_rest_levels(board),
        *_check_relays(board),
        *_check_inputs(board),
        *_check_egress(board),
        *check_fit(board),
    )
    return tuple(sorted(problems, key=lambda problem: problem.severity is not ProblemSeverity.ERROR))


def _check_relays(board: Board) -> list[BoardProblem]:
    problems: list[BoardProblem] = []
    if OutputName.RELAY_OPEN not in board.outputs:
        problems.append(
            error("outputs.relay_open", "no relay opens the barrier", "name the pin of the opening relay")
        )
    for name, relay in board.outputs.items():
        if name in RELAYS:
            problems.extend(_check_relay(f"outputs.{name}", relay))
    return problems


def _check_relay(where: str, relay: Output) -> list[BoardProblem]:
    problems: list[BoardProblem] = []
    if relay.relay:
        pass  # no line of the header: `check_relay_board` looks at it
    elif relay.active is LineLevel.LOW:
        problems.append(_active_low_relay(where, relay))
    elif relay.pin in FIXED_PULL_UP_PINS:
        pass  # no resistor fitted outside is strong enough: said of every output
    elif relay.pull is not Pull.DOWN:
        known = "pulls it up" if relay.pin in PULLED_UP_AT_RESET else "pulls it down only weakly"
        severity = error if relay.pin in PULLED_UP_AT_RESET else warning
        problems.append(
            severity(
                where,
                f"nothing outside holds the line down: at power-on the Pi {known}",
                'fit 10 kΩ from the line to ground, and write pull = "down"',
            )
        )
    for field, value in (
        ("on_power_loss", relay.on_power_loss),
        ("on_process_death", relay.on_process_death),
    ):
        if value is None:
            problems.append(
                error(
                    f"{where}.{field}",
                    "a relay must declare what the barrier does then",
                    "write released, secured or unchanged",
                )
            )
    return problems


def _check_rest_levels(board: Board) -> list[BoardProblem]:
    """Outputs on the two pins with a fixed pull-up: active from power-on, until the gate runs."""
    return [
        (error if name in _MATTERS else warning)(
            f"outputs.{name}",
            f"GPIO {output.pin} has a fixed pull-up (1.8 kΩ): the line is active from power-on",
            "use a pin from 9 to 27, not 14 or 15",
        )
        for name, output in board.outputs.items()
        if output.active is LineLevel.HIGH and output.pin in FIXED_PULL_UP_PINS
    ]


_MATTERS = RELAYS | {OutputName.INTERLOCK}


def _active_low_relay(where: str, relay: Output) -> BoardProblem:
    if relay.pull is Pull.UP and relay.pin in PULLED_UP_AT_RESET:
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


def _check_inputs(board: Board) -> list[BoardProblem]:
    problems = []
    if InputName.OVERRIDE not in board.inputs:
        problems.append(error("inputs.override", "staff have no button", "every gate has one: name its pin"))
    for name, line in board.inputs.items():
        if not 0 <= line.debounce <= MOST_DEBOUNCE:
            problems.append(
                error(
                    f"inputs.{name}.debounce",
                    f"{line.debounce} s is outside 0 to {MOST_DEBOUNCE} s",
                    "0.03 suits a button, 0.005 a beam",
                )
            )
        if line.pin in FIXED_PULL_UP_PINS and line.pull is Pull.DOWN:
            problems.append(
                error(
                    f"inputs.{name}",
                    f"GPIO {line.pin} has a fixed pull-up (1.8 kΩ): pulled down it reads high for ever",
                    'pull = "up", or a pin from 4 to 27',
                )
            )
        if line.pull is Pull.NONE:
            problems.append(
                warning(f"inputs.{name}.pull", "an open wire reads as noise", "pull it to its inactive level")
            )
        elif _cut_wire_is_active(line) and name in _OPENS:
            problems.append(
                warning(
                    f"inputs.{name}",
                    "a cut wire reads as a press, and opens the barrier",
                    'active = "low" with pull = "up", and a button that closes to ground',
                )
            )
        elif not _cut_wire_is_active(line) and name in _GUARDS and board.computer is not Computer.SIMULATED:
            problems.append(
                warning(
                    f"inputs.{name}",
                    "a cut wire reads as all clear",
                    'active = "high" with pull = "up", and a contact that opens when it is active',
                )
            )
    return problems


_OPENS = frozenset({InputName.OVERRIDE, InputName.DURESS, InputName.EXIT_REQUEST})
_GUARDS = frozenset(
    {
        InputName.DOOR_CONTACT,
        InputName.BEAM_OUTER,
        InputName.BEAM_INNER,
        InputName.OBSTACLE,
        InputName.LEAF,
        InputName.FIRE,
        InputName.TAMPER,
        InputName.POWER,
    }
)
"""Inputs that report a hazard or an obstacle: while inactive they mean all clear."""


def _cut_wire_is_active(line: Input) -> bool:
    return (line.pull is Pull.UP) is (line.active is LineLevel.HIGH)


def _check_egress(board: Board) -> list[BoardProblem]:
    """Problems with the way out, which must be wired: software, network and power can all fail at once."""
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
