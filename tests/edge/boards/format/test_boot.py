"""Boot settings: they say of each line what the board file says."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.boards.files import load_board, shipped_boards
from edge.boards.format import Fitted, LineLevel, boot_lines

ROOT = Path(__file__).resolve().parents[4]
REAL = [name for name in shipped_boards() if name not in {"simulated", "waveshare-rpi-relay-board"}]


def settings(name: str, fitted: Fitted = Fitted()) -> list[str]:  # noqa: B008 - it is frozen
    return [line for line in boot_lines(load_board(name), fitted) if not line.startswith("#")]


@pytest.mark.parametrize("name", REAL)
def test_every_line_rests_from_the_firmware_on(name: str) -> None:
    wired, lines = load_board(name), settings(name)
    for output in wired.outputs.values():
        if not output.relay:
            assert f"gpio={output.pin}=op,{'dl' if output.active is LineLevel.HIGH else 'dh'}" in lines
    for line in wired.inputs.values():
        assert f"gpio={line.pin}=ip,{ {'up': 'pu', 'down': 'pd', 'none': 'pn'}[line.pull] }" in lines
    assert len([line for line in lines if line.startswith("gpio=")]) == len(wired.inputs) + len(
        [output for output in wired.outputs.values() if not output.relay]
    )
    assert {"dtparam=strict_gpiod", "dtparam=watchdog=on"} <= set(lines)


def test_the_bus_is_on_only_where_something_is_on_it() -> None:
    assert "dtparam=i2c_arm=off" in settings("raspberry-pi-4")
    assert "dtparam=i2c_arm=on" in settings("sequent-8relay")
    assert "dtparam=i2c_arm=on,i2c_arm_baudrate=50000" in settings("raspberry-pi-4", Fitted(thermometer=True))
    with_clock = settings("raspberry-pi-4", Fitted(clock=True))
    assert {"dtparam=i2c_arm=on", "dtoverlay=i2c-rtc,ds3231"} <= set(with_clock)


def test_each_computer_has_its_own_clock_and_sockets() -> None:
    assert not [line for line in settings("raspberry-pi-5") if "rtc" in line], "it has one"
    module = settings("compute-module-4-io-board")
    assert {"dtoverlay=i2c-rtc,pcf85063a,i2c_csi_dsi", "dtoverlay=dwc2,dr_mode=host"} <= set(module)


def test_a_radio_is_off_unless_somebody_needs_it() -> None:
    assert {"dtoverlay=disable-wifi", "dtoverlay=disable-bt"} <= set(settings("raspberry-pi-4"))
    kept = settings("raspberry-pi-4", Fitted(wifi=True, bluetooth=True))
    assert not [line for line in kept if "disable-" in line]


def test_a_camera_of_another_maker_is_named() -> None:
    assert "camera_auto_detect=1" in settings("raspberry-pi-4")
    named = settings("raspberry-pi-4", Fitted(camera="imx519,cam0"))
    assert named.index("camera_auto_detect=0") < named.index("dtoverlay=imx519,cam0")
    assert not [
        line for line in settings("raspberry-pi-4", Fitted(camera="none")) if "dtoverlay=none" in line
    ]


def test_the_shipped_file_is_the_one_of_the_board_file() -> None:
    shipped = (ROOT / "firmware_config" / "boot" / "config.txt").read_text()
    assert shipped == "\n".join(boot_lines(load_board("raspberry-pi-4"), Fitted())) + "\n", (
        "run `make drawings`"
    )
