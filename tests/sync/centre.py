"""Central's files and database, one gate with its sync process, and the broker between them: all real."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import paho.mqtt.publish as paho
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paho.mqtt.enums import MQTTProtocolVersion

from edge.admin.site_admin import SiteFile
from edge.decision import Subject
from edge.registry.format import Manifest
from edge.registry.keys import seal_key_file
from edge.signing.key_files import public_pem
from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration
from sync.central.configuration import CentralConfiguration
from sync.central.configuration import load_configuration as load_central
from sync.central.devices.devices import enrol_device, known_devices, put_site
from sync.central.registry.publishing import Acceptance, publish_site
from sync.central.registry.section_keys import publisher_of
from sync.central.service import run_central
from sync.central.store import open_store
from sync.central.tables import subject, template
from sync.transport.connection import Host
from tests.edge.registry.repository import SEAL_KEY, unit_vector
from tests.edge.registry.repository import sealed as sealed_template
from tests.sync.agent.wire import GATE, Site
from tests.sync.services import Mosquitto
from tests.sync.tables import make_tables
from tests.sync.wire.examples import DEVICE, KEY
from tests.waiting import PATIENT, soon

NOW = datetime.now(UTC)
CENTRAL_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(40, 72)))
SITE = "green-court"
TOPICS = tuple(f"dn/{DEVICE}/registry/{name}" for name in ("root", "manifest", "urgent", "chunk"))


@dataclass
class Centre:
    """Central's files and database, a gate, and the broker between them."""

    folder: Path
    broker: Mosquitto
    url: str = ""
    """Of an empty database; "": a file in the folder."""

    def __post_init__(self) -> None:
        self.site = Site(self.folder)
        self.site.wall = msgspec.structs.replace(self.site.wall, at=NOW)
        repository = self.site.repository
        repository.rotate(expires=NOW + timedelta(days=900))
        for name, key in (
            ("central.key", CENTRAL_KEY),
            ("registry.key", repository.registry_key),
            ("policy.key", repository.policy_key),
            ("device.key", KEY),
        ):
            self._secret(name, key)
        (self.folder / "central.pub").write_bytes(public_pem(CENTRAL_KEY.public_key()))
        (self.folder / "roots").write_bytes(repository.roots)
        (self.folder / "sites" / SITE).mkdir(parents=True)
        (self.folder / "sites" / SITE / "policy.toml").write_text('[gates.main]\nmode = "face_or_code"\n')
        seal_key = self.folder / "sites" / SITE / "seal.key"
        seal_key.write_bytes(seal_key_file(SEAL_KEY))
        seal_key.chmod(0o600)
        (self.folder / "central.toml").write_text(self._central_file())
        (self.folder / "sync.toml").write_text(self._sync_file())
        self.central_file = load_central(self.folder / "central.toml")
        assert self.central_file.registry is not None
        self.section = self.central_file.registry
        make_tables(self.central_file.store.url)
        self.store = open_store(self.central_file.store.url)
        with self.store.writing() as connection:
            put_site(connection, SiteFile(SITE))
            enrol_device(connection, DEVICE, (SITE, GATE), KEY.public_key().public_bytes_raw(), 1)

    def people(self, count: int, *, named: str = "", faces: bool = False) -> None:
        with self.store.writing() as connection:
            connection.execute(sa.delete(template))
            connection.execute(sa.delete(subject))
            for number in range(count):
                person = Subject(f"subject-{number}", name=named)
                values = {
                    "site": SITE,
                    "id": person.id,
                    "record": msgspec.json.encode(person),
                    "changed_at": 1,
                }
                connection.execute(sa.insert(subject).values(values))
                if faces:
                    record = msgspec.msgpack.encode(sealed_template(person, unit_vector(number)))
                    face = {"site": SITE, "subject": person.id, "number": 1, "record": record}
                    connection.execute(sa.insert(template).values(face))

    def publish(self, accepted: Acceptance | None = None) -> Manifest:
        return publish_site(self.store, self.section, publisher_of(self.section), SITE, NOW, accepted)

    @contextmanager
    def central(self, configuration: CentralConfiguration | None = None) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=run_central, args=(configuration or self.central_file, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    @contextmanager
    def agent(self, host: Host | None = None) -> Iterator[Agent]:
        agent = Agent(load_configuration(self.folder / "sync.toml"), host=host)
        try:
            yield agent
        finally:
            agent.close()

    def until(self, agent: Agent, done: Callable[[], bool], within: float = PATIENT) -> None:
        """Turn agent and gate until it is so."""

        def poll() -> None:
            agent.poll()
            self.site.registry_service.look()

        soon(done, within=within, meanwhile=poll)

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """As anybody could whom no access list stops."""
        paho.single(
            topic,
            payload,
            qos=1,
            retain=retain,
            hostname="127.0.0.1",
            port=self.broker.port,
            protocol=MQTTProtocolVersion.MQTTv5,
        )

    def reported(self) -> int | None:
        with self.store.reading() as connection:
            [gate] = known_devices(connection)
        return gate.registry_version

    def _central_file(self) -> str:
        return f"""
[store]
url = "{self.url or f"sqlite:///{self.folder}/central.sqlite"}"
keys_every = 0.1
[central]
key = "central.key"
[broker]
host = "127.0.0.1"
port = {self.broker.port}
plain = true
longest_pause = 0.5
[registry]
folder = "published"
sites = "sites"
root_key = "gate/root.pub"
roots = "roots"
registry_key = "registry.key"
policy_key = "policy.key"
look_every = 0.1
"""

    def _sync_file(self) -> str:
        return f"""
[device]
id = "{DEVICE}"
key = "device.key"
[broker]
host = "127.0.0.1"
port = {self.broker.port}
plain = true
longest_pause = 0.5
[central]
keys = ["central.pub"]
[journal]
socket = "journal.sock"
acknowledged = "acknowledged"
[registry]
site = "{SITE}"
gate = "{GATE}"
root_key = "gate/root.pub"
inbox = "gate/inbox/registry.bundle"
folder = "gate/registry"
spool = "spool"
"""

    def _secret(self, name: str, key: Ed25519PrivateKey) -> None:
        path = self.folder / name
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.chmod(0o600)


def held_subjects(centre: Centre) -> set[str]:
    held = centre.site.registry_service.holdings()
    return set() if held is None else set(held.registry.subjects)
