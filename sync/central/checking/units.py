"""Which units run at a centre, and whether they do. `gatepost central setup` starts the same."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import GatepostError

AUTHORITY_UNITS = ("gatepost-authority.socket", "gatepost-authority.path", "gatepost-authority-revoked.path")
TIMERS = ("gatepost-central-publish.timer", "gatepost-central-renew.timer", "gatepost-central-backup.timer")
SERVICE = "gatepost-central.service"
UNITS = (SERVICE, *AUTHORITY_UNITS, *TIMERS)
"""What runs at a centre whose software has all of it."""
MOSQUITTO = "mosquitto.service"
AUTHORITY_SERVICE = "gatepost-authority.service"
Call = Callable[[Sequence[str]], int]


def called(words: Sequence[str]) -> int:
    """The exit code of a program; raises GatepostError where it cannot run."""
    try:
        return subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GatepostError(str(error), where=words[0]) from None


def check_units(call: Call, systemd: Path, *, has_authority: bool, has_broker: bool) -> Iterator[CheckResult]:
    """Whether each unit starts with the machine and runs, and how the last run of each ended."""
    if not systemd.is_dir():
        text = "systemd does not run here: nothing starts the timers for registries, certificates and backups"
        remedy = "gatepost central ca renew, registry publish --due, backup create --due, daily"
        yield CheckResult(Verdict.WARNING, "units", text, remedy)
        return
    units = [unit for unit in UNITS if has_authority or unit not in AUTHORITY_UNITS]
    for unit in (*units, *([MOSQUITTO] if has_broker else ())):
        if call(("systemctl", "is-enabled", "--quiet", unit)):
            text = f"{unit} is not enabled: it does not start with the machine"
            yield CheckResult(Verdict.BAD, "units", text, f"systemctl enable --now {unit}")
        elif call(("systemctl", "is-active", "--quiet", unit)):
            remedy = f"systemctl start {unit}; journalctl -u {unit} -n 50"
            yield CheckResult(Verdict.BAD, "units", f"{unit} does not run", remedy)
        else:
            yield CheckResult(Verdict.GOOD, "units", f"{unit} runs")
    runs = (timer.replace(".timer", ".service") for timer in TIMERS)
    for unit in (*runs, *([AUTHORITY_SERVICE] if has_authority else ())):
        if call(("systemctl", "is-failed", "--quiet", unit)) == 0:
            remedy = f"journalctl -u {unit} -n 50 says why; then: systemctl start {unit}"
            yield CheckResult(Verdict.BAD, "units", f"the last run of {unit} failed", remedy)
