"""What central knows of a site, as the content of a registry: people from the database, rules from files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from edge.calibration.files import read_calibration
from edge.errors import ConfigurationError
from edge.registry.bundle import Content
from edge.registry.files import read_bounded
from edge.registry.keys import read_anchor, read_public_keys
from edge.registry.manifest import Manifest
from edge.registry.root import MOST_CHAIN_BYTES
from edge.registry.withdrawals import Withdrawals
from edge.site.keys import read_private_key
from edge.site.policy_file import read_policy
from sync.central.configuration import RegistrySection
from sync.central.publisher import Authority, Publisher
from sync.central.store import Store
from sync.central.subjects import remove_subject, subjects_of, templates_of
from sync.central.tables import device


def publisher_of(section: RegistrySection) -> Publisher:
    """The publisher that central.toml describes; raises GatepostError where a key cannot be read."""
    try:
        roots = read_bounded(section.roots, MOST_CHAIN_BYTES)
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error), where=str(section.roots), remedy="gatepost root makes it"
        ) from None
    authority = Authority(
        read_anchor(section.root_key),
        roots,
        read_private_key(section.registry_key),
        read_private_key(section.policy_key),
    )
    return Publisher(section.folder, authority)


def sites_of(store: Store) -> dict[str, str]:
    """At which site each device in service stands."""
    query = sa.select(device.c.id, device.c.site).where(device.c.retired_at.is_(None))
    with store.reading() as connection:
        return {row.id: row.site for row in connection.execute(query)}


def publish_site(
    store: Store, section: RegistrySection, publisher: Publisher, site: str, now: datetime
) -> Manifest:
    """Publish what the database and the site's files say now, with changes from what its gates hold."""
    with store.reading() as connection:
        subjects = tuple(subjects_of(connection, site))
        templates = tuple(templates_of(connection, site))
        versions = sa.select(device.c.registry_version).where(
            device.c.site == site, device.c.retired_at.is_(None), device.c.registry_version.is_not(None)
        )
        held = set(connection.execute(versions).scalars())
    folder = section.sites / site
    content = Content(
        policy=read_policy(folder / "policy.toml"),
        subjects=subjects,
        templates=templates,
        pass_keys=_keys(folder / "passes.pub"),
        list_keys=_keys(folder / "lists.pub"),
        calibrations=tuple(
            read_calibration(path) for path in sorted((folder / "calibrations").glob("*.json"))
        ),
    )
    return publisher.publish(site, content, now, held=held)


def withdraw_at(
    store: Store,
    publisher: Publisher,
    site: str,
    now: datetime,
    *,
    passes: tuple[str, ...] = (),
    subjects: tuple[str, ...] = (),
) -> Withdrawals:
    """Take passes and people away at once; the people here too, or the next version would bring them back."""
    with store.writing() as connection:
        for identity in subjects:
            remove_subject(connection, site, identity)
    return publisher.withdraw(site, now, passes=passes, subjects=subjects)


def _keys(path: Path) -> tuple[bytes, ...]:
    return read_public_keys(path) if path.exists() else ()
