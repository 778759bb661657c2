"""The header's chip is found by its label, not by its number; where it is absent, what is there is named."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from edge.boards.files import load_board
from edge.boards.format import Computer
from edge.devices.gpio.header import HEADERS
from edge.devices.pins import gpio_pins, held_by_others
from edge.errors import DeviceError
from tests.edge.devices.c_library import stand_in
from tests.edge.devices.gpio.header import StandIn

FIRMWARE = ("raspberrypi-exp-gpio", 8)


@pytest.mark.parametrize(
    ("computer", "chips", "found"),
    [
        (Computer.PI_4, {"gpiochip0": ("pinctrl-bcm2711", 58), "gpiochip1": FIRMWARE}, "gpiochip0"),
        (Computer.PI_4, {"gpiochip0": FIRMWARE, "gpiochip1": ("pinctrl-bcm2711", 58)}, "gpiochip1"),
        (Computer.PI_5, {"gpiochip0": ("pinctrl-rp1", 54), "gpiochip10": ("gpio-brcmstb", 32)}, "gpiochip0"),
        (Computer.PI_5, {"gpiochip0": ("gpio-brcmstb", 32), "gpiochip4": ("pinctrl-rp1", 54)}, "gpiochip4"),
        (Computer.PI_3, {"gpiochip0": ("pinctrl-bcm2835", 54), "gpiochip1": FIRMWARE}, "gpiochip0"),
        (Computer.PI_ZERO_2, {"gpiochip0": ("pinctrl-bcm2835", 54)}, "gpiochip0"),
    ],
)
def test_the_header_is_found_by_its_label_not_by_its_number(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    computer: Computer,
    chips: Mapping[str, tuple[str, int]],
    found: str,
) -> None:
    lines = StandIn()
    stand_in(lines, monkeypatch.setattr, tmp_path, chips)
    with closing(gpio_pins(computer)) as pins:
        assert pins.chip_name == f"{found} ({HEADERS[computer].chip})"
        pins.pin(27).output_with_state(True)
    assert lines.calls[0] == ("claim", 27, 1), "the line's number is the board file's"


def test_an_old_number_that_is_kept_as_a_link_is_the_same_chip(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(StandIn(), monkeypatch.setattr, tmp_path, {"gpiochip0": ("pinctrl-rp1", 54)})
    (tmp_path / "gpiochip4").symlink_to("gpiochip0")
    gpio_pins(Computer.PI_5).close()


@pytest.mark.parametrize(
    ("computer", "chips", "words"),
    [
        (Computer.PI_4, {}, ["has no GPIO", "simulated"]),
        (
            Computer.PI_5,
            {"gpiochip0": ("pinctrl-bcm2711", 58)},
            ["pinctrl-rp1", "gpiochip0 (pinctrl-bcm2711)"],
        ),
        (
            Computer.PI_4,
            {"gpiochip0": ("pinctrl-bcm2711", 58), "gpiochip1": ("pinctrl-bcm2711", 58)},
            ["2 GPIO chips", "gpiochip1"],
        ),
        (Computer.SIMULATED, {"gpiochip0": ("pinctrl-bcm2711", 58)}, ["simulated board has no pins"]),
    ],
)
def test_a_header_that_is_not_there_is_refused_with_what_was_found(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    computer: Computer,
    chips: Mapping[str, tuple[str, int]],
    words: list[str],
) -> None:
    stand_in(StandIn(), monkeypatch.setattr, tmp_path, chips)
    with pytest.raises(DeviceError) as caught:
        gpio_pins(computer)
    assert caught.value.where
    assert caught.value.remedy
    for word in words:
        assert word in str(caught.value)


def test_a_chip_that_may_not_be_opened_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(StandIn(), monkeypatch.setattr, tmp_path, {})
    (tmp_path / "gpiochip0").touch()
    with pytest.raises(DeviceError, match=r"gpiochip0 \(No such device\).*group gpio"):
        gpio_pins(Computer.PI_4)


def test_every_computer_that_has_pins_has_a_header() -> None:
    assert set(HEADERS) == set(Computer) - {Computer.SIMULATED}


def test_a_line_that_another_program_holds_is_named_before_the_gate_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    board = load_board("raspberry-pi-4")
    lines = StandIn()
    kernel = stand_in(lines, monkeypatch.setattr, tmp_path)
    kernel.hold(22, "spi0 CS0")
    kernel.hold(26, "gatepost")
    with closing(gpio_pins(board.computer)) as pins:
        assert list(held_by_others(board, pins)) == ['outputs.lamp_red: GPIO 22 is held by "spi0 CS0"']
