"""The site office: where a site without an operations centre keeps its keys, its subjects and its policy.

The only part of the edge that holds signing keys. A gate never imports it and never sees its folder; it
gets the public root key, the template key and signed bundles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.admin import starting_files as files
from edge.admin.policy_file import read_policy
from edge.admin.publication import Edition, publication, sign_policy, sign_root
from edge.admin.publishing import publish
from edge.admin.site_file import SiteFile as SiteFile  # noqa: PLC0414 - its door too
from edge.admin.subject_store import SubjectStore
from edge.calibration.core import Calibration
from edge.calibration.files import read_calibration
from edge.decision import Gap, Mode, Policy, gaps
from edge.errors import ConfigurationError
from edge.lane.configuration import LaneDirection
from edge.prompts.texts import Language
from edge.registry.bundle_file import read_bundle
from edge.registry.format import (
    Anchor,
    Content,
    Root,
    SignedPolicy,
    Trusted,
    hold_bundle,
    join_chain,
    records_of,
    subject_key,
    template_key,
    walk,
)
from edge.registry.keys import make_template_key, read_anchor, read_template_key
from edge.signing.key_files import make_private_key, public_pem, raw_public, read_private_key, write_secret
from edge.support.files import make_folder, read_bounded
from edge.support.names import IDENTIFIER
from edge.support.toml import read_toml, typed

_MOST_BYTES = 256 * 1024
"""No key, chain of roots or signed policy has more."""

REGISTRY_LIFETIME = timedelta(days=30)
ROOT_LIFETIME = timedelta(days=3 * 365)


@dataclass(frozen=True)
class Built:
    """A registry that was built: where it lies, what is in it, and what its policy says in vain."""

    path: Path
    version: int
    expires: datetime
    subjects: int
    templates: int
    size: int
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class SiteAdmin:
    """One site's folder. `open_site_admin` reads one, `init_site` makes one."""

    folder: Path
    site: SiteFile

    @property
    def pass_key(self) -> Ed25519PrivateKey:
        return read_private_key(self.folder / "keys" / "pass.key")

    @property
    def list_key(self) -> Ed25519PrivateKey:
        """Signs lists of certificate issuers and revocations; a site of an earlier version gets one now."""
        path = self.folder / "keys" / "lists.key"
        return read_private_key(path) if path.exists() else make_private_key(path)

    @property
    def template_key(self) -> bytes:
        return read_template_key(self.folder / "keys" / "template.key")

    @property
    def anchor(self) -> Anchor:
        """The public root keys that gates begin with."""
        return read_anchor(self.folder / "keys" / "root.pub")

    @property
    def roots(self) -> bytes:
        """The chain of roots so far, signed; raises ConfigurationError."""
        return _bytes_of(self.folder / "keys" / "roots", "is it a site of an earlier version? make it anew")

    @property
    def root(self) -> Root:
        """Whose word counts at present."""
        return walk(self.roots, self.anchor)

    @property
    def bundle(self) -> Path:
        return self.folder / "registry" / "registry.bundle"

    @property
    def store(self) -> SubjectStore:
        return SubjectStore(self.folder / "subjects.sqlite", self.site.id, self.template_key)

    def calibration_file(self, engine: str) -> Path:
        """Where the site's own calibration of an engine lies, if it made one."""
        return self.folder / "calibrations" / f"{engine}.json"

    def calibrations(self) -> tuple[Calibration, ...]:
        """The site's own calibrations; raises ConfigurationError that names the file."""
        return tuple(read_calibration(path) for path in sorted((self.folder / "calibrations").glob("*.json")))

    def policy(self) -> Policy:
        """The checked policy.toml; raises ConfigurationError that names the key."""
        return read_policy(self.folder / "policy.toml")

    def build(self, now: datetime, lifetime: timedelta) -> Built:
        """Sign what the gates may know from `now` on, for `lifetime`, under the next version."""
        store, policy = self.store, self.policy()
        subjects, templates = store.every(), store.templates()
        content = Content(
            policy=policy,
            subjects=tuple(subjects),
            templates=tuple(templates),
            pass_keys=(raw_public(self.pass_key.public_key()),),
            revoked_passes=frozenset(item.id for item in store.passes() if item.revoked),
            list_keys=(raw_public(self.list_key.public_key()),),
            calibrations=self.calibrations(),
        )
        records = records_of(content, self._signed_policy(content))
        edition = Edition(self.site.id, store.next_number("registry"), now, now + lifetime)
        key = read_private_key(self.folder / "keys" / "registry.key")
        data = publication(records, edition, self.roots, key).bundle
        publish(self.bundle, data)
        return Built(
            self.bundle,
            edition.version,
            edition.expires,
            len(subjects),
            len(templates),
            len(data),
            gaps(policy, subjects),
        )

    def still_known(self, subject_id: str) -> tuple[str, ...]:
        """Where in this folder somebody is known still, who was erased; raises RegistryError."""
        found = [f"subjects.sqlite, {table}" for table in self.store.knows(subject_id)]
        if self.bundle.is_file():
            trusted = Trusted(self.site.id, self.anchor)
            built = hold_bundle(read_bundle(self.bundle, trusted), trusted)
            keys = {subject_key(subject_id), template_key(subject_id, 0)}
            if keys & built.digests.keys():
                found.append(f"{self.bundle.name}, version {built.version}")
        return tuple(found)

    def _signed_policy(self, content: Content) -> bytes:
        """As it was signed the last time, where it is the same."""
        path = self.folder / "keys" / "policy.signed"
        before = read_bounded(path, _MOST_BYTES) if path.exists() else b""
        key = read_private_key(self.folder / "keys" / "policy.key")
        rules = SignedPolicy(self.site.id, 0, content.policy, content.calibrations)
        signed = sign_policy(rules, key, self.root, before)
        if signed != before:
            publish(path, signed)
        return signed

    def local_time(self, instant: datetime) -> datetime:
        """`instant` as it was meant on the command line: the site's time where it names no zone; UTC."""
        zone = ZoneInfo(self.site.time_zone)
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def open_site_admin(folder: Path) -> SiteAdmin:
    """The site in `folder`; raises ConfigurationError where there is none."""
    path = folder / "site.toml"
    if not path.is_file():
        raise ConfigurationError(
            "there is no site here",
            where=str(folder.resolve()),
            remedy="go into its folder, name it with --folder, or make one: gatepost site init DIR",
        )
    return SiteAdmin(folder, _site_file(path))


def init_site(
    folder: Path,
    site: SiteFile,
    gates: dict[str, LaneDirection],
    now: datetime,
    language: Language = "zh",
    mode: Mode = Mode.FACE_OR_CODE,
) -> SiteAdmin:
    """Make a site in `folder`: keys, policy, gates that ask for `mode`. Nothing there is overwritten."""
    for name in (site.id, *gates):
        if not IDENTIFIER.fullmatch(name):
            raise ConfigurationError(
                f"{name!r} cannot be an id", remedy="small letters, digits, dots, dashes and underscores"
            )
    if (folder / "site.toml").exists():
        raise ConfigurationError("there is a site already", where=str(folder))
    if not _is_zone(site.time_zone):
        raise ConfigurationError(f"there is no time zone {site.time_zone!r}")
    make_folder(folder)
    admin = SiteAdmin(folder, site)
    _make_keys(admin, now)
    gate_tables = "\n".join(files.GATE_OF_POLICY.format(id=gate, mode=mode.value) for gate in gates)
    (folder / "policy.toml").write_text(
        files.POLICY.format(time_zone=site.time_zone, gates=gate_tables), encoding="utf-8"
    )
    for gate, direction in gates.items():
        _make_gate(admin, gate, direction, language)
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in _filled(site)]
    (folder / "site.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return admin


def _make_keys(admin: SiteAdmin, now: datetime) -> None:
    """The root key says whose word counts, and is needed again only to replace those keys."""
    keys = admin.folder / "keys"
    root = make_private_key(admin.folder / "root" / "root.key")
    registry, policy = make_private_key(keys / "registry.key"), make_private_key(keys / "policy.key")
    command, central = make_private_key(keys / "command.key"), make_private_key(keys / "central.key")
    make_private_key(keys / "pass.key")
    make_private_key(keys / "lists.key")
    make_template_key(keys / "template.key")
    (keys / "root.pub").write_bytes(public_pem(root.public_key()))
    first = Root(
        version=1,
        expires=now + ROOT_LIFETIME,
        threshold=1,
        root_keys=(raw_public(root.public_key()),),
        registry_keys=(raw_public(registry.public_key()),),
        policy_keys=(raw_public(policy.public_key()),),
        command_keys=(raw_public(command.public_key()),),
        acknowledgement_keys=(raw_public(central.public_key()),),
        sites=(admin.site.id,),
    )
    (keys / "roots").write_bytes(join_chain([sign_root(first, [root])]))


def _make_gate(admin: SiteAdmin, gate: str, direction: LaneDirection, language: Language) -> None:
    folder = admin.folder / "gates" / gate
    make_folder(folder)
    (folder / "root.pub").write_bytes(read_bounded(admin.folder / "keys" / "root.pub", _MOST_BYTES))
    write_secret(folder / "template.key", admin.template_key.hex().encode() + b"\n")
    text = files.GATE.format(
        id=gate,
        site=admin.site.id,
        direction=direction.value,
        language=language,
        inbox="../../registry/registry.bundle",
        lists="../../registry/lists",
    )
    (folder / "gate.toml").write_text(text, encoding="utf-8")


def _filled(site: SiteFile) -> list[tuple[str, str]]:
    return [(name, value) for name, value in msgspec.structs.asdict(site).items() if value]


def _bytes_of(path: Path, remedy: str) -> bytes:
    try:
        return read_bounded(path, _MOST_BYTES)
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(path), remedy=remedy) from None


def _site_file(path: Path) -> SiteFile:
    document, remedy = read_toml(path), "see what `gatepost site init` writes"
    site = typed(document, SiteFile, remedy)
    if not _is_zone(site.time_zone):
        raise document.mistake(("time_zone",), f"there is no time zone {site.time_zone!r}", remedy)
    return site


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
