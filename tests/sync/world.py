"""A centre, a broker and gates with journals: all real, in one folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edge.admin.site_admin import SiteFile
from edge.decision import ClockTrust, WallTime
from edge.journal.factory import open_journal
from edge.journal.feed.server import FEED_LIMITS, journal_server
from edge.journal.format import Entry
from edge.journal.ports import REAL_PORTS, JournalPorts
from edge.journal.store import Journal
from edge.signing.cose import keys_of
from edge.signing.key_files import public_pem
from edge.support.packet_server import PacketLimits, PacketServer
from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration
from sync.central.configuration import CentralConfiguration
from sync.central.configuration import load_configuration as load_central
from sync.central.devices.devices import KnownDevice, enrol_device, known_devices, put_site
from sync.central.journals.findings import Finding, findings_of
from sync.central.journals.journals import entry_of
from sync.central.service import run_central
from sync.central.store import open_store
from sync.central.tables import chain, event
from sync.transport.core import LinkTimeouts
from tests.events import noted
from tests.sync.tables import make_tables
from tests.sync.wire.examples import AT, DEVICE, KEY

CENTRAL_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(40, 72)))
CENTRAL_KEYS = keys_of([CENTRAL_KEY.public_key().public_bytes_raw()])
WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


def append(journal: Journal, count: int = 1) -> list[Entry]:
    return [journal.append(noted("grant", n), WALL) for n in range(count)]


@dataclass
class World:
    """`url` is central's database, `port` the broker's (or that of the proxy before it).

    `founded`: the database has its tables, its site and its device already.
    """

    folder: Path
    url: str
    port: int

    founded: bool = False
    broker_of: Callable[[str], str] | None = None
    """The table [broker] of a device, or of central (""), where it is not the one at `port`."""

    def __post_init__(self) -> None:
        self._secret("central.key", CENTRAL_KEY)
        (self.folder / "central.pub").write_bytes(public_pem(CENTRAL_KEY.public_key()))
        self._secret(f"{DEVICE}.key", KEY)
        if self.founded:
            return
        make_tables(self.url)
        store = open_store(self.url)
        with store.writing() as connection:
            put_site(connection, SiteFile("green-court"))
        store.close()
        self.enrol(DEVICE, KEY)

    def enrol(self, device: str, key: Ed25519PrivateKey, gate: str = "main") -> None:
        self._secret(f"{device}.key", key)
        store = open_store(self.url)
        with store.writing() as connection:
            public = key.public_key().public_bytes_raw()
            enrol_device(connection, device, ("green-court", gate), public, AT)
        store.close()

    def sync_file(
        self, device: str = DEVICE, *, port: int | None = None, name: str = "", upload: int = 0
    ) -> Path:
        """sync.toml of `device`, whose journal is `name`.sqlite."""
        name = name or device
        path = self.folder / f"sync-{name}.toml"
        path.write_text(f"""
[device]
id = "{device}"
key = "{device}.key"
{self._broker(device, port)}
[central]
keys = ["central.pub"]
[journal]
socket = "{name}.sock"
acknowledged = "{name}-acknowledged"
[limits]
upload = {upload}
""")
        return path

    def central_file(self, identity: str = "central-1", *, port: int | None = None) -> Path:
        path = self.folder / f"{identity}.toml"
        path.write_text(f"""
[store]
url = "{self.url}"
keys_every = 0.1
[central]
id = "{identity}"
key = "central.key"
{self._broker("", port)}
[console]
port = 0
""")
        return path

    def journal_path(self, name: str = DEVICE) -> Path:
        return self.folder / f"{name}.sqlite"

    def served(self, name: str = DEVICE, limits: PacketLimits = FEED_LIMITS) -> PacketServer:
        """What a gate's process serves its journal with, to be started."""
        return journal_server(self.journal_path(name), self.folder / f"{name}.sock", limits)

    @contextmanager
    def journal(
        self, name: str = DEVICE, wall: WallTime | None = None, ports: JournalPorts = REAL_PORTS
    ) -> Iterator[Journal]:
        """The journal of a gate that runs: open for writing, and served to sync."""
        path = self.journal_path(name)
        with open_journal(path, "main", wall, ports=ports) as journal, self.served(name):
            yield journal

    @contextmanager
    def agent(
        self, device: str = DEVICE, *, name: str = "", upload: int = 0, limits: LinkTimeouts | None = None
    ) -> Iterator[Agent]:
        """A sync process of the gate, polled by the test."""
        agent = Agent(load_configuration(self.sync_file(device, name=name, upload=upload)), limits=limits)
        try:
            yield agent
        finally:
            agent.close()

    @contextmanager
    def central(self, identity: str = "central-1", *, port: int | None = None) -> Iterator[None]:
        """Central, in a thread."""
        stop = threading.Event()
        configuration: CentralConfiguration = load_central(self.central_file(identity, port=port))
        thread = threading.Thread(target=run_central, args=(configuration, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def stored(self, device: str = DEVICE) -> list[Entry]:
        """What central has of `device`, in the order in which its epochs came."""
        store = open_store(self.url)
        query = (
            sa.select(event, chain.c.epoch, chain.c.gate)
            .join(chain, chain.c.number == event.c.chain)
            .where(chain.c.device == device)
            .order_by(event.c.chain, event.c.sequence)
        )
        with store.reading() as connection:
            found = [entry_of(row, row.epoch, row.gate) for row in connection.execute(query)]
        store.close()
        return found

    def count(self) -> int:
        store = open_store(self.url)
        with store.reading() as connection:
            found = connection.execute(sa.select(sa.func.count()).select_from(event)).scalar_one()
        store.close()
        return int(found)

    def findings(self) -> list[Finding]:
        store = open_store(self.url)
        with store.reading() as connection:
            found = [item for item, _ in findings_of(connection)]
        store.close()
        return found

    def gates(self) -> dict[str, KnownDevice]:
        store = open_store(self.url)
        with store.reading() as connection:
            found = {gate.device: gate for gate in known_devices(connection)}
        store.close()
        return found

    def _broker(self, device: str, port: int | None) -> str:
        if self.broker_of is not None:
            return self.broker_of(device)
        return f"""\
[broker]
host = "127.0.0.1"
port = {port or self.port}
plain = true
keepalive = 2
longest_pause = 1.0
"""

    def _secret(self, name: str, key: Ed25519PrivateKey) -> None:
        path = self.folder / name
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.chmod(0o600)
