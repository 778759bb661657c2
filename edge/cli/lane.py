"""`gatepost lane`: what an electrician and systemd ask of a lane without a running gate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.configuration import PinKind, load_configuration
from edge.devices.boards import load_board
from edge.devices.pins import Outputs, gpio_pins
from edge.devices.simulated import simulated_pins

app = cyclopts.App(name="lane", help="Bring a lane to rest.")


@app.command
def rest(*, config: Annotated[Path, Parameter(name="--config", help="the gate's gate.toml")]) -> None:
    """Drive every output inactive and let it go: after a crash, before the gate starts again."""
    section = load_configuration(config).lane
    pins = gpio_pins() if section.pins is PinKind.GPIO else simulated_pins()
    outputs = Outputs(load_board(section.board), pins)
    outputs.claim()
    outputs.release()
