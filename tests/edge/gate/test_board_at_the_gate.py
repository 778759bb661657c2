"""A site's own board file: `gate check` names what is wrong with it, and nothing dangerous is driven."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from edge.check import Verdict, check_gate
from edge.cli.lane import rest
from edge.configuration import load_configuration
from edge.devices.boards import load_board
from edge.errors import ConfigurationError
from edge.gate import run_gate
from firmware_config import __file__ as firmware
from tests.edge.gate.conftest import Bench

SHIPPED = Path(firmware).parent / "boards" / "raspberry-pi-4.toml"


def with_board(bench: Bench, text: str) -> Path:
    """The bench's gate.toml with a board file beside it."""
    bench.lane.close()
    bench.journal.close()
    path = bench.office.folder / "gates" / "main" / "gate.toml"
    (path.parent / "mine.toml").write_text(text)
    path.write_text(path.read_text().replace('board = "simulated"', 'board = "mine.toml"'))
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("pin = 17", "pin = 5", "GPIO 5 has 2 functions"),
        ("pin = 17", "pin = 40", "has no GPIO 40"),
        ('active = "high", pull = "down"', 'active = "low", pull = "down"', "active-low"),
        ('drive = "hold"', 'drive = "up_down"', "needs it"),
    ],
)
def test_a_dangerous_board_is_named_by_the_check_and_never_driven(
    bench: Bench, old: str, new: str, words: str
) -> None:
    text = SHIPPED.read_text()
    assert old in text
    configuration = load_configuration(with_board(bench, text.replace(old, new, 1)))
    bad = [finding for finding in check_gate(configuration) if finding.verdict is Verdict.BAD]
    assert any(words in finding.text and finding.remedy for finding in bad), bad
    with pytest.raises(ConfigurationError, match=words) as caught:
        run_gate(configuration, Event())
    assert caught.value.remedy


def test_a_sound_board_of_ones_own_passes_the_check(bench: Bench) -> None:
    configuration = load_configuration(with_board(bench, SHIPPED.read_text()))
    board = [finding for finding in check_gate(configuration) if finding.what.startswith("board ")]
    assert all(finding.verdict is Verdict.WARNING for finding in board)
    assert load_board(configuration.lane.board).name == "raspberry-pi-4"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "name"),
        ("[outputs", "TOML"),
        ('name = "x"', "computer"),
        (SHIPPED.read_text().replace("pin = 17", 'pin = "seventeen"'), "outputs"),
        (SHIPPED.read_text().replace("relay_open", "relay_opne"), "relay_opne"),
    ],
)
def test_a_board_file_that_cannot_be_read_says_where_for_every_command(
    bench: Bench, text: str, words: str
) -> None:
    path = with_board(bench, text)
    bad = [finding.text for finding in check_gate(load_configuration(path)) if finding.verdict is Verdict.BAD]
    assert any("mine.toml" in line and words in line for line in bad), bad
    with pytest.raises(ConfigurationError, match=words):
        rest(config=path)


def test_rest_on_a_sound_board_drives_everything_inactive(bench: Bench) -> None:
    rest(config=with_board(bench, SHIPPED.read_text()))
