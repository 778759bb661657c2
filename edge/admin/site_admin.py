"""The site's administration: where a site without an operations centre keeps its keys, subjects and policy.

The only part of the edge that holds signing keys. A gate never imports it and never sees its folder; it
gets the public root key, the template key and signed bundles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from edge.admin import starting_files as files
from edge.admin.policy_file import read_policy
from edge.admin.probe_pass import probe_pass
from edge.admin.publication import Edition, publication, refuse_what_gates_would, sign_policy
from edge.admin.publishing import publish
from edge.admin.sealing_keys import give_sealing_key
from edge.admin.site_file import SiteFile as SiteFile  # noqa: PLC0414 - its door too
from edge.admin.site_file import check_identifier, check_site, is_zone
from edge.admin.site_keys import SiteKeys, make_site_keys, read_site_keys, root_places
from edge.admin.subject_store import SubjectStore
from edge.calibration.files import read_calibration
from edge.calibration.format import Calibration
from edge.decision import Mode, Policy, PolicyGap, gaps
from edge.errors import ConfigurationError, RegistryError
from edge.lane.configuration import LaneDirection
from edge.prompts.texts import Language
from edge.registry.bundle_file import read_bundle
from edge.registry.format import (
    BundleRefused,
    Content,
    KeyRing,
    SignedPolicy,
    Trusted,
    hold_bundle,
    records_of,
    seal_ring_of,
    subject_key,
    template_key,
)
from edge.registry.keys import key_ring_file
from edge.signing.key_files import raw_public, write_secret
from edge.support.files import make_folder, read_bounded, write_aside
from edge.support.phrases import phrase
from edge.support.toml import read_toml, typed

SIGNED_POLICY = "policy.signed"
_MOST_BYTES = 256 * 1024
"""No key and no signed policy has more."""

SUBJECTS = "subjects.sqlite"

REGISTRY_LIFETIME = timedelta(days=30)


@dataclass(frozen=True)
class Built:
    """A registry that was built: its file, what is in it, and the gaps of its policy."""

    path: Path
    version: int
    expires: datetime
    subjects: int
    templates: int
    size: int
    gaps: tuple[PolicyGap, ...] = ()


@dataclass(frozen=True)
class SiteAdmin:
    """One site's folder, with the keys that sign registries, passes and lists.

    `open_site_admin` opens one, `init_site` makes one.
    """

    folder: Path
    site: SiteFile
    keys: SiteKeys
    store: SubjectStore

    @property
    def bundle(self) -> Path:
        return self.folder / "registry" / "registry.bundle"

    def calibration_file(self, engine: str) -> Path:
        """Where the site's own calibration of an engine lies, if it made one."""
        return self.folder / "calibrations" / f"{engine}.json"

    def calibrations(self) -> tuple[Calibration, ...]:
        """The site's own calibrations; raises ConfigurationError that names the file."""
        return tuple(read_calibration(path) for path in sorted((self.folder / "calibrations").glob("*.json")))

    def trusted(self) -> Trusted:
        """What verifies and opens the site's own bundles."""
        seal, *earlier = seal_ring_of(self.keys.templates).every
        return Trusted(self.site.id, self.keys.anchor, seal_key=seal, earlier_seal_keys=tuple(earlier))

    def policy(self) -> Policy:
        """The checked policy.toml; raises ConfigurationError that names the key."""
        return read_policy(self.folder / "policy.toml")

    def build(self, now: datetime, lifetime: timedelta) -> Built:
        """Sign the registry for `lifetime` from `now` on, under the next version.

        Raises RegistryError, and leaves everything as it is, where gates would refuse it.
        """
        store, policy = self.store, self.policy()
        subjects, templates = store.every(), store.templates()
        content = Content(
            policy=policy,
            subjects=tuple(subjects),
            templates=tuple(templates),
            pass_keys=(raw_public(self.keys.passes.public_key()),),
            revoked_passes=frozenset(item.id for item in store.passes() if item.revoked),
            list_keys=(raw_public(self.keys.lists.public_key()),),
            calibrations=self.calibrations(),
            probe_pass=probe_pass(self.site.id, self.keys.passes),
        )
        signed_policy = self._signed_policy(content)
        records = records_of(content, signed_policy)
        edition = Edition(self.site.id, store.next_number("registry"), now, now + lifetime)
        keys = self.keys
        made = publication(records, edition, keys.roots, keys.registry, keys.seal, template_key=keys.offered)
        try:
            refuse_what_gates_would(made, signed_policy, edition, self.keys.anchor)
        except BundleRefused as error:
            raise RegistryError(
                phrase("gates would refuse it: %(why)s", why=error.said[0]),
                where=str(self.folder / "keys"),
                remedy=phrase("registry.key and policy.key are those that the newest root names"),
            ) from None
        data = made.bundle
        publish(self.folder / "keys" / SIGNED_POLICY, signed_policy)
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
        """Where in this folder an erased person is still known; raises RegistryError."""
        found = [f"subjects.sqlite, {table}" for table in self.store.knows(subject_id)]
        if self.bundle.is_file():
            trusted = self.trusted()
            built = hold_bundle(read_bundle(self.bundle, trusted), trusted)
            keys = {subject_key(subject_id), template_key(subject_id, 0)}
            if keys & built.digests.keys():
                found.append(f"{self.bundle.name}, version {built.version}")
        return tuple(found)

    def _signed_policy(self, content: Content) -> bytes:
        """As it was signed the last time, where it is the same."""
        path = self.folder / "keys" / SIGNED_POLICY
        before = read_bounded(path, _MOST_BYTES) if path.exists() else b""
        rules = SignedPolicy(self.site.id, 0, content.policy, content.calibrations)
        return sign_policy(rules, self.keys.policy, self.keys.root, before)

    def local_time(self, instant: datetime) -> datetime:
        """`instant` as it was meant on the command line: the site's time where it names no zone; UTC."""
        zone = ZoneInfo(self.site.time_zone)
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def open_site_admin(folder: Path) -> SiteAdmin:
    """The site in `folder`; raises ConfigurationError where there is none."""
    path = folder / "site.toml"
    if not path.is_file():
        raise ConfigurationError(
            phrase("there is no site here"),
            where=str(folder.resolve()),
            remedy=phrase(
                "go into its folder, name it with --folder, or make one: gatepost site init FOLDER"
            ),
        )
    return _opened(folder, _site_file(path))


def _opened(folder: Path, site: SiteFile) -> SiteAdmin:
    keys = read_site_keys(folder / "keys")
    return SiteAdmin(folder, site, keys, SubjectStore(folder / SUBJECTS, site.id, keys.templates.every))


def init_site(
    folder: Path,
    site: SiteFile,
    gates: dict[str, LaneDirection],
    now: datetime,
    language: Language = "zh",
    mode: Mode = Mode.FACE_OR_CODE,
    root_keys: tuple[Path, ...] = (),
) -> SiteAdmin:
    """Make a site in `folder`: keys, policy, gates that ask for `mode`. Nothing there is overwritten.

    Its root keys are made at `root_keys` (`site_keys.root_places`); by default there is one, in the folder.
    """
    check_site(site)
    for gate in gates:
        check_identifier(gate)
    if (folder / "site.toml").exists():
        raise ConfigurationError(phrase("there is a site already"), where=str(folder))
    make_folder(folder)
    make_site_keys(folder / "keys", root_keys or root_places(folder, (), 1), site.id, now)
    admin = _opened(folder, site)
    gate_tables = "\n".join(files.GATE_OF_POLICY.format(id=gate, mode=mode.value) for gate in gates)
    policy = files.POLICY.format(time_zone=site.time_zone, gates=gate_tables)
    write_aside(folder / "policy.toml", policy.encode())
    for gate, direction in gates.items():
        _make_gate(admin, gate, direction, language)
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in _filled(site)]
    write_aside(folder / "site.toml", ("\n".join(lines) + "\n").encode())
    return admin


def _make_gate(admin: SiteAdmin, gate: str, direction: LaneDirection, language: Language) -> None:
    folder = admin.folder / "gates" / gate
    make_folder(folder)
    write_aside(folder / "root.pub", read_bounded(admin.folder / "keys" / "root.pub", _MOST_BYTES))
    write_secret(folder / "template.key", key_ring_file(KeyRing(admin.keys.template)))
    give_sealing_key(admin.folder, gate)
    text = files.GATE.format(
        id=gate,
        site=admin.site.id,
        direction=direction.value,
        language=language,
        inbox="../../registry/registry.bundle",
        lists="../../registry/lists",
    )
    write_aside(folder / "gate.toml", text.encode())


def _filled(site: SiteFile) -> list[tuple[str, str]]:
    return [(name, value) for name, value in msgspec.structs.asdict(site).items() if value]


def _site_file(path: Path) -> SiteFile:
    document, remedy = read_toml(path), phrase("see what `gatepost site init` writes")
    site = typed(document, SiteFile, remedy)
    if not is_zone(site.time_zone):
        raise document.mistake(
            ("time_zone",), phrase("there is no time zone %(zone)r", zone=site.time_zone), remedy
        )
    return site
