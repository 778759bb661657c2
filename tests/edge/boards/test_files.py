"""Board files: an invalid one is refused by its path and its key, a dangerous one by its wiring."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.boards.files import load_board
from edge.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "name"),
        ("name = ", "TOML"),
        ('name = "x"\ncomputer = "raspberry-pi-9"', "raspberry-pi-9"),
        ('colour = "red"', "colour"),
    ],
)
def test_a_board_file_that_is_none_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=words) as caught:
        load_board(str(path))
    assert caught.value.where.startswith(str(path))
