"""A centre that publishes for one site, without a broker: its files, its database, and time as it is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edge.decision import Subject
from edge.registry.format import Manifest
from edge.registry.keys import seal_key_file
from edge.signing.key_files import public_pem, write_secret
from sync.central.configuration import PublishingSection
from sync.central.people.subjects import put_subject, put_templates, remove_subject
from sync.central.registry.publishing import publish_site
from sync.central.registry.section_keys import publisher_of
from sync.central.store import Store
from tests.edge.registry.repository import ISSUED, SEAL_KEY, Repository, sealed, unit_vector

SITE = "green-court"
START = ISSUED + timedelta(days=1)
DAY = timedelta(days=1)
TOML = '[gates.main]\nmode = "face_or_code"\n'


def pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass
class Desk:
    """A centre's files and database, and one who publishes. Time is what is said."""

    folder: Path
    store: Store
    days: int = 400
    now: datetime = START
    repository: Repository = field(default_factory=Repository)

    def __post_init__(self) -> None:
        self.repository.rotate(expires=START + timedelta(days=2000))
        place = self.folder / "sites" / SITE
        place.mkdir(parents=True)
        (self.folder / "roots").write_bytes(self.repository.roots)
        root_key = self.repository.root_keys[0].public_key()
        (self.folder / "root.pub").write_bytes(public_pem(root_key))
        write_secret(place / "seal.key", seal_key_file(SEAL_KEY))
        write_secret(self.folder / "registry.key", pem(self.repository.registry_key))
        write_secret(self.folder / "policy.key", pem(self.repository.policy_key))
        self.write_policy(TOML)
        self.section = PublishingSection(
            folder=self.folder / "published",
            sites=self.folder / "sites",
            root_key=self.folder / "root.pub",
            roots=self.folder / "roots",
            registry_key=self.folder / "registry.key",
            policy_key=self.folder / "policy.key",
            archive_days=self.days,
        )
        self.publisher = publisher_of(self.section)

    def write_policy(self, text: str) -> None:
        (self.folder / "sites" / SITE / "policy.toml").write_text(text)

    def put(self, subject: Subject, *, face: bool = False) -> None:
        with self.store.writing() as connection:
            put_subject(connection, SITE, subject, 1)
            if face:
                put_templates(connection, SITE, subject.id, [sealed(subject, unit_vector(1))])

    def erase(self, name: str) -> None:
        with self.store.writing() as connection:
            remove_subject(connection, SITE, name)

    def publish(self, later: timedelta = DAY) -> Manifest:
        self.now += later
        return publish_site(self.store, self.section, self.publisher, SITE, self.now)
