"""Which units run at a centre, and whether they do. `gatepost central setup` starts the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.diagnostics.systemd_units import Call, check_last_run, check_unit

AUTHORITY_UNITS = ("gatepost-authority.socket", "gatepost-authority.path", "gatepost-authority-revoked.path")
TIMERS = ("gatepost-central-publish.timer", "gatepost-central-renew.timer", "gatepost-central-backup.timer")
SERVICE = "gatepost-central.service"
UNITS = (SERVICE, *AUTHORITY_UNITS, *TIMERS)
"""What runs at a centre whose software has all of it."""
MOSQUITTO = "mosquitto.service"
AUTHORITY_SERVICE = "gatepost-authority.service"


def check_units(call: Call, systemd: Path, *, has_authority: bool, has_broker: bool) -> Iterator[CheckResult]:
    """Whether each unit starts with the machine and runs, and how the last run of each ended."""
    if not systemd.is_dir():
        text = "systemd does not run here: nothing starts the timers for registries, certificates and backups"
        remedy = "gatepost central ca renew, registry publish --due, backup create --due, daily"
        yield CheckResult(Verdict.WARNING, "units", text, remedy)
        return
    units = [unit for unit in UNITS if has_authority or unit not in AUTHORITY_UNITS]
    for unit in (*units, *([MOSQUITTO] if has_broker else ())):
        yield from check_unit(call, unit)
    runs = (timer.replace(".timer", ".service") for timer in TIMERS)
    for unit in (*runs, *([AUTHORITY_SERVICE] if has_authority else ())):
        yield from check_last_run(call, unit)
