"""Moves a site from its own administration to a centre: keys, policy and newest registry. Its gates
notice nothing.

The gates keep the same root, and the versions continue. From then on the administration's folder must be
locked away: two that sign with one key contradict each other.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from msgspec import UNSET

from edge.admin.probe_pass import probe_pass
from edge.admin.publication import Publication
from edge.admin.site_admin import SiteAdmin
from edge.errors import ConfigurationError
from edge.registry.bundle_file import read_bundle
from edge.registry.format import manifest_in, parts_of, seal_ring_of, walk
from edge.registry.key_offers import OFFER
from edge.registry.keys import SEAL_KEY, key_ring_file, read_anchor
from edge.signing.key_files import public_pem
from edge.support.files import make_folder, read_bounded, write_aside
from sync.central.registry.archive import KEPT_FOR, archive_version
from sync.central.registry.contents import PROBE_PASS
from sync.central.registry.publications import note_published, published_version
from sync.central.registry.published import SitePublished

_MOST_BYTES = 1 << 20
"""No key, policy or calibration is larger, in bytes."""
_CENTRAL_KEY = "central.key"
_OTHER_KEY = (
    "the site's gates believe the site's central.key alone. Where no gate is enrolled at this centre yet, "
    "move its own central.key and central.pub away, and do this again"
)
_KEYS = (_CENTRAL_KEY, "command.key", "registry.key", "policy.key")
"""What a centre signs with: acknowledgements, commands, registries and policies."""

_REGISTRY_TABLE = """
[registry]                 # only one process of a centre has it: docs/registry.md
folder = "{at}published"
sites = "{at}sites"
root_key = "{at}root.pub"
roots = "{at}roots"
registry_key = "{at}registry.key"
policy_key = "{at}policy.key"

[commands]                 # signs what is asked for in the console; without it only the command line does
key = "{at}command.key"
"""


def registry_table(at: str) -> str:
    """What central.toml says of publishing, with its files in the folder `at` (ends in /, or is empty)."""
    return _REGISTRY_TABLE.format(at=at)


def refuse_other_key(folder: Path, site: Path) -> None:
    """Raise ConfigurationError where the centre in `folder` signs with another key than the one that the
    gates of the site in `site` believe: before anything of that site is taken over.
    """
    ours, theirs = folder / _CENTRAL_KEY, site / "keys" / _CENTRAL_KEY
    if (
        ours.exists()
        and theirs.exists()
        and read_bounded(ours, _MOST_BYTES) != read_bounded(theirs, _MOST_BYTES)
    ):
        raise ConfigurationError("exists already with other content", where=str(ours), remedy=_OTHER_KEY)


def import_site_files(folder: Path, admin: SiteAdmin) -> None:
    """Copy what the centre needs to publish for the site of `admin` into `folder`; nothing is
    overwritten.

    Raises ConfigurationError if a file is there with other content, RegistryError if the site's registry
    cannot be verified.
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
    _put(place / PROBE_PASS, probe_pass(site, admin.keys.passes).encode())
    _put(place / SEAL_KEY, key_ring_file(seal_ring_of(admin.keys.templates)))
    if admin.keys.offered is not UNSET:
        _copy(keys / OFFER, place / OFFER)
    published = SitePublished(folder / "published" / site)
    if not published.versions() and admin.bundle.is_file():
        published.add(_newest(admin))


def record_site_import(connection: sa.Connection, folder: Path, admin: SiteAdmin, now: int) -> None:
    """Record the site's newest registry as published, and keep what it contains, in a database that has
    published nothing for it.

    If central has published a newer one since, nothing is recorded: a new database does not know what is
    in it.
    """
    published = SitePublished(folder / "published" / admin.site.id)
    versions = published.versions()
    if not versions or published_version(connection, admin.site.id) or not admin.bundle.is_file():
        return
    if published.signed(versions[-1]) == _newest(admin).signed:
        note_published(connection, admin.site.id, versions[-1], now)
        records = published.records(versions[-1], admin.keys.seal)
        root = walk(published.roots(), read_anchor(folder / "root.pub")).version
        archive_version(connection, published.manifest(versions[-1]), records, root, KEPT_FOR)


def _newest(admin: SiteAdmin) -> Publication:
    trusted = admin.trusted()
    data = read_bundle(admin.bundle, trusted)
    manifest = manifest_in(data, trusted)
    roots, signed, snapshot = parts_of(data)
    return Publication(manifest, bytes(roots), bytes(signed), bytes(snapshot), {})


def _copy(source: Path, target: Path) -> None:
    try:
        _put(target, read_bounded(source, _MOST_BYTES))
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error),
            where=str(source),
            remedy="check that a Gatepost of this version made the site",
        ) from None


def _put(target: Path, data: bytes) -> None:
    """Write a file that only the centre's user can read. Raises ConfigurationError if other content is
    there.
    """
    if not target.exists():
        write_aside(target, data)
    elif read_bounded(target, _MOST_BYTES) != data:
        remedy = _OTHER_KEY if target.name == _CENTRAL_KEY else ""
        raise ConfigurationError("exists already with other content", where=str(target), remedy=remedy)
