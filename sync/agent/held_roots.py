"""The chain of roots that the sync process holds, in its spool."""

from __future__ import annotations

from pathlib import Path

from edge.registry.format import MOST_CHAIN_BYTES, Anchor, BundleRefused, Root, Trusted, newest_root
from edge.support.files import read_bounded


def trust_of(site: str, gate: str, anchor: Anchor) -> Trusted:
    """What sync verifies with: the public root keys. The gate itself remembers what it held."""
    return Trusted(site, anchor, gate)


def file_of_roots(spool: Path) -> Path:
    """Where the chain lies."""
    return spool / "roots"


def held_roots(spool: Path, trust: Trusted) -> tuple[bytes, Root | None]:
    """The chain in `spool` and its newest root; empty and None where there is none that counts."""
    try:
        return newest_root(read_bounded(file_of_roots(spool), MOST_CHAIN_BYTES), trust)
    except (OSError, BundleRefused):
        return b"", None
