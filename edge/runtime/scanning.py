"""Starts the scanners and keypads of a gate, each as a task of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from edge.runtime.machine import Machine
from edge.scanners.configuration import ScannerSection
from edge.scanners.core import Report
from edge.scanners.watch import ScannerWatch


def start_scanners(
    sections: tuple[ScannerSection, ...],
    report: Callable[[Report], None],
    running: ExitStack,
    machine: Machine,
) -> None:
    """Have every scanner read until `running` ends; whether it answers is found out later."""
    monotonic = machine.time.monotonic
    for section in sections:
        watch = ScannerWatch(section, machine.scanner(section, monotonic), report, monotonic)
        running.callback(watch.close)
        running.callback(machine.runner(f"scanner {section.name}", watch.poll).stop)
