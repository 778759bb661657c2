"""Which computer this is, by what its device tree says."""

from __future__ import annotations

import pytest

from edge.boards.format import Computer
from edge.setup.core.boards import computer_in


@pytest.mark.parametrize(
    ("model", "computer"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0", Computer.PI_5),
        ("Raspberry Pi 4 Model B Rev 1.4", Computer.PI_4),
        ("Raspberry Pi Compute Module 4 Rev 1.1", Computer.CM_4),
        ("Some other board", None),
    ],
)
def test_a_computer_is_known_by_its_model(model: str, computer: Computer | None) -> None:
    assert computer_in(model) is computer
