"""What is wired to a line, in words: computed from its level and its resistor. PURE."""

from __future__ import annotations

from collections.abc import Mapping

from edge.boards.format import BarrierKind, Board, Input, InputName, LineLevel, Output, OutputName, Pull, Rest

INPUTS: Mapping[InputName, str] = {
    InputName.OVERRIDE: "staff's button",
    InputName.DURESS: "duress button",
    InputName.EXIT_REQUEST: "exit button",
    InputName.DOOR_CONTACT: "contact: shut",
    InputName.BEAM_OUTER: "beam on the street's side",
    InputName.BEAM_INNER: "beam on the site's side",
    InputName.OBSTACLE: "obstacle sensor",
    InputName.LEAF: "safety edges",
    InputName.FIRE: "fire panel",
    InputName.TAMPER: "housing contact",
    InputName.POWER: "mains failure",
    InputName.SHIFT_KEY: "shift key",
    InputName.INTERLOCK: "other gate is shut",
}
OUTPUTS: Mapping[OutputName, str] = {
    OutputName.RELAY_OPEN: "relay: open",
    OutputName.RELAY_CLOSE: "relay: close",
    OutputName.RELAY_STOP: "relay: stop",
    OutputName.LAMP_RED: "red lamp",
    OutputName.LAMP_YELLOW: "yellow lamp",
    OutputName.LAMP_GREEN: "green lamp",
    OutputName.BUZZER: "buzzer",
    OutputName.INTERLOCK: "to the other gate: shut",
}
WAYS_OUT = {
    "handle": "the handle or bar opens from inside, whatever the lock does",
    "break_glass": "the break-glass beside the door cuts the lock's current",
    "exit_button": "the exit button's second contact cuts the lock's current",
    "other_door": "another door in sight is never locked",
}


def cut_wire_is_active(line: Input) -> bool:
    """Whether the input counts as active when its wire is cut."""
    return (line.pull is Pull.UP) is (line.active is LineLevel.HIGH)


def wired(line: Input) -> str:
    """How an input is wired."""
    if line.pull is Pull.DOWN:
        kind = "3.3 V when active" if line.active is LineLevel.HIGH else "3.3 V at rest"
    elif line.pull is Pull.NONE:
        kind = f"driven; {line.active} when active"
    else:
        kind = "opens from GND when active" if line.active is LineLevel.HIGH else "closes to GND when active"
    return f"{kind}; cut wire = {'active' if cut_wire_is_active(line) else 'at rest'}"


def driven(output: Output) -> str:
    """How an output is driven, and what holds it at rest."""
    if output.relay:
        return "on the bus: keeps its state when the process dies"
    resistor = {
        Pull.DOWN: "10 kΩ to GND holds it off",
        Pull.UP: "10 kΩ to 3.3 V holds it off",
        Pull.NONE: "no resistor outside",
    }[output.pull]
    return f"active {output.active}; {resistor}"


def by_wire(board: Board) -> tuple[str, ...]:
    """What must work while everything here is dead."""
    barrier = board.barrier
    said = [_fire(board)]
    if board.way_out is not None:
        said.append(f"Way out: {WAYS_OUT[board.way_out.value]}.")
    if barrier.powered:
        said.append("Obstacle: the controller's own sensor stops the barrier (EN 12453).")
    switch = (
        "in the lock's supply" if _released_without_power(board) else "in parallel with the relay's contact"
    )
    said.append(f"Dead process: a key switch {switch}, for the staff.")
    said.append("Earth, fuses, a flyback diode across every coil.")
    return tuple(said)


def _fire(board: Board) -> str:
    if board.barrier.powered:
        return "Fire: the panel's contact is at the controller's own UP input."
    if _released_without_power(board):
        return "Fire: the panel's contact is in the lock's supply, before anything of ours."
    return "Fire: the panel's contact is in parallel with the relay's; without power the way out counts."


def _released_without_power(board: Board) -> bool:
    opening = board.outputs.get(OutputName.RELAY_OPEN)
    return opening is not None and opening.on_power_loss is Rest.RELEASED


def chains(board: Board) -> tuple[tuple[str, ...], ...]:
    """What the currents of lock or controller run through, from their beginning to their end."""
    if board.barrier.powered:
        named = {
            OutputName.RELAY_OPEN: "UP",
            OutputName.RELAY_STOP: "STOP",
            OutputName.RELAY_CLOSE: "DOWN",
        }
        relays = [(f"{name} NO", word) for name, word in named.items() if name in board.outputs]
        return tuple(
            ("controller COM", contact, word) for contact, word in (*relays, ("fire panel NO", "UP"))
        )
    lock = "magnet" if board.barrier.kind is BarrierKind.MAGNETIC_LOCK else "strike"
    if _released_without_power(board):
        return (("12 V +", "fire panel NC", "break-glass NC", "key switch NC", "relay NC", lock, "0 V"),)
    return (("12 V +", "relay NO ∥ key switch ∥ fire panel NO", lock, "0 V"),)
