"""The pins that are the Pi's own, or a bus's in use, are refused for every line."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.boards.format import (
    Board,
    Bus,
    Input,
    InputName,
    Output,
    OutputName,
    Pull,
    check_board,
)
from edge.boards.format.header import PINS_OF
from tests.edge.boards.format.sound_boards import SOUND, _is_error, board

EVERY_LINE = [*(f"outputs.{name}" for name in OutputName), *(f"inputs.{name}" for name in InputName)]
"""Whatever a line does, the same pins are the Pi's own."""


def with_line(where: str, pin: int) -> Board:
    """The sound board, with one more line, or another, on `pin`."""
    sound, (kind, name) = board(SOUND), where.split(".")
    if kind == "outputs":
        return replace(sound, outputs={**sound.outputs, OutputName(name): Output(pin, pull=Pull.DOWN)})
    return replace(sound, inputs={**sound.inputs, InputName(name): Input(pin)})


@pytest.mark.parametrize("where", EVERY_LINE)
def test_a_pin_of_the_pi_s_own_is_refused_for_every_line(where: str) -> None:
    for pin, words in ((0, "identity"), (1, "identity"), (14, "serial"), (15, "serial"), (40, "no GPIO")):
        found = {
            finding.where: finding.what
            for finding in check_board(with_line(where, pin))
            if _is_error(finding)
        }
        assert words in found.get(where, ""), (pin, found)


@pytest.mark.parametrize("where", EVERY_LINE)
@pytest.mark.parametrize("bus", Bus)
def test_a_pin_of_a_bus_in_use_is_refused_for_every_line(where: str, bus: Bus) -> None:
    for pin in PINS_OF[bus]:
        wired = with_line(where, pin)
        said = [finding.where for finding in check_board(wired, {bus}) if f"belongs to {bus}" in finding.what]
        assert said == [where]
        others = frozenset(Bus) - {bus}
        assert not any("belongs to" in finding.what for finding in check_board(wired, others))
