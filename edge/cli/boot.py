"""`gatepost boot`: what a Pi is told before any software runs."""

from __future__ import annotations

from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.boards.files import load_board, refuse_dangerous
from edge.boards.format import CAMERA, Computer, Fitted, boot_lines
from edge.cli.answers import Json, answer
from edge.cli.board import BoardFile
from edge.errors import ConfigurationError

app = cyclopts.App(name="boot", help="Show the boot settings of a gate's Raspberry Pi.")


@app.command
def show(
    board: BoardFile,
    /,
    *,
    camera: Annotated[
        str, Parameter(help="auto: Raspberry Pi's own; none: on USB; or a sensor's overlay, such as imx519.")
    ] = "auto",
    clock: Annotated[bool, Parameter(help="A DS3231 is on the I²C bus.")] = False,
    thermometer: Annotated[bool, Parameter(help="An MLX90614 is on the I²C bus.")] = False,
    wifi: Annotated[bool, Parameter(help="Wi-Fi is needed; it is off otherwise.")] = False,
    bluetooth: Annotated[bool, Parameter(help="Bluetooth is needed; it is off otherwise.")] = False,
    json: Json = False,
) -> None:
    """Show the lines for /boot/firmware/config.txt: pins at rest, watchdog, clock, camera, buses, radios.

    They come from the board file, so that the two cannot disagree. Append them, and start the Pi anew.

    Example: gatepost boot show raspberry-pi-4 --camera none
    """
    wired = load_board(board)
    refuse_dangerous(wired)
    if wired.computer is Computer.SIMULATED:
        raise ConfigurationError(
            "a simulated board has no pins", where=board, remedy="name the board that is wired"
        )
    if not CAMERA.fullmatch(camera):
        raise ConfigurationError("is not an overlay's name", where="--camera", remedy="auto, none, or imx519")
    lines = boot_lines(wired, Fitted(camera, clock, thermometer, wifi, bluetooth))
    answer({"board": wired.name, "lines": list(lines)}, *lines, json=json)
