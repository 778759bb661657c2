"""Makes a centre: its key, its configuration, its database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from edge.admin.site_admin import SiteAdmin
from edge.errors import ConfigurationError
from edge.signing.key_files import make_private_key, public_pem, read_private_key
from edge.support.files import make_folder, write_aside
from sync.central.configuration import BackupSection, CentralConfiguration, load_configuration
from sync.central.site_import import import_site_files, registry_table
from sync.central.store import migrate_store
from sync.transport.broker import AMQP_PORT

_FILE = """\
# The operations centre. docs/central.md explains every key.

[store]
# PostgreSQL when it outgrows one file: postgresql://gatepost@db.example/gatepost
url = "{url}"

[central]
id = "central-1"           # another one for each process that shares the load
key = "{keys}central.key"        # signs what central says; every gate holds central.pub

[console]
host = "127.0.0.1"         # pages and API; for other machines put a reverse proxy with TLS before it
port = {console}
# origin = "https://console.example.org"    # the address in people's browsers, behind a proxy
session_hours = 12

[broker]
host = "{host}"
port = {port}
{cluster}{tls}
"""
_CLUSTER = """\
protocol = "amqp"          # RabbitMQ: docs/cluster.md
more = {more}
"""
_MANAGEMENT = """\

[broker.management]
password = "{secret}"
"""
_ADOPTION = """\

[adoption]                 # gates are invited: docs/adopting.md
door = "{host}:8443"
broker = "{broker}:8883"
{more}"""
_BACKUP = """\

[backup]                   # every night, and who can open it: docs/backup.md
folder = {folder}
recipients = {recipients}
also = {also}
"""
_TLS = """\
ca = "{tls}services-ca.pem"
certificate = "{tls}central-tls.pem"
key = "{tls}central-tls.key"\
"""


@dataclass(frozen=True)
class Nodes:
    """A cluster that is the broker: its nodes, the names by which gates reach them, and the file with the
    password of its administrator.
    """

    hosts: tuple[str, ...]
    reached: tuple[str, ...]
    secret: Path


def configuration_text(
    url: str,
    host: str,
    port: int,
    *,
    keys: Path | None,
    tls: Path | None,
    publishes: bool,
    plain: bool = False,
    reached: str = "",
    console: int = 8080,
    backup: BackupSection | None = None,
    nodes: Nodes | None = None,
) -> str:
    """central.toml, with its keys and files for TLS in those folders (None: beside it); with `publishes`, of
    a centre that publishes registries; of one that gates reach at the name or address `reached`, if at any;
    that is backed up as `backup` says; and whose broker is a cluster of `nodes`, not the one at `host`.
    """
    own, files = _before(keys), _before(tls)
    secured = "plain = true            # no TLS: on this machine only" if plain else _TLS.format(tls=files)
    cluster = ""
    if nodes is not None:
        host, port, cluster = (
            nodes.hosts[0],
            AMQP_PORT,
            _CLUSTER.format(more=json.dumps(list(nodes.hosts[1:]))),
        )
    text = _FILE.format(
        url=url, host=host, port=port, cluster=cluster, tls=secured, keys=own, console=console
    )
    if nodes is not None:
        text += _MANAGEMENT.format(secret=nodes.secret)
    if reached:
        broker, *others = (reached,) if nodes is None else nodes.reached
        more = f"more = {json.dumps(others)}\n" if others else ""
        text += _ADOPTION.format(host=_bracketed(reached), broker=_bracketed(broker), more=more)
    if backup is not None:
        # A list of strings is written in TOML as in JSON.
        named = {"recipients": list(backup.recipients), "also": [str(path) for path in backup.also]}
        lists = {name: json.dumps(values, ensure_ascii=False) for name, values in named.items()}
        text += _BACKUP.format(folder=json.dumps(str(backup.folder), ensure_ascii=False), **lists)
    return text + (registry_table(own) if publishes else "")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _before(folder: Path | None) -> str:
    return "" if folder is None else f"{folder}/"


def init_central(
    folder: Path, url: str | None, host: str, port: int, *, plain: bool, admin: SiteAdmin | None = None
) -> tuple[CentralConfiguration, str]:
    """Make what is missing in `folder` and migrate the database; returns the configuration and the
    schema's version.

    Nothing that exists is overwritten. With `admin`, the centre continues the registry of that site.
    """
    path = folder / "central.toml"
    make_folder(folder, 0o700)
    if path.exists() and url is not None:
        raise ConfigurationError("exists already", where=str(path), remedy="change its [store] url")
    if not path.exists():
        url = url or f"sqlite:///{folder.resolve()}/central.sqlite"
        publishes = admin is not None
        text = configuration_text(url, host, port, keys=None, tls=None, publishes=publishes, plain=plain)
        write_aside(path, text.encode())
    if admin is not None:
        import_site_files(folder, admin)
    configuration = load_configuration(path)
    make_central_key(configuration.central.key)
    return configuration, migrate_store(configuration.store.url)


def make_central_key(path: Path) -> bool:
    """Make the key that signs what central says, and its public half beside it, where they are missing;
    returns whether the key was.
    """
    missing = not path.exists()
    if missing:
        make_private_key(path)
    public = public_pem(read_private_key(path).public_key())
    write_aside(path.with_suffix(".pub"), public)
    return missing
