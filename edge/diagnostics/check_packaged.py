"""Checks what a packaged gate needs of its computer: whose its files are, card, services, watchdog, clock.

A gate that somebody runs from a folder of their own is asked none of it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from edge.configuration import GateConfiguration
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.diagnostics.systemd_units import Call, called, is_stopped
from edge.lane.configuration import PinKind

_STATE = Path("/var/lib/gatepost-journal")
"""Where the package's gate keeps its journal."""
_CONFIGURATION = ("gate.toml", "root.pub", "sync.toml")
_WANTS = "etc/systemd/system"
_RECOVERS = "gatepost-update-recover.service"  # it has ended once the computer has started
_UPDATING = ("gatepost-update.path", "gatepost-update-fetch.timer", _RECOVERS)
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def check_packaged(
    configuration: GateConfiguration, root: Path = Path("/"), call: Call = called
) -> Iterator[CheckResult]:
    """What is wrong around a packaged gate, on the computer whose root is `root`; `call` asks systemd."""
    if configuration.journal.path.parent != _STATE:
        return
    yield from _owners(root)
    yield from _card(configuration, root)
    if (root / "run/systemd/system").is_dir():
        yield from _services(configuration, root, call)
    if configuration.lane.pins is PinKind.GPIO:
        yield from _watchdog(root)
        yield from _battery_clock(root)


def _owners(root: Path) -> Iterator[CheckResult]:
    """What the gate believes must be root's to change, whoever may read it."""
    folder = root / "etc/gatepost"
    wrong = [path for name in _CONFIGURATION if _may_be_changed(path := folder / name)]
    for path in wrong:
        remedy = f"chown root:gatepost {path}; chmod 0640 {path}"
        yield CheckResult(Verdict.WARNING, "files", f"others than root may change {path}", remedy)
    if not wrong:
        yield CheckResult(Verdict.GOOD, "files", f"root alone may change what is in {folder}")


def _may_be_changed(path: Path) -> bool:
    try:
        there = path.stat()
    except OSError:
        return False  # it is not there, or says so itself where it is needed
    return there.st_uid != 0 or bool(there.st_mode & _OTHERS_MAY_WRITE)


def _card(configuration: GateConfiguration, root: Path) -> Iterator[CheckResult]:
    """Whether the file systems can be written where the gate writes."""
    for what, path in (
        ("journal", configuration.journal.path.parent),
        ("registry", configuration.registry.folder),
    ):
        place = root / path.relative_to("/")
        try:
            read_only = bool(os.statvfs(place).f_flag & os.ST_RDONLY)
        except OSError as error:
            text = f"{path} is not there: {error.strerror}"
            yield CheckResult(Verdict.BAD, "card", text, "systemd-tmpfiles --create")
            continue
        if read_only:
            text = f"{path} is read-only: the gate cannot keep its {what}"
            remedy = "mount the data partition for writing; dmesg says whether the card is failing"
            yield CheckResult(Verdict.BAD, "card", text, remedy)


def _services(configuration: GateConfiguration, root: Path, call: Call) -> Iterator[CheckResult]:
    """Whether what this gate.toml needs starts by itself, and runs."""
    needed = ["gatepost-gate.service"]
    if configuration.staff.socket is not None:
        needed.append("gatepost-console.service")
        if configuration.prompts.screen:
            needed.append("gatepost-screen.service")
    if configuration.journal.socket is not None:
        needed += ["gatepost-sync.service", "gatepost-renew.timer"]
    if (root / "etc/gatepost/update.toml").is_file():
        needed += _UPDATING
    missing = [unit for unit in needed if not _is_enabled(root, unit)]
    stopped = [unit for unit in needed if unit not in {*missing, _RECOVERS} and is_stopped(call, unit)]
    if missing:
        text = f"do not start with the computer: {', '.join(missing)}"
        yield CheckResult(Verdict.WARNING, "services", text, f"systemctl enable --now {' '.join(missing)}")
    if stopped:
        text = f"do not run: {', '.join(stopped)}"
        yield CheckResult(Verdict.WARNING, "services", text, f"systemctl start {' '.join(stopped)}")
    if not missing and not stopped:
        yield CheckResult(Verdict.GOOD, "services", f"start with the computer: {', '.join(needed)}")


def _is_enabled(root: Path, unit: str) -> bool:
    target = "timers" if unit.endswith(".timer") else "multi-user"
    return (root / _WANTS / f"{target}.target.wants" / unit).is_symlink()


def _watchdog(root: Path) -> Iterator[CheckResult]:
    """Whether somebody feeds the hardware's watchdog: it restarts a computer that hangs."""
    states = [
        _line(path) for path in (root / f"sys/class/watchdog/watchdog{number}/state" for number in range(3))
    ]
    if "active" in states:
        yield CheckResult(Verdict.GOOD, "watchdog", "a computer that hangs is restarted")
    elif any(states):
        text = "nobody feeds it: a computer that hangs stays so"
        remedy = "RuntimeWatchdogSec=15 in /etc/systemd/system.conf, then restart the computer"
        yield CheckResult(Verdict.WARNING, "watchdog", text, remedy)
    else:
        remedy = "dtparam=watchdog=on in /boot/firmware/config.txt, then restart the computer"
        yield CheckResult(Verdict.WARNING, "watchdog", "this computer has none that is on", remedy)


def _battery_clock(root: Path) -> Iterator[CheckResult]:
    """Whether the time outlives a power cut; else passes with an end count only once a network tells it."""
    if any((root / f"sys/class/rtc/rtc{number}").exists() for number in range(3)):
        yield CheckResult(Verdict.GOOD, "clock", "a real-time clock keeps the time without power")
    else:
        text = "no real-time clock: after a power cut the time is unknown until a network gives it"
        remedy = "fit one (docs/sd-card.md), or accept that passes with an end wait for the network"
        yield CheckResult(Verdict.WARNING, "clock", text, remedy)


def _line(path: Path) -> str:
    """What one of the kernel's small files says; empty where there is none."""
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
