"""Nodes of a real RabbitMQ 4, with exactly the files that are shipped: only ports, paths and addresses
differ.

Debian 13's package, or the same in a folder made by `debootstrap` (tests/cluster/tree.py). epmd and every
port are bound to the addresses of the nodes. A node can be killed, and started again with what it held.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding

from sync.ca.certificate_authority import CertificateAuthority, init_certificate_authority
from sync.ca.certificates import request_for
from sync.ca.files import make_key
from sync.transport.broker import Broker, Management
from sync.transport.rabbitmq.files import Password, files_of, hashed
from tests.cluster.tree import Tree
from tests.ports import free_port
from tests.sync.services import is_open_at
from tests.waiting import soon

_COOKIE = "GATEPOSTCLUSTER"
_SECRET = hashed("0" * 48, b"salt")
_INSIDE = Path("/mnt")
"""Where a node finds its folder, below the root of the tree."""


@dataclass(frozen=True)
class Ports:
    """Of one node."""

    amqp: int
    mqtt: int
    management: int
    distribution: int
    epmd: int


def free_ports() -> Ports:
    return Ports(*(free_port() for _ in range(5)))


FIXED = Ports(5671, 8883, 15671, 25672, 4369)
"""As they are shipped: where each node has an address of its own."""


@dataclass
class Node:
    """One node at `address`, whose files are in `folder`; `inside` are words before its command, by which it
    runs in a network of its own.
    """

    tree: Tree
    folder: Path
    address: str
    ports: Ports
    inside: tuple[str, ...] = ()
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def write(self, nodes: Sequence[str], tls: Path) -> None:
        """Its files, for a cluster of `nodes`, with the certificates in `tls`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, data in files_of(nodes, self.address, _SECRET).items():
            (self.folder / name).write_bytes(self._localised(name, data.decode(), tls).encode())
        cookie = self.folder / ".erlang.cookie"
        cookie.unlink(missing_ok=True)
        cookie.write_text(_COOKIE)
        cookie.chmod(0o400)

    def start(self) -> None:
        """Start it, and epmd before it; does not wait."""
        if not is_open_at(self.address, self.ports.epmd):
            self._run("epmd", "epmd")
            soon(lambda: is_open_at(self.address, self.ports.epmd), "epmd does not listen")
        self._run("server", "/usr/lib/rabbitmq/bin/rabbitmq-server")

    @property
    def listens(self) -> bool:
        """Whether a gate, a centre and the management API are answered."""
        ports = (self.ports.mqtt, self.ports.amqp, self.ports.management)
        return all(is_open_at(self.address, port) for port in ports)

    def wait(self) -> None:
        """Until it listens."""
        soon(lambda: self.listens or self._has_ended(), "the node does not listen")
        assert not self._has_ended(), self.log[-4000:]

    @property
    def leaders(self) -> list[int]:
        """The processes that were started for it: each leads a session of its own."""
        return [process.pid for process in self._processes]

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def kill(self) -> None:
        """End it as a power cut does; epmd goes with it."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def control(self, *words: str, program: str = "rabbitmqctl") -> str:
        """What `rabbitmqctl` says there."""
        command = self._command(f"/usr/lib/rabbitmq/bin/{program}", *words)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=self._environment())
        return done.stdout + done.stderr

    # --- inside ----------------------------------------------------------------------------

    def _has_ended(self) -> bool:
        return any(process.poll() is not None for process in self._processes)

    def _run(self, name: str, *words: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                self._command(*words),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )
        self._processes.append(process)

    def _command(self, *words: str) -> list[str]:
        return [*self.inside, *self.tree.command(self.folder, _INSIDE, words)]

    def _environment(self) -> dict[str, str]:
        here = _INSIDE if self.tree.is_elsewhere else self.folder
        return {
            "PATH": "/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(here),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": self.address,
            "ERL_EPMD_PORT": str(self.ports.epmd),
            "RABBITMQ_NODENAME": f"rabbit@{self.address}",
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(here / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(here / "data"),
            "RABBITMQ_LOG_BASE": str(here),
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
        }

    def _localised(self, name: str, text: str, tls: Path) -> str:
        if name != "rabbitmq.conf":
            return text
        here = _INSIDE if self.tree.is_elsewhere else self.folder
        shutil.copytree(tls, self.folder / "tls", dirs_exist_ok=True)
        ports, address = self.ports, self.address
        for before, after in (
            ("/etc/gatepost/broker/", f"{here}/tls/"),
            ("/etc/rabbitmq/", f"{here}/"),
            ("listeners.ssl.services = 5671", f"listeners.ssl.services = {address}:{ports.amqp}"),
            ("mqtt.listeners.ssl.devices = 8883", f"mqtt.listeners.ssl.devices = {address}:{ports.mqtt}"),
            ("management.ssl.port = 15671", f"management.ssl.port = {ports.management}"),
            ("= 0.0.0.0", f"= {address}"),
            ("port_range.min = 25672", f"port_range.min = {ports.distribution}"),
            ("port_range.max = 25672", f"port_range.max = {ports.distribution}"),
            ("disk_free_limit.absolute = 2GB", "disk_free_limit.absolute = 32MB"),
        ):
            assert before in text, before
            text = text.replace(before, after)
        return text


@dataclass
class Cluster:
    """Nodes with one authority, and who has its certificates."""

    folder: Path
    authority: CertificateAuthority
    nodes: list[Node]

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(node.address for node in self.nodes)

    @property
    def password(self) -> Password:
        return _SECRET

    def device(self, name: str) -> tuple[Path, Path]:
        """Certificate and key of a device, enrolled the first time that it is named."""
        certificate, key_path = self.folder / f"device-{name}.pem", self.folder / f"device-{name}.key"
        if not certificate.exists():
            code = self.authority.new_code(name)
            issued = self.authority.enrol(name, code, request_for(name, make_key(key_path)))
            certificate.write_bytes(issued.public_bytes(Encoding.PEM))
        return certificate, key_path

    def for_central(self, **changes: object) -> Broker:
        """`[broker]` of central."""
        secret = self.folder / "management.password"
        secret.write_text(_SECRET.text)
        secret.chmod(0o600)
        first, *more = self.hosts
        ports = self.nodes[0].ports
        values: dict[str, object] = {
            "host": first,
            "more": tuple(more),
            "port": ports.amqp,
            "protocol": "amqp",
            "ca": self.folder / "services-ca.pem",
            "certificate": self.folder / "central-tls.pem",
            "key": self.folder / "central-tls.key",
            "longest_pause": 2.0,
            "management": Management(secret, port=ports.management),
        }
        return Broker(**(values | changes))  # type: ignore[arg-type]

    def for_device(self, name: str, **changes: object) -> Broker:
        """`[broker]` of a gate."""
        certificate, key = self.device(name)
        first, *more = self.hosts
        values: dict[str, object] = {
            "host": first,
            "more": tuple(more),
            "port": self.nodes[0].ports.mqtt,
            "ca": self.folder / "services-ca.pem",
            "certificate": certificate,
            "key": key,
            "longest_pause": 2.0,
        }
        return Broker(**(values | changes))  # type: ignore[arg-type]

    def table(self, device: str, **changes: object) -> str:
        """`[broker]` as text, of a device or of central ("")."""
        broker = self.for_device(device, **changes) if device else self.for_central(**changes)
        values = msgspec.to_builtins(broker, enc_hook=str)
        management = values.pop("management")
        lines = [f"{key} = {_toml(value)}" for key, value in values.items()]
        if management is not None:
            lines += [
                "[broker.management]",
                *(f"{key} = {_toml(value)}" for key, value in management.items()),
            ]
        return "\n".join(["[broker]", *lines]) + "\n"

    def start(self) -> None:
        """Start all nodes, and wait until they listen."""
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.wait()

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()


def _toml(value: object) -> str:
    return json.dumps(value)


def made_cluster(
    tree: Tree, folder: Path, addresses: Sequence[str], ports: Ports, inside: Sequence[tuple[str, ...]] = ()
) -> Cluster:
    """A cluster with nodes at `addresses`, not started yet."""
    authority = init_certificate_authority(folder, "green-court", lambda: datetime.now(UTC))
    authority.issue_service("broker", [*addresses, "127.0.0.1", "localhost"])
    authority.issue_service("central", [])
    tls = folder / "tls"
    tls.mkdir()
    both = (folder / "devices-ca.pem").read_bytes() + (folder / "services-ca.pem").read_bytes()
    (tls / "both-ca.pem").write_bytes(both)
    for name in ("services-ca.pem", "broker.pem", "broker.key"):
        shutil.copy(folder / name, tls)
    nodes = []
    for number, address in enumerate(addresses, 1):
        words = inside[number - 1] if inside else ()
        node = Node(tree, folder / f"node-{number}", address, ports, words)
        node.write(addresses, tls)
        nodes.append(node)
    return Cluster(folder, authority, nodes)


@contextmanager
def one_node(tree: Tree, folder: Path) -> Iterator[Cluster]:
    """A cluster of one node on this computer, at free ports; it is gone afterwards."""
    cluster = made_cluster(tree, folder, ["127.0.0.1"], free_ports())
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()
