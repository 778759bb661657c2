"""`gatepost gate`: run a gate, check one before it runs, and see who is inside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import Json, JsonLogs, answer, objects
from edge.cli.arguments import Actor, GateFile, gate_configuration, gate_file
from edge.cli.checking import print_results
from edge.cli.logs import quiet_logs
from edge.cli.unit_lines import run_gate_of
from edge.errors import ConfigurationError

if TYPE_CHECKING:
    from edge.diagnostics.check_result import CheckResult

app = cyclopts.App(name="gate", help="Run a gate, check it, and see who is inside.")
count_app = cyclopts.App(name="count", help="How many are inside, as the gates counted.")
sealing_app = cyclopts.App(name="sealing-key", help="The key that another template key is sealed to.")
app.command(count_app)
app.command(sealing_app)


@app.command
def run(*, config: GateFile = None, json: JsonLogs = False) -> None:
    """Run the gate in the foreground, as systemd does. A first signal stops it, a second ends it at once.

    Example: gatepost gate run --config gates/main/gate.toml
    """
    run_gate_of(gate_file(config), json=json)


@app.command
def check(*, config: GateFile = None, json: Json = False) -> int:
    """Look for what would keep the gate from working; exit 1 if anything would.

    Example: gatepost gate check --config gates/main/gate.toml
    """
    quiet_logs()
    return print_results(_findings(config), json=json)


def _findings(config: Path | None) -> Iterator[CheckResult]:
    """What is found; of a file that no gate could work with, that alone."""
    from edge.diagnostics.check import check_gate
    from edge.diagnostics.check_result import CheckResult, Verdict

    try:
        configuration = gate_configuration(config)
    except ConfigurationError as error:
        yield CheckResult(Verdict.BAD, "configuration", f"{error.where}: {error.what}", error.remedy)
        return
    yield from check_gate(configuration)


@sealing_app.command(name="show")
def show_sealing_key(*, config: GateFile = None, json: Json = False) -> None:
    """Show the public half of this gate's sealing key; a gate that has none gets one.

    A centre needs it of a gate that was set up before there were any: template-key exchange --recipient.

    Example: gatepost gate sealing-key show
    """
    from edge.registry.gate_keys import sealing_key_of

    half = sealing_key_of(gate_configuration(config).registry).hex()
    answer({"key": half}, half, json=json)


@count_app.command(name="show")
def show_count(*, config: GateFile = None, json: Json = False) -> None:
    """Show how many are inside and how sure that is.

    Example: gatepost gate count show --config gates/main/gate.toml
    """
    from rich.table import Table

    from edge.boards.files import load_board
    from edge.cli.terminal import console
    from edge.counting.counts_now import count_in_words, plain_count, read_count
    from edge.runtime.people_counting import lane_of

    configuration = gate_configuration(config)
    lane = lane_of(configuration, load_board(configuration.lane.board))
    count = read_count(lane, configuration.journal.path, datetime.now(UTC))
    if json:
        objects([plain_count(count)])
        return
    out = console()
    out.print("\n".join(count_in_words(count)), soft_wrap=True)
    table = Table("gate", "entered", "left", "of them estimated")
    for gate in count.figures.gates:
        table.add_row(gate.gate, str(gate.entered), str(gate.left), str(gate.estimated))
    out.print(table)


@count_app.command(name="set")
def set_count(
    inside: Annotated[int, Parameter(help="So many people are inside.", validator=Number(gte=0, lte=10**9))],
    /,
    *,
    actor: Actor,
    config: GateFile = None,
    json: Json = False,
) -> None:
    """Put the count right, because somebody has counted; it goes into the journal, by name.

    Example: gatepost gate count set 12 --actor "Wang Fang"
    """
    from edge.counting.exchange import Correction, put_correction

    configuration = gate_configuration(config)
    try:
        put_correction(configuration.journal.path, Correction(inside, actor))
    except ValueError as error:
        raise ConfigurationError(str(error), where="INSIDE, --actor") from None
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error),
            where=str(configuration.journal.path.parent),
            remedy="run it as the gate's user",
        ) from None
    answer(
        {"gate": configuration.gate.id, "inside": inside, "actor": actor},
        "the gate takes it up within a few seconds",
        json=json,
    )
