"""Finds root keys that lie where they should not: on a machine that works, and two of them together."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from edge.support.files import read_bounded

_MOST_BYTES = 4 * 1024
"""An Ed25519 key in PEM has 119 bytes."""
_MOST_LOOKED_AT = 5_000
_DEEP = 3
_ABOVE = 3
_USUAL = (
    "/etc/gatepost",
    "/etc/gatepost-central",
    "/var/lib/gatepost",
    "/var/lib/gatepost-central",
    "/media",
    "/mnt",
)


def places_to_look(root_key: Path, more: Iterable[Path] = ()) -> tuple[Path, ...]:
    """Where root keys may have been left on the machine that has its root.pub at `root_key`: beside it, in
    the site's folder that it lies in, in the usual folders, and on media that are plugged in.
    """
    above = (folder for folder in islice(root_key.parents, _ABOVE) if (folder / "site.toml").is_file())
    return tuple(dict.fromkeys((root_key.parent, *above, *map(Path, _USUAL), *more)))


def loose_roots(folders: Iterable[Path], root_keys: Collection[bytes]) -> tuple[Path, ...]:
    """The files in `folders`, and in what is in them, with the private half of one of `root_keys` (raw): one
    for each key. What this user cannot read is left out, and what lies deep or behind thousands of others.
    """
    wanted, found = frozenset(root_keys), dict[bytes, Path]()
    files = (file for folder in folders for file in _files_in(folder, _DEEP))
    for path in islice(files, _MOST_LOOKED_AT):
        public = _public_half(path)
        if public in wanted:
            found.setdefault(public, path)
    return tuple(found.values())


def _files_in(folder: Path, deep: int) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            there = sorted(islice(entries, _MOST_LOOKED_AT), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in there:
        if entry.is_dir(follow_symlinks=False) and deep:
            yield from _files_in(Path(entry.path), deep - 1)
        elif entry.is_file(follow_symlinks=False) and entry.name.endswith((".key", ".pem")):
            yield Path(entry.path)


def _public_half(path: Path) -> bytes:
    """The raw public half of the key in a file; empty where it holds none."""
    try:
        key = load_pem_private_key(read_bounded(path, _MOST_BYTES), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        return b""
    return key.public_key().public_bytes_raw() if isinstance(key, Ed25519PrivateKey) else b""
