"""What is wired to a line, in words: by its level and its resistor."""

from __future__ import annotations

import pytest

from edge.boards.format import Input, LineLevel, Pull
from edge.boards.sheets.words import cut_wire_is_active, wired


@pytest.mark.parametrize(
    ("pull", "active", "cut", "words"),
    [
        (Pull.UP, LineLevel.HIGH, True, "opens from GND when active"),
        (Pull.UP, LineLevel.LOW, False, "closes to GND when active"),
        (Pull.DOWN, LineLevel.HIGH, False, "3.3 V when active"),
        (Pull.DOWN, LineLevel.LOW, True, "3.3 V at rest"),
    ],
)
def test_a_cut_wire_reads_as_the_resistor_pulls(pull: Pull, active: LineLevel, cut: bool, words: str) -> None:
    line = Input(pin=5, active=active, pull=pull)
    assert cut_wire_is_active(line) is cut
    assert wired(line) == f"{words}; cut wire = {'active' if cut else 'at rest'}"
