"""Whether a unit of systemd's starts with the computer, and runs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import GatepostError

Call = Callable[[Sequence[str]], int]
_INACTIVE, _UNKNOWN = 3, 4
"""What `systemctl is-active` ends with (systemctl(1), LSB); with 1 where systemd cannot be asked."""


def called(words: Sequence[str]) -> int:
    """The exit code of a program; raises GatepostError where it cannot run."""
    try:
        return subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GatepostError(str(error), where=words[0]) from None


def check_unit(call: Call, unit: str) -> Iterator[CheckResult]:
    """Whether it is enabled and active; bad where it is not."""
    if call(("systemctl", "is-enabled", "--quiet", unit)):
        text = f"{unit} is not enabled: it does not start with the machine"
        yield CheckResult(Verdict.BAD, "units", text, f"systemctl enable --now {unit}")
    elif call(("systemctl", "is-active", "--quiet", unit)):
        remedy = f"systemctl start {unit}; journalctl -u {unit} -n 50"
        yield CheckResult(Verdict.BAD, "units", f"{unit} does not run", remedy)
    else:
        yield CheckResult(Verdict.GOOD, "units", f"{unit} runs")


def check_last_run(call: Call, unit: str) -> Iterator[CheckResult]:
    """Bad where the last run of a service that a timer starts has failed."""
    if call(("systemctl", "is-failed", "--quiet", unit)) == 0:
        remedy = f"journalctl -u {unit} -n 50 says why; then: systemctl start {unit}"
        yield CheckResult(Verdict.BAD, "units", f"the last run of {unit} failed", remedy)


def is_stopped(call: Call, unit: str) -> bool:
    """Whether systemd says that it does not run; not where systemd cannot be asked."""
    return call(("systemctl", "is-active", "--quiet", unit)) in {_INACTIVE, _UNKNOWN}
