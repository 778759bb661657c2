"""The checks of a centre, in order; nothing is changed, and a centre that runs is not disturbed."""

from __future__ import annotations

import shutil
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.diagnostics.systemd_units import Call, called
from edge.signing.key_files import read_private_key
from sync.central.broker.claiming import centre_of
from sync.central.broker.devices import devices_in_service
from sync.central.checking.authority import (
    AUTHORITY,
    check_authority_files,
    check_door,
    keeps_authority,
)
from sync.central.checking.cluster import check_cluster
from sync.central.checking.fleet import (
    check_backup,
    check_deliveries,
    check_gates,
    check_history,
    check_months,
    check_names,
    check_processes,
    check_registries,
    check_roots,
)
from sync.central.checking.units import SERVICE, check_units
from sync.central.configuration import CentralConfiguration
from sync.central.ownership import not_readable, user_name
from sync.central.store import Store, open_store
from sync.transport.broker import Broker
from sync.transport.checking import RENEW_CENTRAL, check_clock, check_private_file, check_way, checked
from sync.transport.client import answer_to, client_of, connected
from sync.transport.clock import wall
from sync.wire import Channel

_ENOUGH_SPACE = 2 * 1024**3
_LITTLE_SPACE = 200 * 1024**2
_OFF_BY = 2.0
_SERVICES_PORT = 8884
_DEVICES_PORT = 8883
_RUNS = Path("/run/systemd/system")
_CONFIGURED = Path("/etc/mosquitto/conf.d/gatepost.conf")
_NOT_AUTHORISED = 0x87
_NOBODY = "gatepost-check"
"""A device that there is not."""


def check_central(
    configuration: CentralConfiguration,
    file: Path | None = None,
    *,
    call: Call = called,
    systemd: Path = _RUNS,
    authority: Path = AUTHORITY,
) -> Iterator[CheckResult]:
    """Check a centre by its configuration (the `file` central.toml), from the machine that it runs on."""
    is_here = keeps_authority(authority)
    yield from checked("key", lambda: _keys(configuration))
    yield from checked("owners", lambda: _owners(configuration))
    yield from checked("owners", lambda: _unreadable(configuration, file))
    if is_here:
        yield from checked("authority", lambda: check_authority_files(authority))
    yield from check_way(configuration.broker, RENEW_CENTRAL)
    if configuration.broker.is_amqp:
        yield from checked("cluster", lambda: _cluster(configuration))
    else:
        yield from checked("access list", lambda: _access_list(configuration))
    yield from check_clock()
    yield from checked("database", lambda: _database(configuration))
    yield from checked("disk", lambda: _disk(configuration))
    yield from checked("ports", lambda: _ports(configuration))
    yield from checked("door", lambda: check_door(configuration, is_here=is_here))
    units = partial(
        check_units, call, systemd, has_authority=is_here, has_broker=_has_mosquitto(configuration)
    )
    yield from checked("units", units)


def _keys(configuration: CentralConfiguration) -> Iterator[CheckResult]:
    section = configuration.registry
    named = {"central.key": configuration.central.key}
    if configuration.commands is not None:
        named["command.key"] = configuration.commands.key
    if section is not None:
        named |= {"registry.key": section.registry_key, "policy.key": section.policy_key}
    for path in named.values():
        yield from check_private_file(path, "key")
        read_private_key(path)
    yield CheckResult(Verdict.GOOD, "key", f"{', '.join(named)}: readable by their owner alone")


def _owners(configuration: CentralConfiguration) -> Iterator[CheckResult]:
    """Central's key says who runs it: what is beside the key is that user's."""
    key = configuration.central.key
    daemon = key.stat().st_uid
    others = [path for path in sorted(key.parent.iterdir()) if path.lstat().st_uid != daemon]
    name = user_name(daemon)
    for path in others[:5]:
        text = f"{path} belongs to {user_name(path.lstat().st_uid)}, and central runs as {name}"
        yield CheckResult(Verdict.BAD, "owner", text, f"chown {name}: {path}")
    mode = stat.S_IMODE(key.parent.stat().st_mode)
    if mode & 0o007:
        text = f"{key.parent} ({mode:04o}) is open to others"
        yield CheckResult(Verdict.WARNING, "owner", text, f"chmod 0700 {key.parent}")
    if daemon == 0:
        yield CheckResult(
            Verdict.WARNING, "owner", f"{key} is root's: central runs as root", "gatepost central setup"
        )
    elif not others:
        yield CheckResult(Verdict.GOOD, "owner", f"{key.parent} is {name}'s")


def _unreadable(configuration: CentralConfiguration, file: Path | None) -> Iterator[CheckResult]:
    """Central starts with these: what root wrote or put back, and kept to itself, keeps it from that."""
    broker, key = configuration.broker, configuration.central.key
    files = [path for path in (file, broker.ca, broker.certificate, broker.key) if path is not None]
    for path in dict.fromkeys((*(path.parent for path in files), *files)):
        for kept, owner in (found for found in not_readable(path, key) if found[0] == path):
            text = f"{kept} belongs to {owner}, and central ({user_name(key.stat().st_uid)}) cannot read it"
            yield CheckResult(Verdict.BAD, "owner", text, "gatepost central setup --host … sets it right")


def _has_mosquitto(configuration: CentralConfiguration) -> bool:
    """Whether the broker is the one that setup makes on this machine."""
    return _is_here(configuration.broker) and not configuration.broker.is_amqp and _CONFIGURED.exists()


def _access_list(configuration: CentralConfiguration) -> Iterator[CheckResult]:
    """A probe: whoever has a service's certificate cannot speak for a gate."""
    broker = configuration.broker
    if broker.port == _DEVICES_PORT and not broker.plain:
        text = f"{broker.host}:{broker.port} is the port for devices"
        yield CheckResult(Verdict.BAD, "broker", text, f"set [broker] port = {_SERVICES_PORT}")
        return
    with connected(client_of(broker, f"{configuration.central.id}-check"), broker, 5.0) as client:
        told = answer_to(client, Channel.HEALTH.of(_NOBODY), b"", 5.0)
    if told is not None and told.value == _NOT_AUTHORISED:
        yield CheckResult(Verdict.GOOD, "access list", "a service cannot publish as a device")
        return
    verdict = Verdict.WARNING if broker.plain else Verdict.BAD
    text = f"the broker lets a service publish as a device ({told or 'no answer'})"
    yield CheckResult(verdict, "access list", text, "acl_file of services.acl: docs/broker.md")


def _cluster(configuration: CentralConfiguration) -> Iterator[CheckResult]:
    with closing(open_store(configuration.store.url)) as store:
        devices = devices_in_service(store)
    centre = centre_of(read_private_key(configuration.central.key))
    yield from check_cluster(configuration.broker, devices, centre)


def _database(configuration: CentralConfiguration) -> Iterator[CheckResult]:
    with closing(open_store(configuration.store.url)) as store:
        version, ahead = _version(store)
        yield CheckResult(Verdict.GOOD, "database", f"{store.name}, schema version {version}")
        if abs(ahead) > _OFF_BY:
            text = f"the database's clock is {ahead:+.1f} s off this computer's"
            yield CheckResult(Verdict.BAD, "clock", text, "set both by a time server")
        now = wall()
        for name, check in (
            ("processes", check_processes),
            ("months", check_months),
            ("gates", check_gates),
            ("names", check_names),
            ("registry", check_registries),
            ("roots", check_roots),
            ("messages", check_deliveries),
            ("history", check_history),
            ("backup", check_backup),
        ):
            yield from checked(name, partial(check, configuration, store, now))


def _version(store: Store) -> tuple[str, float]:
    """The schema's version, and by how many seconds a server's clock is ahead of this computer's."""
    with store.reading() as connection:
        version = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
        if connection.dialect.name != "postgresql":
            return str(version), 0.0
        before = wall()
        there = connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
    return str(version), float(there) - (before + wall()) / 2e6


def _disk(configuration: CentralConfiguration) -> Iterator[CheckResult]:
    folders = {configuration.central.key.parent}
    if configuration.history is not None:
        folders.add(configuration.history.folder)
    for folder in sorted(folders):
        free = shutil.disk_usage(folder).free
        verdict = Verdict.GOOD if free > _ENOUGH_SPACE else Verdict.WARNING
        verdict = Verdict.BAD if free < _LITTLE_SPACE else verdict
        remedy = (
            "" if verdict is Verdict.GOOD else "free some space; [history] moves what is old: docs/history.md"
        )
        yield CheckResult(verdict, "disk", f"{free >> 20} MiB free at {folder}", remedy)


def _ports(configuration: CentralConfiguration) -> Iterator[CheckResult]:
    """The console, and the devices' port of a broker on this machine."""
    console, broker = configuration.console, configuration.broker
    places = [("console", console.host, console.port, f"systemctl status {SERVICE}")]
    if _is_here(broker) and broker.port == _SERVICES_PORT:
        places.append(
            ("devices' port", broker.host, _DEVICES_PORT, "systemctl status mosquitto; docs/broker.md")
        )
    for what, host, port, remedy in places:
        try:
            socket.create_connection((host, port), timeout=3.0).close()
        except OSError as error:
            yield CheckResult(Verdict.BAD, what, f"{host}:{port}: {error.strerror or error}", remedy)
        else:
            yield CheckResult(Verdict.GOOD, what, f"{host}:{port} listens")
    if console.host not in {"127.0.0.1", "localhost", "::1"} and not console.is_over_tls:
        text = f"pages are served without TLS to other machines ({console.host}:{console.port})"
        yield CheckResult(Verdict.WARNING, "console", text, "a reverse proxy with TLS, and [console] origin")


def _is_here(broker: Broker) -> bool:
    return broker.host in {"localhost", "127.0.0.1", "::1"}
