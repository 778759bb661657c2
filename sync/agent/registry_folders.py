"""The folders in which sync and gate meet over a registry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.registry.inbox import CHANGES_NAME
from edge.support.files import READABLE_BY_GROUP, write_aside


@dataclass(frozen=True)
class RegistryFolders:
    """`spool` is sync's own; `inbox` is the path where the gate expects a bundle; `held` is the gate's
    folder.
    """

    spool: Path
    inbox: Path
    held: Path

    def stage(self, name: str, pieces: Iterable[bytes]) -> bytes:
        """Write a file beside the bundle, whole or not at all; returns its SHA-256. Raises OSError."""
        target = self.inbox.with_name(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()

        def hashed() -> Iterator[bytes]:
            for piece in pieces:
                digest.update(piece)
                yield piece

        write_aside(target, hashed(), READABLE_BY_GROUP)
        return digest.digest()

    def clear(self) -> None:
        """Remove whatever lies here of the registry: the gate holds all of it, or something newer."""
        self.clear_inbox()
        for part in self.spool.glob("*.part"):
            part.unlink()

    def clear_inbox(self) -> None:
        """Remove what the gate has taken: a file left there would still name people whom a version erased."""
        for name in (self.inbox.name, CHANGES_NAME):
            self.inbox.with_name(name).unlink(missing_ok=True)
