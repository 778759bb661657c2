"""Checks the scanners and keypads of a gate: whether each is there, and may be read by nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

from edge.configuration import GateConfiguration
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import DeviceError
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.scanners.lines import ScannerLine, line_of

_STAYS = ("/dev/serial/by-", "/dev/input/by-", "/dev/ttyAMA", "/dev/ttyS", "/dev/serial0")
"""Names that a device keeps, whatever else is plugged in."""

MakeLine = Callable[[ScannerSection, Callable[[], float]], ScannerLine]


def check_scanners(configuration: GateConfiguration, make_line: MakeLine = line_of) -> Iterator[CheckResult]:
    """Open each as the gate would, and close it again; nothing of it is read."""
    if not configuration.scanner:
        yield CheckResult(Verdict.GOOD, "scanners", "none is asked for")
    for section in configuration.scanner:
        yield from _check(section, make_line)


def _check(section: ScannerSection, make_line: MakeLine) -> Iterator[CheckResult]:
    what, line = f"scanner {section.name}", make_line(section, monotonic)
    try:
        line.open()
    except DeviceError as error:
        yield CheckResult(Verdict.BAD, what, f"{error.where}: {error.what}", error.remedy)
        return
    finally:
        line.close()
    if not section.device.startswith(_STAYS):
        text = f"{section.device} may be another device after the next start"
        yield CheckResult(
            Verdict.WARNING, what, text, f"name it by {_folder(section.kind)} (ls -l shows which)"
        )
        return
    how = "a keypad" if section.kind is ScannerKind.KEYPAD else f"a {section.kind.value} scanner"
    yield CheckResult(Verdict.GOOD, what, f"{section.device}: {how}, read by nobody else")


def _folder(kind: ScannerKind) -> str:
    return "/dev/serial/by-id" if kind is ScannerKind.SERIAL else "/dev/input/by-id"
