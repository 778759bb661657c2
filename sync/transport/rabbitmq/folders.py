"""A folder for each node of a cluster: what is copied to it, and the script that puts it in place."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from edge.errors import ConfigurationError
from edge.support.counted import counted
from edge.support.files import make_folder, read_bounded, write_aside
from sync.transport.broker import read_password
from sync.transport.rabbitmq.files import files_of, hashed, made_password

PLACE = "place.sh"
"""What puts a node's files where its RabbitMQ reads them."""
TLS = "tls"
"""In a node's folder: what it needs of the authority's."""
_COOKIE = "erlang.cookie"
_OTHER_MODES = {PLACE: 0o750, _COOKIE: 0o600}
_MOST_BYTES = 1 << 20


def check_nodes(nodes: Sequence[str]) -> None:
    """Raises ConfigurationError for nodes of which no majority is left where one is lost."""
    if len(set(nodes)) != len(nodes) or len(nodes) % 2 == 0:
        raise ConfigurationError(
            f"a cluster of {counted(len(nodes), 'node')} has no majority without one of them",
            where="--node",
            remedy="name 1, 3 or 5 different nodes",
        )


def write_nodes(folder: Path, nodes: Sequence[str], secret: Path, tls: Path | None = None) -> bool:
    """Write a folder for each of `nodes` into `folder`, and the administrator's password into `secret` where
    it holds none yet; returns whether anything changed. `tls`: where the authority's files lie, for a link.
    """
    check_nodes(nodes)
    make_folder(folder, 0o700)
    changed = not secret.exists()
    if changed:
        write_aside(secret, f"{made_password(token_bytes).text}\n".encode(), 0o600)
    text = read_password(secret)
    # The same each time: a node's files differ only where something is different.
    password = hashed(text, sha256(f"salt {text}".encode()).digest()[:4])
    cookie = folder / _COOKIE
    changed |= not cookie.exists() and _written(cookie, token_bytes(24).hex().encode(), 0o600)
    for node in nodes:
        own = folder / node
        make_folder(own, 0o700)
        held = files_of(nodes, node, password) | {_COOKIE: read_bounded(cookie, 1024)}
        for name, data in held.items():
            changed |= _written(own / name, data, _OTHER_MODES.get(name, 0o640))
        link = own / TLS
        if tls is not None and not link.is_symlink():
            link.symlink_to(tls)
            changed = True
    return changed


def _written(path: Path, data: bytes, mode: int) -> bool:
    if path.exists() and read_bounded(path, _MOST_BYTES) == data:
        return False
    write_aside(path, data, mode)
    return True
