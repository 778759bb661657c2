"""What a process of a centre runs that is forked: the modules are loaded once for all of them."""

from __future__ import annotations

import os
from pathlib import Path

from edge.cli.logs import log_to_stderr
from edge.support.stop_signals import stopped_by_signals
from sync.central.configuration import load_configuration
from sync.central.running import RunPart, run_centre


def serve(path: Path, log: Path) -> None:
    """As `gatepost central run --only ingester --only publisher`."""
    opened = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(opened, 2)
    log_to_stderr(json=False)
    with stopped_by_signals() as stop:
        run_centre(load_configuration(path), stop, {RunPart.INGESTER, RunPart.PUBLISHER})
