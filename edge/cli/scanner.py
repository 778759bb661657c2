"""`gatepost scanner`: what the scanners and keypads of a gate send, without the gate."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import DONE, PROBLEM, Json, answer, note
from edge.cli.arguments import GateFile, gate_configuration
from edge.cli.logs import quiet_logs
from edge.errors import ConfigurationError
from edge.support.stop_signals import stopped_by_signals

app = cyclopts.App(name="scanner", help="See what scanners and keypads send.")

_READ_WITHIN, _LOOKS_EVERY = 5.0, 0.05
"""Seconds that a gate has to read what was sent last, and between two looks at whether it did."""


@app.command(name="test")
def listen(
    *names: Annotated[str, Parameter(name="NAME", help="Scanners of gate.toml; by default all of them.")],
    config: GateFile = None,
    seconds: Annotated[
        float, Parameter(help="For so long; 0: until it is stopped.", validator=Number(gte=0, lte=10**8))
    ] = 60.0,
    show: Annotated[
        bool, Parameter(help="Show codes and numbers whole: they open gates.", negative=())
    ] = False,
    json: Json = False,
) -> int:
    """Show what arrives, while the gate is stopped. Exit 1 if no code and no number did.

    Example: gatepost scanner test --config gates/main/gate.toml
    """
    from edge.credentials.known import NumberTyped
    from edge.diagnostics.scanner_test import arrivals, in_words
    from edge.scanners.core import CodeScanned, PinTyped

    quiet_logs()
    sections = gate_configuration(config).scanner
    chosen = tuple(section for section in sections if section.name in names or not names)
    unknown = set(names) - {section.name for section in sections}
    if unknown or not chosen:
        raise ConfigurationError(
            f"gate.toml has no scanner {', '.join(sorted(unknown))}".rstrip(),
            where="NAME" if unknown else "scanner",
            remedy=f"it has: {', '.join(section.name for section in sections) or 'none'}; docs/scanners.md",
        )
    read = 0
    note("hold a code before the scanner, or type a number", json=json)
    with stopped_by_signals() as stop:
        if seconds > 0:
            timer = threading.Timer(seconds, stop.set)
            timer.daemon = True
            timer.start()
        for report in arrivals(chosen, stop):
            read += isinstance(report, CodeScanned | NumberTyped | PinTyped)
            name, text = in_words(report, shown=show)
            answer({"scanner": name, "text": text}, f"{name}: {text}", json=json)
    return DONE if read else PROBLEM


@app.command
def play(
    path: Annotated[Path, Parameter(help="Where the serial line is to lie meanwhile.")],
    /,
    *,
    json: Json = False,
) -> None:
    """Play a scanner: each line of standard input is a code that it reads. For a gate without a device.

    Example: gatepost scanner play /tmp/desk
    """
    from edge.diagnostics.played_scanner import played_scanner

    with played_scanner(path) as (send, unread):
        note(f'in gate.toml: kind = "serial", device = "{path}"', json=json)
        sent = 0
        for line in sys.stdin.buffer:
            send(line.rstrip(b"\r\n"))
            sent += 1
        read = _until(lambda: unread() == 0, _READ_WITHIN)
    answer(
        {"count": sent, "read": read},
        f"{sent} codes{'' if read else ', and nobody read them all'}",
        json=json,
    )


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` holds within so many seconds."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= ends:
            return False
        time.sleep(_LOOKS_EVERY)
    return True
