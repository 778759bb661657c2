"""The drawings and test sheets say what the board file says, and the shipped ones are up to date."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from gpiozero.pins.mock import MockFactory

from edge.boards.files import load_board, shipped_boards
from edge.boards.format import PHYSICAL, OutputName
from edge.boards.sheets import drawing_of, sheet_of
from edge.boards.sheets.steps import steps_of
from tests.edge.boards.format.sound_boards import SOUND, board

ROOT = Path(__file__).resolve().parents[4]
REAL = [name for name in shipped_boards() if name != "simulated"]


def texts(svg: str) -> str:
    return "\n".join("".join(each.itertext()) for each in ET.fromstring(svg).iter())  # noqa: S314 - ours


def test_the_header_is_the_one_that_gpiozero_knows() -> None:
    info = MockFactory(revision="c03111").board_info
    for line, pin in PHYSICAL.items():
        assert f"GPIO{line}" in info.headers["J8"].pins[pin].names


@pytest.mark.parametrize("name", REAL)
def test_the_drawing_in_the_docs_is_the_one_of_the_board_file(name: str) -> None:
    shipped = ROOT / "docs" / "drawings" / f"{name}.svg"
    assert shipped.read_text() == drawing_of(load_board(name)), "run `make drawings`"


@pytest.mark.parametrize("name", REAL)
def test_every_line_of_a_board_is_drawn_with_its_pin_and_tested(name: str) -> None:
    wired = load_board(name)
    drawn, steps = texts(drawing_of(wired)), "\n".join(step.do for step in steps_of(wired))
    for output, line in wired.outputs.items():
        place = f"relay {line.relay}:" if line.relay else f"GPIO {line.pin}, pin {PHYSICAL[line.pin]}:"
        assert place in drawn
        assert f"({output}" in drawn
        assert f"({output}," in steps
    for name_of_input, wire in wired.inputs.items():
        assert f"GPIO {wire.pin}, pin {PHYSICAL[wire.pin]}:" in drawn
        assert f"({name_of_input}," in steps
        assert f"Pull the wire of {steps.split('Pull the wire of ')[1].splitlines()[0]}" in steps
    assert "Fire: " in drawn
    assert ("Way out: " in drawn) is (wired.way_out is not None)


def test_what_a_cut_wire_does_is_computed_from_level_and_resistor() -> None:
    drawn = texts(drawing_of(board(SOUND)))
    assert "GPIO 5, pin 29: closes to GND when active; cut wire = at rest" in drawn
    assert "GPIO 26, pin 37: opens from GND when active; cut wire = active" in drawn


def test_no_two_labels_of_a_full_board_lie_over_each_other() -> None:
    """Every line that a header has room for: more labels on a side than its pins would give distance."""
    free = dict(zip(list(OutputName)[3:], (4, 27, 22, 10, 9), strict=True))
    outputs = "".join(f"{name} = {{ pin = {pin} }}\n" for name, pin in free.items())
    full = SOUND.replace("[inputs]", outputs + "[inputs]").replace(
        "[inputs]",
        "[inputs]\ntamper = { pin = 11 }\nleaf = { pin = 6 }\nobstacle = { pin = 19 }\nduress = { pin = 23 }",
    )
    drawn = ET.fromstring(drawing_of(board(full)))  # noqa: S314 - ours
    sides: dict[str, list[int]] = {}
    for each in drawn.iter("{http://www.w3.org/2000/svg}text"):
        if each.get("font-weight") == "bold" and each.get("text-anchor"):
            sides.setdefault(str(each.get("text-anchor")), []).append(int(str(each.get("y"))))
    for rows in sides.values():
        assert all(later - earlier >= 40 for earlier, later in pairwise(rows))


def test_a_sheet_takes_nothing_from_outside_and_escapes_what_a_file_says() -> None:
    page = sheet_of(board(SOUND.replace('"mine"', '"<script>x</script>"')))
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert page.count('<td class="blank">') == 2 * page.count('<td class="number">') > 40
