"""What a Pi is to be told before any software runs, so that it agrees with the board: `boot_lines`. PURE.

The file is config.txt, which the firmware reads at power-on: seconds before the kernel and the gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from edge.boards.format.board import NO_PIN, Board, Computer, LineLevel, Pull

CAMERA = re.compile(r"[a-z0-9][a-z0-9,=_-]{0,60}")
_PULLS = {Pull.UP: "pu", Pull.DOWN: "pd", Pull.NONE: "pn"}


class Fitted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is at the Pi besides the board's lines, and which radios somebody needs.

    `camera` is `auto` (Raspberry Pi's own modules are found), `none` (it is on USB, or there is none), or the
    overlay of another sensor, such as `imx519` or `imx708,cam0`. `clock`: a DS3231 is on the I²C bus;
    `thermometer`: an MLX90614 is, which is slow.
    """

    camera: str = "auto"
    clock: bool = False
    thermometer: bool = False
    wifi: bool = False
    bluetooth: bool = False


def boot_lines(board: Board, fitted: Fitted) -> tuple[str, ...]:
    """The lines for /boot/firmware/config.txt of a Pi that is wired as `board` says."""
    return (
        f"# For /boot/firmware/config.txt: a gate that is wired as the board {board.name}.",
        f"# Made from the board file: gatepost boot show {board.name}",
        "[all]",
        *_levels(board),
        *_bus(board, fitted),
        *_clock(board.computer, fitted),
        *_camera(fitted),
        *_radios(fitted),
        *_usb(board.computer),
    )


def _levels(board: Board) -> Iterator[str]:
    yield "# Raspberry Pi OS keeps an output as it was driven after the process that held it has died: a"
    yield "# relay would stay on after kill -9. This makes the kernel turn such a pin back into an input, so"
    yield "# that the resistor outside decides. (raspberrypi/linux pull request 6117, April 2024)"
    yield "dtparam=strict_gpiod"
    yield "# Every line at rest from the firmware on."
    for name, output in board.outputs.items():
        if output.pin != NO_PIN:
            yield f"# outputs.{name}"
            yield f"gpio={output.pin}=op,{'dl' if output.active is LineLevel.HIGH else 'dh'}"
    for sensed, line in board.inputs.items():
        yield f"# inputs.{sensed}"
        yield f"gpio={line.pin}=ip,{_PULLS[line.pull]}"
    yield "# The hardware watchdog, for systemd (RuntimeWatchdogSec=): a hung kernel starts anew."
    yield "dtparam=watchdog=on"


def _bus(board: Board, fitted: Fitted) -> Iterator[str]:
    if board.relay_board is None and not fitted.thermometer and not fitted.clock:
        yield "# Nothing is on the buses of the header: their pins are lines."
        yield "dtparam=i2c_arm=off"
    elif fitted.thermometer:
        yield "# The I²C bus on GPIO 2 and 3; an MLX90614 is slow: at most 100 kHz."
        yield "dtparam=i2c_arm=on,i2c_arm_baudrate=50000"
    else:
        yield "# The I²C bus on GPIO 2 and 3."
        yield "dtparam=i2c_arm=on"
    yield "dtparam=spi=off"


def _clock(computer: Computer, fitted: Fitted) -> Iterator[str]:
    if fitted.clock:
        yield "# The DS3231 on the I²C bus keeps the time while the power is out."
        yield "dtoverlay=i2c-rtc,ds3231"
    elif computer is Computer.PI_5:
        yield "# A Pi 5 has a clock of its own; it needs a battery at J5. Only for a rechargeable one"
        yield "# (ML-2020) take the mark away: it charges to 3.0 V."
        yield "#dtparam=rtc_bbat_vchg=3000000"
    elif computer is Computer.CM_4:
        yield "# The IO board's own clock, a PCF85063 on GPIO 44 and 45."
        yield "dtoverlay=i2c-rtc,pcf85063a,i2c_csi_dsi"
    else:
        yield "# No clock keeps the time while the power is out: until the network has said it, the gate"
        yield "# calls its time untrusted. With a DS3231: gatepost boot show --clock"


def _camera(fitted: Fitted) -> Iterator[str]:
    if fitted.camera == "auto":
        yield "# Raspberry Pi's own camera modules are found by themselves."
        yield "camera_auto_detect=1"
        return
    yield "camera_auto_detect=0"
    if fitted.camera != "none":
        yield f"dtoverlay={fitted.camera}"


def _radios(fitted: Fitted) -> Iterator[str]:
    """A radio that nobody needs is off. The firmware's overlay map turns both names into a Pi 5's own."""
    if not fitted.wifi:
        yield "# Wi-Fi is off: the gate is on a cable. (To keep it: gatepost boot show --wifi)"
        yield "dtoverlay=disable-wifi"
    if not fitted.bluetooth:
        yield "dtoverlay=disable-bt"


def _usb(computer: Computer) -> Iterator[str]:
    if computer is Computer.CM_4:
        yield "# The carrier's USB sockets are off until this is written."
        yield "dtoverlay=dwc2,dr_mode=host"
