"""Reads the scanners of a gate that does not run, to see what arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic

from edge.credentials.known import NumberTyped
from edge.scanners.configuration import ScannerSection
from edge.scanners.core import CodeScanned, KeypadAsks, PinTyped, Report, ScannerReport
from edge.scanners.lines import ScannerLine, line_of
from edge.scanners.watch import ScannerWatch
from edge.support.tasks import in_thread

_LOOKS_EVERY = 0.2
_SHOWN = 4
"""Characters of a code that are shown: enough to tell kinds apart, and of no use to whoever reads along."""


def arrivals(
    sections: tuple[ScannerSection, ...],
    stop: Event,
    make_line: Callable[[ScannerSection, Callable[[], float]], ScannerLine] = line_of,
) -> Iterator[Report]:
    """What the scanners report until `stop` is set, as a gate would hear it."""
    heard: SimpleQueue[Report] = SimpleQueue()
    with ExitStack() as running:
        for section in sections:
            watch = ScannerWatch(section, make_line(section, monotonic), heard.put, monotonic)
            running.callback(watch.close)
            running.callback(in_thread(f"scanner {section.name}", watch.poll).stop)
        while not stop.is_set():
            try:
                yield heard.get(timeout=_LOOKS_EVERY)
            except Empty:
                continue


def in_words(report: Report, *, shown: bool) -> tuple[str, str]:
    """The scanner's name, and its report in words; codes and numbers are whole only where `shown`."""
    match report:
        case CodeScanned(scanner=name, text=text, length=length):
            told = text if shown else f"{text[:_SHOWN]}…" if length > _SHOWN else "…"
            return name, f"code of {length} characters: {told}"
        case NumberTyped(name=name, digits=digits):
            return name, f"number of {len(digits)} digits{f': {digits}' if shown else ''}"
        case PinTyped(keypad=name, staff=staff):
            return name, f"a PIN behind {f'the number {staff}' if shown else 'a number'}"
        case KeypadAsks(keypad=name, prompt=prompt):
            return name, f"asks: {prompt}"
        case ScannerReport(scanner=name, state=state, detail=detail):
            return name, f"{state}: {detail}"
