"""`gatepost gate`: run a gate, and check one before it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from rich.console import Console

from edge.check import Verdict, check_gate
from edge.cli.logs import log_to_stderr, quiet_logs
from edge.configuration import load_configuration
from edge.gate import run_gate
from edge.stopping import stopped_by_signals

app = cyclopts.App(name="gate", help="Run and check a gate.")

Config = Annotated[Path, Parameter(name="--config", help="the gate's gate.toml")]
_MARKS = {
    Verdict.GOOD: "[green]good   [/]",
    Verdict.WARNING: "[yellow]warning[/]",
    Verdict.BAD: "[red]bad    [/]",
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
    console = Console()
    bad = 0
    for finding in check_gate(load_configuration(config)):
        bad += finding.verdict is Verdict.BAD
        remedy = f" [dim]→ {finding.remedy}[/]" if finding.remedy else ""
        console.print(f"{_MARKS[finding.verdict]} {finding.what}: {finding.text}{remedy}", soft_wrap=True)
    return 1 if bad else 0
