"""Publishes a site: its people from the database and its policy from files, as the next registry version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from edge.admin.policy_file import read_policy
from edge.admin.publication import Edition
from edge.calibration.files import read_calibration
from edge.decision import StatusRecord
from edge.errors import ConfigurationError, RegistryError
from edge.registry.format import (
    MOST_CHAIN_BYTES,
    MOST_PROBE_BYTES,
    Content,
    Manifest,
    Records,
    UrgentRevocations,
    records_of,
    subject_key,
)
from edge.registry.keys import SEAL_KEY, read_anchor, read_public_keys, read_seal_key
from edge.signing.cose import Stamp, microseconds
from edge.signing.key_files import read_private_key
from edge.support.files import read_bounded
from sync.central.configuration import PublishingSection
from sync.central.people.subjects import (
    newest_statuses,
    note_status,
    remove_subject,
    subjects_of,
    templates_of,
)
from sync.central.registry.announcer import RegistryAnnouncer
from sync.central.registry.archive import archive_version
from sync.central.registry.core.reverting import Given, code_of, reverted
from sync.central.registry.publications import held_versions, note_published, published_version
from sync.central.registry.publisher import REGISTRY_LIFETIME, Publisher, PublishingKeys
from sync.central.registry.publisher_handler import HeardHello
from sync.central.store import Store, StoreError
from sync.central.tables import device, in_service, stamp
from sync.wire import Channel

PROBE_PASS = "probe.pass"
"""In a site's folder: the test code that its gates show to themselves."""


def publisher_of(section: PublishingSection) -> Publisher:
    """The publisher that central.toml describes. Raises GatepostError if a key cannot be read."""
    authority = PublishingKeys(
        read_anchor(section.root_key),
        roots_of(section),
        read_private_key(section.registry_key),
        read_private_key(section.policy_key),
        lambda site: read_seal_key(section.sites / site / SEAL_KEY),
    )
    return Publisher(section.folder, authority)


def announcer_of(section: PublishingSection) -> RegistryAnnouncer:
    """The announcer that central.toml describes."""
    return RegistryAnnouncer(section.folder, partial(roots_of, section))


def roots_of(section: PublishingSection) -> bytes:
    """Read the chain of roots from its file. Raises ConfigurationError."""
    try:
        return read_bounded(section.roots, MOST_CHAIN_BYTES)
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error), where=str(section.roots), remedy="gatepost root makes it"
        ) from None


def sites_of(store: Store) -> dict[str, str]:
    """The site of each device in service."""
    with store.reading() as connection:
        return {row.id: row.site for row in connection.execute(_SITES)}


def hellos_of(store: Store) -> dict[str, HeardHello]:
    """The newest hello of each device in service."""
    with store.reading() as connection:
        return {
            row.id: HeardHello(Stamp(row.epoch, row.counter), row.fingerprint or b"")
            for row in connection.execute(_HELLOS)
        }


_SITES = sa.select(device.c.id, device.c.site).where(in_service)
_HELLOS = (
    sa.select(device.c.id, device.c.fingerprint, stamp.c.epoch, stamp.c.counter)
    .join(stamp, stamp.c.device == device.c.id)
    .where(in_service, stamp.c.channel == Channel.HELLO.spoken)
)


@dataclass(frozen=True)
class Acceptance:
    """The consent of `actor` to what the next version reverts, by the `code` of those lines."""

    code: str
    actor: str


class WouldRevert(RegistryError):
    """The next version would revert what gates were given: `lines` say what, `code` identifies them."""

    def __init__(self, site: str, lines: tuple[str, ...]) -> None:
        self.lines = lines
        self.code = code_of(lines)
        super().__init__(
            f"not published: it would revert what gates were given, see the list of {len(lines)}",
            where=site,
            remedy=f"if that is right: --accept {self.code} --actor NAME",
        )


def publish_site(
    store: Store,
    section: PublishingSection,
    publisher: Publisher,
    site: str,
    now: datetime,
    accepted: Acceptance | None = None,
    *,
    lifetime: timedelta = REGISTRY_LIFETIME,
) -> Manifest:
    """Publish what the database and the site's files say now, with changes from the versions that its
    gates hold. It expires after `lifetime`.

    Raises WouldRevert if that would revert what gates were given, unless exactly that is `accepted`.
    """
    with publisher.lock(site):
        version, records = publisher.newest(site), publisher.records(site)
        with store.reading() as connection:
            content = _content(connection, section, site)
            known, history = published_version(connection, site), newest_statuses(connection, site)
            given = Given(version, records, publisher.revoked(site), held_versions(connection, site))
        lines = reverted(given, records_of(content, b""), known, history)
        if lines and (accepted is None or accepted.code != code_of(lines)):
            raise WouldRevert(site, lines)
        edition = Edition(site, max(given.newest, known), now, now + lifetime)
        manifest = publisher.publish_locked(content, edition, frozenset(given.held.values()))
        if manifest.version != version:
            records = publisher.records(site)
        with store.writing() as connection:
            note_published(connection, site, manifest.version, microseconds(now))
            keep = timedelta(days=section.archive_days)
            archive_version(connection, manifest, records, publisher.root, keep)
            if accepted is not None and lines:
                _accept_statuses(connection, site, content, history, accepted.actor, microseconds(now))
    return manifest


def _content(connection: sa.Connection, section: PublishingSection, site: str) -> Content:
    folder = section.sites / site
    return Content(
        policy=read_policy(folder / "policy.toml"),
        subjects=tuple(subjects_of(connection, site)),
        templates=tuple(templates_of(connection, site)),
        pass_keys=_keys(folder / "passes.pub"),
        list_keys=_keys(folder / "lists.pub"),
        calibrations=tuple(
            read_calibration(path) for path in sorted((folder / "calibrations").glob("*.json"))
        ),
        probe_pass=_probe_pass(folder / PROBE_PASS),
    )


def _accept_statuses(
    connection: sa.Connection,
    site: str,
    content: Content,
    history: Mapping[str, StatusRecord],
    actor: str,
    now: int,
) -> None:
    """Record the accepted statuses in the history, in the name of `actor`, as the last that were set."""
    for subject in content.subjects:
        status = subject.status
        if status is not None and history.get(subject.id, status) != status:
            note_status(connection, site, subject.id, status, actor, now)


def revoke_urgently(
    store: Store,
    publisher: Publisher,
    site: str,
    now: datetime,
    *,
    passes: tuple[str, ...] = (),
    subjects: tuple[str, ...] = (),
) -> UrgentRevocations:
    """Revoke passes and people at once. People are erased here too, or the next version would restore them.

    It applies at every version that a gate may hold, even one newer than those here. Raises GatepostError.
    """
    # Both locks in the order of `publish_site`, so that neither waits for the other.
    with publisher.lock(site), store.writing() as connection:
        given = Given(publisher.newest(site), held=held_versions(connection, site))
        records = publisher.records(site) if subjects else {}
        for identity in subjects:
            _remove(connection, site, identity, records)
        out = max(given.newest, published_version(connection, site))
        return publisher.revoke_locked(site, now, passes, subjects, out=out)


def _remove(connection: sa.Connection, site: str, identity: str, given: Records) -> None:
    """Erase a subject; one that only the gates know is no error: the database may have been restored."""
    try:
        remove_subject(connection, site, identity)
    except StoreError:
        if subject_key(identity) not in given:
            raise


def _probe_pass(path: Path) -> str:
    """The text in a site's probe pass's file; empty where there is none."""
    try:
        return read_bounded(path, MOST_PROBE_BYTES).decode("ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"not a probe pass: {error}", where=str(path), remedy="gatepost pass probe makes one"
        ) from None


def _keys(path: Path) -> tuple[bytes, ...]:
    return read_public_keys(path) if path.exists() else ()
