"""Checks a gate's sync process for what keeps it from working: each result says what, where, what to do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.diagnostics.systemd_units import Call, called, check_last_run, check_unit
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.client import JournalClient
from edge.journal.format import FeedRequest
from edge.signing.key_files import read_private_key
from edge.support.counted import counted
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.central_keys import keys_at_rest
from sync.agent.configuration import SyncConfiguration
from sync.transport.checking import RENEW_GATE, check_clock, check_private_file, check_way, checked
from sync.transport.tls import certificate_of

Check = Callable[[], Iterator[CheckResult]]
_MANY_WAIT = 10_000
_OLD = 24 * 3600.0
_PACKAGED = Path("/var/lib/gatepost-sync")
"""Where the package's sync keeps what it knows: a gate in a folder has no units."""
_SYSTEMD = Path("/run/systemd/system")
"""There where systemd is the computer's init: sd_booted(3)."""
_SYNC, _RENEWAL, _RENEWS = "gatepost-sync.service", "gatepost-renew.timer", "gatepost-renew.service"


def check_sync(
    configuration: SyncConfiguration, call: Call = called, systemd: Path = _SYSTEMD
) -> Iterator[CheckResult]:
    """Check what the sync process needs; nothing is changed, and a process that runs is not disturbed."""
    checks: dict[str, Check] = {
        "key": partial(_keys, configuration),
        "central": partial(_central, configuration),
        "identity": partial(_identity, configuration),
        "way": partial(check_way, configuration.broker, RENEW_GATE),
        "clock": check_clock,
        "journal": partial(_journal, configuration),
        "registry": partial(_registry, configuration),
        "sockets": partial(_sockets, configuration),
        "units": partial(_units, configuration, call, systemd),
    }
    for name, check in checks.items():
        yield from checked(name, check)


def _keys(configuration: SyncConfiguration) -> Iterator[CheckResult]:
    path = configuration.device.key
    yield from check_private_file(path, "key")
    read_private_key(path)
    yield CheckResult(Verdict.GOOD, "key", f"{configuration.device.id} signs with {path}")


def _central(configuration: SyncConfiguration) -> Iterator[CheckResult]:
    count = len(keys_at_rest(configuration))
    yield CheckResult(Verdict.GOOD, "central", f"believes central by {count} of its keys")


def _identity(configuration: SyncConfiguration) -> Iterator[CheckResult]:
    """The broker lets a device speak for its certificate's name alone."""
    certificate = certificate_of(configuration.broker)
    if certificate is None:
        return
    names = {str(attribute.value) for attribute in certificate.subject}
    if configuration.device.id not in names:
        text = f"the certificate is of {', '.join(sorted(names))}, and device.id is {configuration.device.id}"
        yield CheckResult(Verdict.BAD, "identity", text, "set device.id, or enrol under this id")


def _journal(configuration: SyncConfiguration) -> Iterator[CheckResult]:
    section = configuration.journal
    if not section.socket.exists():
        text = f"nothing serves {section.socket}: no event reaches central"
        yield CheckResult(
            Verdict.BAD, "journal", text, "systemctl status gatepost-gate; journal.socket in gate.toml"
        )
        return
    words = AcknowledgedFolder(section.acknowledged).read(
        configuration.device.id, keys_at_rest(configuration)
    )
    with closing(JournalClient(SocketChannel(section.socket))) as client:
        spans = client.ask(FeedRequest()).spans
    waiting = 0
    for span in spans:
        word = words.get(span.epoch)
        stored = 0 if word is None else word.sequence
        waiting += max(0, span.last - max(stored, span.first - 1))
    if waiting > _MANY_WAIT:
        text = f"{counted(waiting, 'event waits', 'events wait')} for central"
        yield CheckResult(Verdict.WARNING, "journal", text, "gatepost sync status; is the broker reached?")
    else:
        yield CheckResult(
            Verdict.GOOD, "journal", f"served; {counted(waiting, 'event waits', 'events wait')} for central"
        )


def _registry(configuration: SyncConfiguration) -> Iterator[CheckResult]:
    section = configuration.registry
    if section is None:
        yield CheckResult(Verdict.WARNING, "registry", "none is fetched", "add [registry]: docs/sync.md")
        return
    for folder, name in ((section.inbox, "registry.inbox"), (section.spool, "registry.spool")):
        there = folder if folder.is_dir() else folder.parent
        if not os.access(there, os.W_OK):
            yield CheckResult(
                Verdict.BAD, "registry", f"{there} cannot be written", f"check {name} and its owner"
            )
    status = section.folder / "status.json"
    age = _age(status)
    if age is None:
        yield CheckResult(
            Verdict.WARNING, "registry", f"{status}: the gate has taken none yet", "gatepost gate check"
        )
    elif age > _OLD:
        text = f"the gate last said {age / 3600:.0f} h ago what it holds"
        yield CheckResult(Verdict.WARNING, "registry", text, "systemctl status gatepost-gate")
    else:
        yield CheckResult(Verdict.GOOD, "registry", f"{status} is {age / 60:.0f} min old")


def _age(path: Path) -> float | None:
    try:
        return max(0.0, datetime.now(UTC).timestamp() - path.stat().st_mtime)
    except OSError:
        return None


def _sockets(configuration: SyncConfiguration) -> Iterator[CheckResult]:
    section = configuration.commands
    if section is None:
        yield CheckResult(Verdict.WARNING, "commands", "none are taken", "add [commands]: docs/commands.md")
    elif not os.access(section.socket.parent, os.W_OK | os.X_OK):
        text = f"{section.socket.parent} cannot be written: no command reaches the gate"
        yield CheckResult(Verdict.BAD, "commands", text, "check commands.socket, and the folder's owner")


def _units(configuration: SyncConfiguration, call: Call, systemd: Path) -> Iterator[CheckResult]:
    """What speaks for a packaged gate, and what renews its certificate before it ends."""
    if systemd.is_dir() and configuration.journal.acknowledged.is_relative_to(_PACKAGED):
        yield from check_unit(call, _SYNC)
        yield from check_unit(call, _RENEWAL)
        yield from check_last_run(call, _RENEWS)
