"""`gatepost gate`: run a gate, and check one before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from edge.cli.logs import log_to_stderr, quiet_logs
from edge.cli.terminal import console
from edge.configuration import GateConfiguration, load_configuration
from edge.counting.counts_now import plain_count, read_count, told_count
from edge.counting.exchange import Correction, put_correction
from edge.diagnostics.check import CheckResult, Verdict, check_gate
from edge.errors import ConfigurationError
from edge.gate import run_gate
from edge.support.stop_signals import stopped_by_signals

app = cyclopts.App(name="gate", help="Run and check a gate.")

Config = Annotated[Path, Parameter(name="--config", help="the gate's gate.toml")]
_MARKS = {
    Verdict.GOOD: ("good   ", "green"),
    Verdict.WARNING: ("warning", "yellow"),
    Verdict.BAD: ("bad    ", "red"),
}


@app.command
def run(*, config: Config, json_logs: bool = False) -> None:
    """Run the gate in the foreground, as systemd does. A first signal stops it, a second ends it at once."""
    log_to_stderr(json=json_logs)
    with stopped_by_signals() as stop:
        run_gate(load_configuration(config), stop)


@app.command
def check(*, config: Config) -> int:
    """Look for what would keep the gate from working; exit 1 if anything would."""
    quiet_logs()
    out = console()
    bad = 0
    for finding in _findings(config):
        bad += finding.verdict is Verdict.BAD
        line = Text.assemble(_MARKS[finding.verdict], f" {finding.what}: {finding.text}")
        if finding.remedy:
            line.append(f" → {finding.remedy}", "dim")
        out.print(line, soft_wrap=True)
    return 1 if bad else 0


def _findings(config: Path) -> Iterator[CheckResult]:
    """What is found; of a file that no gate could work with, that alone."""
    try:
        configuration = load_configuration(config)
    except ConfigurationError as error:
        yield CheckResult(Verdict.BAD, "configuration", f"{error.where}: {error.what}", error.remedy)
        return
    yield from check_gate(configuration)


@app.command
def counts(
    *,
    config: Config,
    json: bool = False,
    inside: Annotated[int | None, Parameter(help="put the count right: so many people are inside")] = None,
    by: Annotated[str, Parameter(help="who says so; goes into the journal")] = "",
) -> None:
    """Show how many are inside and how sure that is, or put the count right with --inside and --by."""
    configuration = load_configuration(config)
    if inside is not None:
        _correct(configuration, inside, by)
        return
    count = read_count(configuration, datetime.now(UTC))
    if json:
        print(msgspec.json.encode(plain_count(count)).decode())
        return
    out = console()
    out.print("\n".join(told_count(count)), soft_wrap=True)
    table = Table("gate", "entered", "left", "of them estimated")
    for gate in count.figures.gates:
        table.add_row(gate.gate, str(gate.entered), str(gate.left), str(gate.estimated))
    out.print(table)


def _correct(configuration: GateConfiguration, inside: int, by: str) -> None:
    try:
        correction = Correction(inside, by)
        put_correction(configuration.journal.path, correction)
    except ValueError as error:
        raise ConfigurationError(str(error), where="--inside, --by") from None
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error),
            where=str(configuration.journal.path.parent),
            remedy="run it as the gate's user",
        ) from None
    print("the gate takes it up within a few seconds")
