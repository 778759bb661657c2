"""A site's own board file: `gate check` names what is wrong with it, and nothing dangerous is driven."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Event

import pytest

from edge.boards.files import load_board
from edge.boards.format import Bus
from edge.cli.lane import rest
from edge.configuration import load_configuration
from edge.diagnostics.check import check_beside, check_gate
from edge.diagnostics.check_result import Verdict
from edge.errors import ConfigurationError, DeviceError
from edge.gate import run_gate
from edge.runtime.buses import buses_in_use
from firmware_config import __file__ as firmware
from tests.edge.devices.c_library import stand_in
from tests.edge.devices.gpio.header import StandIn
from tests.edge.runtime.conftest import Bench

SHIPPED = Path(firmware).parent / "boards" / "raspberry-pi-4.toml"


def with_board(bench: Bench, text: str) -> Path:
    """The bench's gate.toml with a board file beside it."""
    bench.lane.close()
    bench.journal.close()
    path = bench.admin.folder / "gates" / "main" / "gate.toml"
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
    bad = [finding for finding in check_beside(configuration) if finding.verdict is Verdict.BAD]
    assert any(words in finding.text and finding.remedy for finding in bad), bad
    with pytest.raises(ConfigurationError, match=words) as caught:
        run_gate(configuration, Event())
    assert caught.value.remedy


def pins_found(path: Path) -> list[tuple[Verdict, str]]:
    return [
        (finding.verdict, finding.text)
        for finding in check_gate(load_configuration(path))
        if finding.what == "pins"
    ]


def test_the_check_names_the_chip_and_who_else_holds_a_line(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = with_board(bench, SHIPPED.read_text())
    path.write_text(path.read_text().replace('pins = "simulated"', 'pins = "gpio"'))
    lines = StandIn()
    kernel = stand_in(lines, monkeypatch.setattr, tmp_path)
    good = (Verdict.GOOD, "GPIO can be used: gpiochip4 (pinctrl-bcm2711)")
    assert pins_found(path) == [good]
    kernel.hold(17, "gatepost")  # the gate is running
    kernel.hold(22, "spi0 CS0")
    assert pins_found(path) == [good, (Verdict.BAD, 'outputs.lamp_red: GPIO 22 is held by "spi0 CS0"')]
    assert lines.calls == [], "a check moves nothing"


def test_a_board_for_another_computer_is_refused_by_check_and_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = with_board(bench, SHIPPED.read_text().replace("raspberry-pi-4", "raspberry-pi-5"))
    path.write_text(path.read_text().replace('pins = "simulated"', 'pins = "gpio"'))
    lines = StandIn()
    stand_in(lines, monkeypatch.setattr, tmp_path)
    bad = [finding for finding in check_gate(load_configuration(path)) if finding.verdict is Verdict.BAD]
    assert any("pinctrl-rp1" in finding.text and finding.remedy for finding in bad), bad
    with pytest.raises(DeviceError, match="pinctrl-bcm2711") as caught:
        run_gate(load_configuration(path), Event())
    assert caught.value.remedy
    assert lines.calls == []


def test_a_sound_board_of_ones_own_passes_the_check(bench: Bench) -> None:
    configuration = load_configuration(with_board(bench, SHIPPED.read_text()))
    board = [finding for finding in check_beside(configuration) if finding.what.startswith("board ")]
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
    bad = [
        finding.text for finding in check_beside(load_configuration(path)) if finding.verdict is Verdict.BAD
    ]
    assert any("mine.toml" in line and words in line for line in bad), bad
    with pytest.raises(ConfigurationError, match=words):
        rest(config=path)


def test_rest_on_a_sound_board_drives_everything_inactive(bench: Bench) -> None:
    rest(config=with_board(bench, SHIPPED.read_text()))


def test_a_lamp_on_the_thermometer_s_bus_is_refused_by_check_and_start(bench: Bench) -> None:
    path = with_board(bench, SHIPPED.read_text().replace("{ pin = 22 }", "{ pin = 2 }"))
    path.write_text(path.read_text() + '\n[thermometer]\nkind = "mlx90614"\n')
    configuration = load_configuration(path)
    words = r"outputs.lamp_red (line 24): GPIO 2 belongs to I²C, which is in use here"
    bad = [finding.text for finding in check_beside(configuration) if finding.verdict is Verdict.BAD]
    assert words in bad
    with pytest.raises(ConfigurationError, match=re.escape(words)):
        run_gate(configuration, Event())


@pytest.mark.parametrize(
    ("sign", "bus"),
    [("dev/i2c-1", Bus.I2C), ("dev/spidev0.0", Bus.SPI), ("sys/bus/w1/devices/w1_bus_master1", Bus.ONE_WIRE)],
)
def test_a_bus_that_is_switched_on_has_its_pins(bench: Bench, tmp_path: Path, sign: str, bus: Bus) -> None:
    path = with_board(bench, SHIPPED.read_text())
    path.write_text(path.read_text().replace('pins = "simulated"', 'pins = "gpio"'))
    configuration = load_configuration(path)
    board, root = load_board(configuration.lane.board), tmp_path / "root"
    assert buses_in_use(configuration, board, root) == frozenset()
    (root / sign).mkdir(parents=True)
    assert buses_in_use(configuration, board, root) == {bus}
    assert buses_in_use(configuration, load_board("simulated"), root) == frozenset()
