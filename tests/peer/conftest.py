"""A centre with a site, behind a broker with the files that are shipped, for gates that another program
plays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edge.commands.core import Command, CommandKind
from edge.signing.key_files import public_pem, raw_public
from sync.central.configuration import load_configuration
from sync.central.devices.devices import KnownDevice, enrol_device, known_devices
from sync.central.devices.refusal_counts import BY_DEVICE, refusals_of
from sync.central.journals.findings import findings_of
from sync.central.registry.publishing import Acceptance, WouldRevert
from sync.central.registry.section_keys import publisher_of
from sync.central.registry.urgent import revoke_urgently
from sync.central.tables import chain, event
from sync.transport.clock import wall
from sync.wire import ClockAnswer, SealedMessage, seal_message
from tests.edge.registry.repository import TEMPLATE_KEY, public
from tests.keys import ed25519
from tests.peer.peer import Peer, node, played
from tests.sync.broker import conftest as shipped
from tests.sync.broker.conftest import Broker, Client
from tests.sync.centre import CENTRAL_KEY, NOW, SITE, Centre
from tests.sync.conftest import OFTEN
from tests.sync.services import Mosquitto

PASS_KEY, LIST_KEY, COMMAND_KEY = ed25519("passes"), ed25519("lists"), ed25519("commands")
Play = Callable[..., AbstractContextManager[Peer]]
STORIES = (
    *(
        "hello",
        "clock",
        "health",
        "refusals",
        "disbelief",
        "counts",
        "counts-too",
        "setback",
        "shared",
        "bounds",
    ),
    *("retired", "suspended"),
    *("journal", "duplicate", "resume", "gap", "found", "fork", "altered", "impossible"),
    *("snapshot", "changes", "revocations", "rotation", "rekeyed", "newest", "pass", "lists"),
    *("command", "challenge", "order", "undelivered"),
)
DEVICES = tuple(f"peer-{story}" for story in STORIES)
# The broker of this folder's tests, with the files that are shipped.
site, broker = shipped.site, shipped.broker


@dataclass
class House:
    """A centre that runs, behind the broker that is shipped, with a site whose keys the test has."""

    centre: Centre
    broker: Broker
    version: int = 0

    def __post_init__(self) -> None:
        folder = self.centre.folder
        self.central_toml = folder / "central.toml"
        files = self.broker.site.folder
        link = "\n".join(
            f'{key} = "{files / name}"'
            for key, name in (
                ("ca", "services-ca.pem"),
                ("certificate", "central-tls.pem"),
                ("key", "central-tls.key"),
            )
        )
        text = self.central_toml.read_text()
        text = text.replace(f"port = {self.centre.broker.port}", f"port = {self.broker.services}")
        self.central_toml.write_text(text.replace("plain = true", link))
        self.configuration = load_configuration(self.central_toml)
        for name, key in (("passes.pub", PASS_KEY), ("lists.pub", LIST_KEY)):
            (folder / "sites" / SITE / name).write_bytes(public_pem(key.public_key()))
        self.command_key = self._secret("command.key", COMMAND_KEY)
        self._rotate()
        with self.centre.store.writing() as connection:
            for device in DEVICES:
                public_key = ed25519(device).public_key().public_bytes_raw()
                enrol_device(connection, device, (SITE, device), public_key, 1)

    # --- what happens at the centre ------------------------------------------------------------------

    def gate(self, device: str) -> dict[str, Any]:
        """What a gate of the site is given: its keys, and whom it may believe."""
        key = ed25519(device)
        certificate, secret = self.broker.site.device(device)
        return {
            "host": "127.0.0.1",
            "port": self.broker.gates,
            "ca": str(self.broker.site.folder / "services-ca.pem"),
            "certificate": str(certificate),
            "key": str(secret),
            "device": device,
            "site": SITE,
            "gate": device,
            "secret": key.private_bytes_raw().hex(),
            "central": [CENTRAL_KEY.public_key().public_bytes_raw().hex()],
            "roots": [raw_public(k.public_key()).hex() for k in self.centre.site.repository.root_keys],
            "templateKey": TEMPLATE_KEY.hex(),
            "least": self.version,
        }

    def publish(self, people: int, named: str = "") -> None:
        self.centre.people(people, named=named, faces=True)
        try:
            self.version = self.centre.publish().version
        except WouldRevert as refused:  # whom an earlier test revoked is known again
            self.version = self.centre.publish(Acceptance(refused.code, "test")).version

    def revoke(self, subject: str) -> None:
        publisher = publisher_of(self.centre.section)
        revoke_urgently(self.centre.store, publisher, SITE, NOW, subjects=(subject,))

    def rotate_registry_key(self) -> None:
        """Two roots one after another; the second names another registry key."""
        repository = self.centre.site.repository
        self._rotate()
        repository.registry_key = ed25519()
        self._secret("registry.key", repository.registry_key)
        self._rotate()

    def commands(self, *kinds: str) -> list[Command]:
        """Commands for a minute, in the order in which they are given."""
        now = wall()
        return [
            Command(
                ed25519().private_bytes_raw()[:16],
                CommandKind(kind),
                "Wang Fang",
                now,
                now + 60_000_000,
                number,
            )
            for number, kind in enumerate(kinds, start=now)
        ]

    def send(self, device: str, *commands: Command) -> None:
        self.say(*(seal_message(item, device, COMMAND_KEY) for item in commands))

    def say_what_is_not_believed(self, device: str, stranger: Ed25519PrivateKey) -> None:
        answer = ClockAnswer(bytes(16), 1)
        genuine = seal_message(answer, device, CENTRAL_KEY)
        elsewhere = seal_message(answer, "another-gate", CENTRAL_KEY)
        topic = genuine.topic
        self.say(
            SealedMessage(topic, b"junk"),
            SealedMessage(topic, b"GP\x02" + genuine.data[3:]),
            seal_message(answer, device, stranger),
            SealedMessage(topic, elsewhere.data),
            SealedMessage(topic.replace("clock", "ack"), genuine.data),
        )

    def say(self, *messages: SealedMessage) -> None:
        files = self.broker.site.folder
        mine = (files / "central-tls.pem", files / "central-tls.key")
        client = Client(self.broker.services, files / "services-ca.pem", mine, client_id="somebody").ready()
        for message in messages:
            client.publish(message.topic, message.data)
        client.close()

    # --- what the centre knows -----------------------------------------------------------------------

    def known(self, name: str) -> KnownDevice:
        with self.centre.store.reading() as connection:
            [found] = [item for item in known_devices(connection) if item.device == name]
        return found

    def stored(self, name: str) -> list[int]:
        query = sa.select(event.c.sequence).join(chain, chain.c.number == event.c.chain)
        query = query.where(chain.c.device == name).order_by(event.c.sequence)
        with self.centre.store.reading() as connection:
            return list(connection.execute(query).scalars())

    def findings(self, name: str) -> list[str]:
        """What is wrong with a gate's journal, and what was: kind, first and last sequence."""
        with self.centre.store.reading() as connection:
            found = [item for item, _ in findings_of(connection, name)]
        return [
            f"{item.kind} {item.first} to {item.last}{', ended' if item.ended_at is not None else ''}"
            for item in found
        ]

    def refused_by(self, name: str) -> Counter[str]:
        """What a gate says that it refused of central's, by the code."""
        with self.centre.store.reading() as connection:
            counts = [item for item in refusals_of(connection, name) if item.by == BY_DEVICE]
        return Counter(item.code for item in counts for _ in range(item.times))

    # --- inside --------------------------------------------------------------------------------------

    def _rotate(self) -> None:
        repository = self.centre.site.repository
        repository.rotate(
            expires=NOW + timedelta(days=900),
            command_keys=public(COMMAND_KEY),
            acknowledgement_keys=public(CENTRAL_KEY),
        )
        (self.centre.folder / "roots").write_bytes(repository.roots)

    def _secret(self, name: str, key: Ed25519PrivateKey) -> Path:
        path = self.centre.folder / name
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.chmod(0o600)
        return path


@pytest.fixture(scope="module")
def house(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    node()
    folder = tmp_path_factory.mktemp("centre")
    with pytest.MonkeyPatch.context() as patch:
        for name, seconds in {**OFTEN, "sync.central.devices.refused_messages.WRITTEN_EVERY": 0.1}.items():
            patch.setattr(name, seconds)
        made = House(Centre(folder, Mosquitto(folder)), broker)
        with made.centre.central(made.configuration):
            yield made
        made.centre.store.close()


@pytest.fixture
def play(house: House, tmp_path: Path) -> Play:
    """Let another program play a story, as a gate of its own."""

    def play(story: str, device: str = "", **more: Any) -> AbstractContextManager[Peer]:
        return played(story, {**house.gate(device or f"peer-{story}"), **more}, tmp_path)

    return play
