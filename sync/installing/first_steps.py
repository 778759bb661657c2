"""What a new centre needs in its database: tables, a first administrator, the people of a site."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from edge.admin.site_admin import open_site_admin
from edge.support.counted import counted
from edge.support.files import make_folder
from sync.ca.site_secrets import keep_site_secrets
from sync.central.accounts.accounts import accounts, create_account
from sync.central.accounts.actor import command_line_actor
from sync.central.accounts.core import Role, RoleGrant
from sync.central.accounts.links import link_by
from sync.central.accounts.relying_party import relying_party
from sync.central.configuration import CentralConsoleSection, ChangesSection, load_configuration
from sync.central.connections import Connecting
from sync.central.imports.applying import apply_import
from sync.central.imports.planning import plan_site_import
from sync.central.places.sight import EVERYWHERE
from sync.central.site_import import import_site_files, record_site_import
from sync.central.store import StoreError, migrate_store, open_store
from sync.transport.clock import wall

_ACTOR = "central setup"


def make_tables(url: str, connecting: Connecting | None) -> tuple[str, bool]:
    """Make or migrate the tables; returns their version, and whether that changed anything."""
    try:
        open_store(url, connecting=connecting).close()
        changed = False
    except StoreError:
        changed = True
    return migrate_store(url, connecting=connecting), changed


def first_link(url: str, name: str, configuration: Path, connecting: Connecting | None) -> str | None:
    """Make the first account, an administrator, and the link that signs it in once; None where there are
    accounts.
    """
    origin = _console(configuration).public_origin
    party = relying_party(origin)
    with closing(open_store(url, connecting=connecting)) as store, store.writing() as connection:
        if accounts(connection, EVERYWHERE):
            return None
        actor, now = command_line_actor(_ACTOR), wall()
        grant = RoleGrant(Role.ADMINISTRATOR, None)
        number = create_account(connection, actor, name, name, (grant,), now)
        return (origin if party is None else party.origin) + link_by(connection, actor, number, now)


def take_site(url: str, folder: Path, site: Path, connecting: Connecting | None) -> str:
    """Take over a site's keys, rules, people and newest registry; returns what was, in words. "": nothing
    was left to take.
    """
    make_tables(url, connecting)
    with closing(open_store(url, connecting=connecting)) as store, store.writing() as connection:
        admin = open_site_admin(site)
        import_site_files(folder, admin)
        taken = plan_site_import(connection, admin.folder)
        actor = command_line_actor(_ACTOR)
        apply_import(connection, taken, actor, wall(), ChangesSection(), f"import of {site.name}")
        record_site_import(connection, folder, admin, wall())
    return counted(taken.added, "person", "people") if taken.added else ""


def hand_site(folder: Path, site: Path) -> tuple[bool, tuple[Path, ...]]:
    """Keep in the authority's `folder` what it gives invited gates of a site: without it no code is taken.
    Returns whether that is new, and what lies there of the site.
    """
    make_folder(folder, 0o700)
    own = folder / open_site_admin(site).site.id
    changed = keep_site_secrets(folder.parent, own.name, site / "keys")
    return changed, (own, *sorted(own.iterdir()))


def _console(configuration: Path) -> CentralConsoleSection:
    return load_configuration(configuration).console
