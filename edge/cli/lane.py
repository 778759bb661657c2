"""`gatepost lane`: what an electrician and systemd ask of a lane without a running gate.

They import what they need when they are called; of `rest`, for which systemd waits, more is in `unit_lines`.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.cli.arguments import GateFile, gate_file
from edge.cli.files_to_read import Reads
from edge.cli.unit_lines import rest_lane
from edge.errors import ConfigurationError

app = cyclopts.App(name="lane", help="Simulate a lane, or bring one to rest.")


@app.command
def rest(*, config: GateFile = None, json: Json = False) -> None:
    """Drive every output inactive and let it go: after a crash, before the gate starts again.

    Example: gatepost lane rest --config gates/main/gate.toml
    """
    alone = rest_lane(gate_file(config))
    answer({"gate": alone.gate.get("id", ""), "outputs": "inactive"}, json=json)


@app.command
def simulate(
    script: Annotated[
        Path, Reads("write one: docs/lane.md"), Parameter(help="A file of timed inputs (docs/lane.md).")
    ],
    /,
    *,
    json: Json = False,
) -> int:
    """Run a script of timed inputs against the real lane with simulated pins, and print the timeline.

    docs/lane.md says what a script may hold. Where it ends with what it expects, a difference is shown
    and the exit code is 1.

    Example: gatepost lane simulate tests/scenarios/lane/a-child-at-the-button.lane
    """
    from edge.diagnostics.core import parse
    from edge.diagnostics.lane_simulator import differences
    from edge.diagnostics.lane_simulator import simulate as run_script

    parsed = parse(_read(script), str(script))
    timeline = run_script(parsed)
    wanted, came = ((), ()) if parsed.expected is None else differences(parsed.expected, timeline)
    lines = [str(happened) for happened in timeline]
    if parsed.expected is not None:
        lines.append("as expected" if wanted == came else "not as expected:")
        lines += difflib.unified_diff(wanted, came, "expected", "happened", lineterm="", n=1)
    answer(
        {"timeline": [str(happened) for happened in timeline], "as_expected": wanted == came},
        *lines,
        json=json,
    )
    return int(wanted != came)


@app.command
def show(*, json: Json = False) -> None:
    """Show what the lane does in every phase at every input, as docs/safety.md has it.

    Example: gatepost lane show
    """
    from edge.diagnostics.core import KINDS, table

    for title, barrier in KINDS.items():
        lines = list(table(barrier))
        answer({"barrier": title, "table": lines}, f"**{title}**\n", *lines, "", json=json)


def _read(path: Path) -> str:
    from edge.diagnostics.core import MOST_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1).decode()
    except UnicodeDecodeError:
        raise ConfigurationError("is not text", where=str(path), remedy="save it as UTF-8") from None
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error), where=str(path), remedy="docs/lane.md has examples"
        ) from None
