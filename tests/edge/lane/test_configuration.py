"""The lane's table of gate.toml alone: what brings a lane to rest whatever else the file says."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import ConfigurationError
from edge.lane.configuration import PinKind, load_lane

FILE = """\
[gate]
id = "main"
site = 12

[journal]
pth = "a key that nobody knows"

[lane]
board = "boards/own.toml"
pins = "gpio"
"""


def test_what_is_wrong_elsewhere_does_not_keep_a_lane_from_rest(tmp_path: Path) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(FILE)
    found = load_lane(file)
    assert found.lane.pins is PinKind.GPIO
    assert found.lane.board == str(tmp_path / "boards/own.toml")
    assert found.gate["id"] == "main"


def test_what_is_wrong_in_the_lane_is_named(tmp_path: Path) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(FILE.replace('"gpio"', '"wires"'))
    with pytest.raises(ConfigurationError, match=r"lane\.pins") as raised:
        load_lane(file)
    assert raised.value.where == f"{file}, line 10"
