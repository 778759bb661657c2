"""A centre of the simulation's own: a broker and central's processes on this machine, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from pathlib import Path

from edge.support.files import make_folder, write_aside
from edge.support.isolated import isolated
from sync.ca.certificate_authority import BROKER, CENTRAL, CertificateAuthority, init_certificate_authority
from sync.central.accounts.accounts import create_account
from sync.central.accounts.actor import command_line_actor
from sync.central.accounts.core import Role, RoleGrant
from sync.central.accounts.links import one_time_link
from sync.central.configuration import load_configuration
from sync.central.setup import configuration_text, make_central_key
from sync.central.store import migrate_store, open_store
from sync.simulation.making import utc_now
from sync.simulation.task import SimulationFailed
from sync.transport.broker import Broker
from sync.transport.clock import wall

_HOST = "127.0.0.1"
_STARTS_WITHIN = 120.0
_ENDS_WITHIN = 30.0
_CONNECTIONS = 65_536
_PLAIN = """\
per_listener_settings false
persistence false
retain_available false
set_tcp_nodelay true
message_size_limit 263168
max_queued_messages 5000
max_queued_bytes 8388608
log_type error
listener {port} 127.0.0.1
allow_anonymous true
"""


@dataclass(frozen=True)
class OwnCentre:
    """What a centre of its own is to have: so many ingesters, its database (None: SQLite in its folder), its
    console's port (None: no console), TLS or not.
    """

    folder: Path
    ingesters: int = 1
    database: str | None = None
    console: int | None = None
    secured: bool = False


@dataclass
class RunningCentre:
    """A centre that runs: where its gates go, and its processes."""

    configuration: Path
    broker: Broker
    central_key: Path
    authority: CertificateAuthority | None
    command: list[str]
    centrals: list[subprocess.Popen[bytes]] = field(default_factory=list)
    mosquitto: subprocess.Popen[bytes] | None = None

    def start_broker(self) -> None:
        """Raises SimulationFailed."""
        log = (self.configuration.parent / "broker.log").open("ab")
        with log:
            self.mosquitto = subprocess.Popen(self.command, stdout=log, stderr=log)
        try:
            _await(lambda: _is_open(self.broker.port), self.mosquitto, "the broker", log.name)
        except SimulationFailed:
            self.kill_broker()
            raise

    def kill_broker(self) -> None:
        """As a power cut does."""
        if self.mosquitto is not None:
            self.mosquitto.kill()
            self.mosquitto.wait()
            self.mosquitto = None

    def processes(self) -> dict[str, int]:
        """The id of each process, by what it is."""
        found = {f"central-{number}": each.pid for number, each in enumerate(self.centrals, 1)}
        return found if self.mosquitto is None else found | {"broker": self.mosquitto.pid}

    def ended(self) -> dict[str, str]:
        """The processes of the centre that have ended by themselves, and what each said last."""
        names = [f"central-{number}" for number in range(1, len(self.centrals) + 1)]
        gone = [name for name, each in zip(names, self.centrals, strict=True) if each.poll() is not None]
        return {name: _last_line(self.configuration.parent / f"{name}.log") for name in gone}

    def close(self) -> None:
        for each in self.centrals:
            each.send_signal(signal.SIGTERM)
        for each in self.centrals:
            try:
                each.wait(_ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()
        self.kill_broker()


def start_centre(wanted: OwnCentre) -> RunningCentre:
    """Make the centre and start its broker; `start_central` starts the rest. Raises GatepostError."""
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise SimulationFailed(
            "there is no broker on this machine",
            where="mosquitto",
            remedy="apt-get install mosquitto, or name a centre that runs: --centre, --broker",
        )
    make_folder(wanted.folder, 0o700)
    ports = _free_ports(2)
    authority = _authority_in(wanted.folder / "ca") if wanted.secured else None
    text = _secured_broker(wanted.folder / "ca", *ports) if authority else _PLAIN.format(port=ports[0])
    # Started as root it would become another user, who may not read this folder.
    text += f"user {pwd.getpwuid(os.geteuid()).pw_name}\n"
    write_aside(wanted.folder / "mosquitto.conf", text.encode())
    url = wanted.database or f"sqlite:///{wanted.folder.resolve()}/central.sqlite"
    first = wanted.folder / "central.toml"
    for number in range(1, wanted.ingesters + 1):
        own = configuration_text(
            url,
            _HOST,
            ports[1] if authority else ports[0],
            keys=None,
            tls=Path("ca") if authority else None,
            publishes=False,
            plain=authority is None,
            console=wanted.console or 0,
        ).replace('id = "central-1"', f'id = "central-{number}"')
        write_aside(first if number == 1 else wanted.folder / f"central-{number}.toml", own.encode())
    key = wanted.folder / "central.key"
    make_central_key(key)
    migrate_store(url)
    ca = wanted.folder / "ca" / "services-ca.pem" if authority else None
    broker = Broker(_HOST, ports[0], ca=ca, plain=authority is None)
    command = [program, "-c", str(wanted.folder / "mosquitto.conf")]
    running = RunningCentre(first, broker, key.with_suffix(".pub"), authority, command)
    running.start_broker()
    return running


def start_central(running: RunningCentre, wanted: OwnCentre, say: Callable[[str], None]) -> None:
    """Start central's processes, and say where its console is."""
    folder = wanted.folder
    for number in range(1, wanted.ingesters + 1):
        file = running.configuration if number == 1 else folder / f"central-{number}.toml"
        parts = [] if number == 1 and wanted.console is not None else ["--only", "ingester"]
        with (folder / f"central-{number}.log").open("ab") as log:
            command = [*isolated("sync.cli.main"), "central", "run", "--config", str(file), *parts]
            running.centrals.append(subprocess.Popen(command, stdout=log, stderr=log))
    for number, process in enumerate(running.centrals, 1):
        log_path = folder / f"central-{number}.log"
        _await(partial(_says_that_it_is_linked, log_path), process, "central", str(log_path))
    if wanted.console is None:
        return
    port, log_file = wanted.console, str(folder / "central-1.log")
    _await(lambda: _is_open(port), running.centrals[0], "the console", log_file)
    store = open_store(load_configuration(running.configuration).store.url)
    try:
        with store.writing() as connection:
            boss = command_line_actor("gatepost simulate fleet")
            grants = [RoleGrant(Role.ADMINISTRATOR)]
            number = create_account(connection, boss, "demo", "demo", grants, wall())
            link = one_time_link(connection, number, wall())
    finally:
        store.close()
    say(f"the console; sign in once, within 15 minutes: http://{_HOST}:{port}{link}")


def _authority_in(folder: Path) -> CertificateAuthority:
    authority = init_certificate_authority(folder, "simulated", utc_now)
    authority.issue_service(BROKER, [_HOST, "localhost"])
    authority.issue_service(CENTRAL, [])
    return authority


def _secured_broker(authority: Path, gates: int, services: int) -> str:
    """The broker's file as it is shipped, with other ports and paths."""
    shipped = resources.files("firmware_config") / "mosquitto"
    text = (shipped / "gatepost.conf").read_text()
    text = text.replace("listener 8883\n", f"listener {gates} {_HOST}\n")
    text = text.replace("listener 8884 ", f"listener {services} ")
    text = text.replace("max_connections 4096", f"max_connections {_CONNECTIONS}")
    for name in ("devices.acl", "services.acl"):
        text = text.replace(f"/etc/gatepost/broker/{name}", str(shipped / name))
    return text.replace("/etc/gatepost/broker/", f"{authority.resolve()}/") + "\n"


def _says_that_it_is_linked(log: Path) -> bool:
    """Whether central's log says that it hears its broker: gates that greet it before wait for an answer."""
    with log.open("rb") as lines:
        return any(b"link_ready" in line for line in lines)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "nothing"


def _free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    try:
        for each in taken:
            each.bind((_HOST, 0))
        return [each.getsockname()[1] for each in taken]
    finally:
        for each in taken:
            each.close()


def _is_open(port: int) -> bool:
    try:
        socket.create_connection((_HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _await(condition: Callable[[], bool], process: subprocess.Popen[bytes], what: str, log: str) -> None:
    """Wait until it is so. Raises SimulationFailed where the process has ended, or it takes too long."""
    until = time.monotonic() + _STARTS_WITHIN
    while not condition():
        if process.poll() is not None or time.monotonic() > until:
            raise SimulationFailed(f"{what} does not start", where=log, remedy="this log says why")
        time.sleep(0.05)
