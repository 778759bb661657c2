"""What a relay of an I²C board may move: `check_relay_board`.

PURE. Such a relay keeps its state when the process dies, when the bus hangs and while the Pi starts anew with
its 5 V on. `gatepost lane rest`, which systemd runs after every end of the gate, puts it to rest at once;
nothing does where the kernel stands still. So it may only do what hurts nobody if it goes on for minutes.
"""

from __future__ import annotations

from collections import Counter

from edge.boards.format.board import NO_PIN, Board, LineLevel, Output, OutputName, Pull
from edge.boards.format.problem import BoardProblem, error, warning
from edge.boards.format.relay_board import FACTS, RelayBoard

_MAY_NOT = {
    OutputName.RELAY_CLOSE: "it would go on closing the barrier, whatever is in its way",
    OutputName.RELAY_STOP: "it would hold the barrier shut, also in a fire",
    OutputName.INTERLOCK: "it would go on saying that this door is shut, and the other one would open",
}
"""What happens when the relay of an output stays on."""


def check_relay_board(board: Board) -> list[BoardProblem]:
    """What is wrong with the relay board, and with the outputs that are on it."""
    problems = [problem for name, output in board.outputs.items() for problem in _check_place(name, output)]
    used = {name: output for name, output in board.outputs.items() if output.relay}
    if board.relay_board is None:
        return problems + [
            error(f"outputs.{name}.relay", "no relay board is named", "write the table [relay_board]")
            for name in used
        ]
    return [
        *problems,
        *_check_address(board.relay_board),
        *(
            problem
            for name, output in used.items()
            for problem in _check_relay(name, output, board.relay_board)
        ),
        *_check_alone(used),
        *_check_hazards(used),
    ]


def _check_place(name: OutputName, output: Output) -> list[BoardProblem]:
    """An output is on a pin of the header or on a relay of the board: on one of the two."""
    if (output.pin == NO_PIN) is not bool(output.relay):
        what = "names a pin and a relay" if output.relay else "names neither a pin nor a relay"
        return [error(f"outputs.{name}", what, "write pin = N, or relay = N of the [relay_board]")]
    return []


def _check_address(relays: RelayBoard) -> list[BoardProblem]:
    facts = FACTS[relays.model]
    problems = []
    if relays.address not in facts.addresses:
        known = ", ".join(f"{address:#04x}" for address in facts.addresses)
        what = f"{relays.address:#04x} is no address of a {relays.model}"
        problems.append(error("relay_board.address", what, f"read its jumpers; one of {known}"))
    if not 0 <= relays.bus <= 15:
        problems.append(error("relay_board.bus", f"{relays.bus} is no bus", "1 is the header's: /dev/i2c-1"))
    return problems


def _check_relay(name: OutputName, output: Output, relays: RelayBoard) -> list[BoardProblem]:
    facts = FACTS[relays.model]
    where = f"outputs.{name}"
    problems = []
    if not 1 <= output.relay <= facts.relays:
        what = f"a {relays.model} has no relay {output.relay}"
        problems.append(error(f"{where}.relay", what, f"1 to {facts.relays}"))
    if output.active is LineLevel.LOW or output.pull is not Pull.NONE:
        what = "a relay on the bus has no level and no resistor"
        problems.append(
            error(where, what, "leave out active and pull; use the relay's other contact instead")
        )
    return problems


def _check_alone(used: dict[OutputName, Output]) -> list[BoardProblem]:
    counts = Counter(output.relay for output in used.values())
    return [
        error(
            ", ".join(f"outputs.{name}" for name, output in used.items() if output.relay == relay),
            f"relay {relay} has {count} functions",
            "give each its own relay",
        )
        for relay, count in counts.items()
        if count > 1
    ]


def _check_hazards(used: dict[OutputName, Output]) -> list[BoardProblem]:
    kept = "a relay on the bus stays on when the process or the bus dies"
    problems = [
        error(
            f"outputs.{name}", f"{kept}: {hurts}", "put it on a pin of the header, with a pull-down outside"
        )
        for name, hurts in _MAY_NOT.items()
        if name in used
    ]
    if OutputName.RELAY_OPEN in used:
        problems.append(
            warning(
                "outputs.relay_open",
                f"{kept}: a barrier that was open stays so until `gatepost lane rest` has run, and a bus that"
                " hangs opens nothing",
                "fire and the way out by wire, without exception; docs/wiring.md, 'On the bus'",
            )
        )
    return problems
