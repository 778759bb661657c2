"""The ten files of tests that took the most CPU, at the end of a run: the budget stays in sight."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Generator

import pytest

_CPU = "cpu"


class Dearest:
    """A plugin: who runs a test notes its seconds in its reports, and who prints the summary adds them up."""

    def __init__(self) -> None:
        self._until: float | None = None
        self._seconds: Counter[str] = Counter()
        self._tests: Counter[str] = Counter()

    def pytest_runtest_logstart(self) -> None:
        if self._until is None:
            self._until = _used()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        now = _used()
        report.user_properties.append((_CPU, now - (self._until or 0.0)))
        self._until = now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file = report.location[0]
        self._seconds[file] += sum(value for name, value in report.user_properties if name == _CPU)  # type: ignore[misc]
        self._tests[file] += report.when == "call"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in self.lines():
            terminalreporter.write_line(line)

    def lines(self) -> list[str]:
        """What the summary says; nothing of a run of few files."""
        if len(self._seconds) <= 10:
            return []
        total = f"{self._seconds.total():7.1f} s of CPU by tests; s, tests and name of the dearest files:"
        of_each = (f"{s:7.1f} {self._tests[file]:6d} {file}" for file, s in self._seconds.most_common(10))
        return [total, *of_each]


def _used() -> float:
    """Seconds of CPU of this process, and of those that it started and that have ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)
