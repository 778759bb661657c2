"""A site's office becomes a centre's site: its keys, rules and newest registry; its gates notice nothing.

The gates go on believing the same root; the versions go on where the office ended. From then on the office's
folder is to be locked away: two that sign under one key contradict each other.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from edge.admin.publication import Publication
from edge.admin.site_admin import SiteAdmin
from edge.errors import ConfigurationError
from edge.registry.bundle_file import read_bundle
from edge.registry.format import Trusted, manifest_in, parts_of
from edge.signing.key_files import public_pem
from edge.support.files import make_folder, read_bounded, write_aside
from sync.central.registry.publications import note_published, published_version
from sync.central.registry.published import SitePublished

_MOST_BYTES = 1 << 20
"""No key, policy or calibration has more."""
_KEYS = ("central.key", "command.key", "registry.key", "policy.key")
"""What a centre signs with: its word on journals, commands, registries and their rules."""

REGISTRY_TABLE = """
[registry]                 # only one process of a centre has it: docs/registry.md
folder = "published"
sites = "sites"
root_key = "root.pub"
roots = "roots"
registry_key = "registry.key"
policy_key = "policy.key"
"""


def import_site_files(folder: Path, admin: SiteAdmin) -> None:
    """Copy into the centre's `folder` what it needs to publish for `office`; nothing is overwritten.

    Raises ConfigurationError where something else is in the place, RegistryError where the office's registry
    cannot be taken.
    """
    keys, site = admin.folder / "keys", admin.site.id
    for name in (*_KEYS, "root.pub", "roots"):
        _copy(keys / name, folder / name)
    place = folder / "sites" / site
    make_folder(place / "calibrations")
    _copy(admin.folder / "policy.toml", place / "policy.toml")
    for source in sorted((admin.folder / "calibrations").glob("*.json")):
        _copy(source, place / "calibrations" / source.name)
    _put(place / "passes.pub", public_pem(admin.keys.passes.public_key()))
    _put(place / "lists.pub", public_pem(admin.keys.lists.public_key()))
    published = SitePublished(folder / "published" / site)
    if not published.versions() and admin.bundle.is_file():
        published.add(_newest(admin))


def record_site_import(connection: sa.Connection, folder: Path, admin: SiteAdmin, now: int) -> None:
    """Let a database that has published nothing go on from the office's newest registry.

    One that central has published on from is another: a new database knows nothing of what is in it.
    """
    published = SitePublished(folder / "published" / admin.site.id)
    versions = published.versions()
    if not versions or published_version(connection, admin.site.id) or not admin.bundle.is_file():
        return
    if published.signed(versions[-1]) == _newest(admin).signed:
        note_published(connection, admin.site.id, versions[-1], now)


def _newest(admin: SiteAdmin) -> Publication:
    trusted = Trusted(admin.site.id, admin.keys.anchor)
    data = read_bundle(admin.bundle, trusted)
    manifest = manifest_in(data, trusted)
    roots, signed, snapshot = parts_of(data)
    return Publication(manifest, bytes(roots), bytes(signed), bytes(snapshot), {})


def _copy(source: Path, target: Path) -> None:
    try:
        _put(target, read_bounded(source, _MOST_BYTES))
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error), where=str(source), remedy="is it a site of this version?"
        ) from None


def _put(target: Path, data: bytes) -> None:
    """For the centre's user alone. What lies there already has to be the same."""
    if not target.exists():
        write_aside(target, data)
    elif read_bounded(target, _MOST_BYTES) != data:
        raise ConfigurationError("is there already, and is another", where=str(target))
