"""A board file that was given by its path, from a stick say, lies where the gate reads it afterwards."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from edge.configuration import load_configuration
from edge.errors import ConfigurationError
from edge.setup.asking import FromFile
from edge.setup.conversation import set_up
from edge.setup.core import Answers, Draft
from edge.setup.ground import Ground
from edge.setup.kept_board import kept_board
from tests.command_line import called
from tests.edge.setup.bench import Computer

BOARD = (files("firmware_config") / "boards" / "simulated.toml").read_bytes()


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    made = Computer(tmp_path).ground()
    return replace(made, places=msgspec.structs.replace(made.places, boards=str(tmp_path / "etc" / "boards")))


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    file = tmp_path / "stick" / "east-lane.toml"
    file.parent.mkdir()
    file.write_bytes(BOARD)
    return file


def test_the_gate_reads_the_copy_and_the_next_setup_too(ground: Ground, stick: Path, tmp_path: Path) -> None:
    called("site", "init", tmp_path / "green-court", "--mode", "code")
    given = Answers(site=str(tmp_path / "green-court"), board=str(stick), camera="v4l2:0")
    assert set_up(ground, FromFile(given, lambda _: None, "answers.toml"), given).good
    stick.unlink()
    kept = tmp_path / "etc" / "boards" / "east-lane.toml"
    assert load_configuration(ground.gate_file).lane.board == str(kept)
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (BOARD, 0o644)
    assert f'board = "{kept}"' in (ground.gate_file.parent / "setup.toml").read_text()


def test_a_board_by_its_name_or_kept_already_stays(ground: Ground) -> None:
    for name in ("raspberry-pi-4", f"{ground.places.boards}/east-lane.toml"):
        assert kept_board(ground, Draft(board=name)) == (Draft(board=name), ())


def test_a_file_that_is_too_big_or_gone_is_named(ground: Ground, stick: Path) -> None:
    with stick.open("ab") as file:
        file.truncate(1 << 20)
    for path in (stick, stick.with_name("gone.toml")):
        with pytest.raises(ConfigurationError, match=path.name):
            kept_board(ground, Draft(board=str(path)))
