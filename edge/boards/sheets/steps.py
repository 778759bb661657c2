"""The steps by which an installer tests a board, each with what is expected: `steps_of`. PURE."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from edge.boards.format import RELAYS, Board, Drive, InputName, OutputName, Pull
from edge.boards.sheets.words import INPUTS, OUTPUTS, WAYS_OUT, cut_wire_is_active

_RESTS = {"released": "released", "secured": "shut", "unchanged": "stays where it is"}


class SheetStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to do, and what is expected of it."""

    do: str
    expect: str


def steps_of(board: Board) -> tuple[SheetStep, ...]:
    """What is tested before a gate that is wired as `board` says is handed over."""
    return (
        *_without_power(board),
        *_at_power_on(board),
        *_outputs(board),
        *_inputs(board),
        *_safety(board),
        *_moving(board),
        *_times(board),
    )


def _without_power(board: Board) -> Iterator[SheetStep]:
    yield SheetStep("No power: polarity and fuse of the lock's supply, diode across each coil", "as drawn")
    for name, output in board.outputs.items():
        if name in RELAYS and output.pull is not Pull.NONE:
            to = "GND" if output.pull is Pull.DOWN else "3.3 V"
            yield SheetStep(f"Measure from GPIO {output.pin} ({name}) to {to}", "about 10 kΩ")


def _at_power_on(board: Board) -> Iterator[SheetStep]:
    yield SheetStep("Power on with the barrier disconnected; listen until the gate runs", "no relay clicks")
    yield SheetStep("gatepost gate check", "nothing is refused, every warning is understood")
    if board.relay_board is not None:
        yield SheetStep(f"i2cdetect -y {board.relay_board.bus}", f"shows {board.relay_board.address:02x}")


def _outputs(board: Board) -> Iterator[SheetStep]:
    for name, output in board.outputs.items():
        place = f"relay {output.relay} of the card" if output.relay else f"GPIO {output.pin}"
        yield SheetStep(
            f"Try {OUTPUTS[name]} ({name}, {place}) on the installer's page", "this one switches, no other"
        )


def _inputs(board: Board) -> Iterator[SheetStep]:
    for name, line in board.inputs.items():
        yield SheetStep(
            f"Make {INPUTS[name]} active ({name}, GPIO {line.pin})", "the page shows it active, and no other"
        )
        cut = "active: a fault, an alarm or a release, never an opening by a grant"
        if not cut_wire_is_active(line):
            cut = "at rest: nothing happens"
            if name not in {
                InputName.OVERRIDE,
                InputName.DURESS,
                InputName.EXIT_REQUEST,
                InputName.SHIFT_KEY,
            }:
                cut += ", and nobody notices (gate check warns)"
        yield SheetStep(f"Pull the wire of {INPUTS[name]} ({name})", cut)


def _safety(board: Board) -> Iterator[SheetStep]:
    opening = board.outputs.get(OutputName.RELAY_OPEN)
    if opening is not None and opening.on_power_loss is not None and opening.on_process_death is not None:
        yield SheetStep("Pull the plug of everything", f"the barrier is {_RESTS[opening.on_power_loss]}")
        yield SheetStep(
            "systemctl kill -s KILL gatepost-gate, while the barrier is released",
            f"the barrier is {_RESTS[opening.on_process_death]}; the staff's button works again within 10 s",
        )
    if board.way_out is not None:
        yield SheetStep("Pull the plug; go out from inside", WAYS_OUT[board.way_out.value])
    yield SheetStep(
        "With the Pi off: the fire panel's contact, at the panel", "the barrier is released, by wire"
    )
    if InputName.FIRE in board.inputs:
        yield SheetStep(
            "With the Pi on: the same", "released within 1 s, and shut again only after the fire's end"
        )
    if board.relay_board is not None:
        yield SheetStep("Pull the relay card off while the gate runs", "lane_fault within 10 s")


def _moving(board: Board) -> Iterator[SheetStep]:
    barrier = board.barrier
    if not barrier.powered:
        yield SheetStep("Force the door", "siren, red lamp, lane_forced at the centre; no button ends it")
        return
    yield SheetStep("Hold the barrier back by hand, opening and closing", "its own controller stops it")
    yield SheetStep("A box 20 cm high at each place of the closing edge", "nothing starts to close")
    yield SheetStep(f"Take it away for less than {barrier.clear_time:g} s", "nothing starts to close")
    if OutputName.RELAY_STOP in board.outputs:
        yield SheetStep("Stand in the beam while it closes", "it stops, then opens")


def _times(board: Board) -> Iterator[SheetStep]:
    barrier = board.barrier
    yield SheetStep("A pass that is valid: time until the barrier is released", "under 1 s")
    if barrier.drive is Drive.HOLD:
        yield SheetStep("How long it stays released with nobody passing", f"{barrier.open_time:g} s")
    yield SheetStep("Leave it standing open", f"an alarm after {barrier.held_time:g} s")
    yield SheetStep("Date of the next test", "in a year at the latest")
