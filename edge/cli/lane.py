"""`gatepost lane`: what an electrician and systemd ask of a lane without a running gate."""

from __future__ import annotations

import difflib
from contextlib import closing
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.boards.files import load_board
from edge.configuration import PinKind, load_configuration
from edge.devices.pins import Outputs, gpio_pins
from edge.devices.simulated import simulated_pins
from edge.diagnostics.core import KINDS, MOST_BYTES, parse, table
from edge.diagnostics.lane_simulator import differences
from edge.diagnostics.lane_simulator import simulate as run_script
from edge.errors import ConfigurationError

app = cyclopts.App(name="lane", help="Simulate a lane, or bring one to rest.")


@app.command
def rest(*, config: Annotated[Path, Parameter(name="--config", help="the gate's gate.toml")]) -> None:
    """Drive every output inactive and let it go: after a crash, before the gate starts again."""
    section = load_configuration(config).lane
    board = load_board(section.board)
    with closing(gpio_pins(board.computer) if section.pins is PinKind.GPIO else simulated_pins()) as pins:
        outputs = Outputs(board, pins)
        outputs.claim()
        outputs.release()


@app.command
def simulate(script: Path) -> int:
    """Run a script of timed inputs against the real lane with simulated pins, and print the timeline.

    docs/lane.md says what a script may hold. Where it ends with what it expects, a difference is shown
    and the exit status is 1.
    """
    parsed = parse(_read(script), str(script))
    timeline = run_script(parsed)
    for happened in timeline:
        print(happened)
    if parsed.expected is None:
        return 0
    wanted, came = differences(parsed.expected, timeline)
    if wanted == came:
        print("as expected")
        return 0
    print("not as expected:")
    print("\n".join(difflib.unified_diff(wanted, came, "expected", "happened", lineterm="", n=1)))
    return 1


@app.command
def responses() -> None:
    """Print what the lane does in every phase at every input, as docs/safety.md has it."""
    for title, barrier in KINDS.items():
        print(f"**{title}**\n", *table(barrier), sep="\n")
        print()


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1).decode()
    except UnicodeDecodeError:
        raise ConfigurationError("is not text", where=str(path), remedy="save it as UTF-8") from None
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error), where=str(path), remedy="docs/lane.md has examples"
        ) from None
