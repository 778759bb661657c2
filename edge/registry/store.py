"""The registry on the gate's disk: the bundle as it was signed, and the last good one before it.

What is read back at a start is verified again: a memory card is not trusted. The highest version ever held
is kept apart, so that removing the bundle does not let an older one in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.decision.situation import WallTime
from edge.errors import RegistryError
from edge.registry.bundle import (
    MOST_CONTENT_BYTES,
    BundleRefused,
    Refusal,
    Registry,
    Trusted,
    hold_bundle,
    verify_bundle,
)
from edge.registry.files import read_bounded, sync_folder, write_aside, write_synced

_MOST_BYTES = MOST_CONTENT_BYTES + (1 << 20)


class _Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest that was ever held here."""

    version: int = 0
    delegation_version: int = 0
    content_sha256: bytes = b""


@dataclass(frozen=True)
class Arrival:
    """What became of the bundle in the inbox: a new registry, or why it was refused."""

    registry: Registry | None = None
    refused: BundleRefused | None = None


class RegistryStore:
    """The verified bundles of one gate, in `folder`. One process writes it."""

    def __init__(self, folder: Path, site: str, root_key: bytes) -> None:
        self._folder = folder
        self._site = site
        self._root_key = root_key
        self._looked_at: tuple[int, int, int] | None = None

    def load(self) -> tuple[Registry | None, tuple[str, ...]]:
        """The registry held, verified again, or the one before it; and what is the matter with the files."""
        findings: list[str] = []
        trusted = self._trusted(rollback=False)
        for name in ("current.bundle", "previous.bundle"):
            path = self._folder / name
            if path.exists():
                try:
                    return hold_bundle(read_bounded(path, _MOST_BYTES), trusted), tuple(findings)
                except (RegistryError, OSError) as error:
                    findings.append(f"{path}: {error}")
        return None, tuple(findings)

    def look(self, inbox: Path, wall: WallTime) -> Arrival | None:
        """Take up what lies in `inbox`, a bundle file that somebody else writes; None where nothing is new.

        A good one is on disk, in place of the last, when this returns. A refused one changes nothing, and is
        looked at again only when the file changes.
        """
        try:
            status = inbox.stat()
        except OSError:
            return None
        identity = (status.st_ino, status.st_mtime_ns, status.st_size)
        if identity == self._looked_at:
            return None
        self._looked_at = identity
        try:
            data = read_bounded(inbox, _MOST_BYTES)
            trusted = self._trusted(rollback=True)
            registry = verify_bundle(data, trusted, wall)
        except BundleRefused as error:
            return Arrival(refused=error)
        except OSError as error:
            return Arrival(refused=BundleRefused(Refusal.UNREADABLE, error.strerror or str(error)))
        held, _ = self.load()
        if held is not None and held.version == registry.version:
            return None
        self._install(data, registry)
        return Arrival(registry=registry)

    def _trusted(self, *, rollback: bool) -> Trusted:
        """What is believed already; without `rollback` older versions of our own are fine (last good)."""
        seen = self._seen() if rollback else _Seen()
        return Trusted(self._site, self._root_key, seen.version, seen.delegation_version, seen.content_sha256)

    def _seen(self) -> _Seen:
        try:
            return msgspec.json.decode((self._folder / "seen.json").read_bytes(), type=_Seen)
        except (OSError, msgspec.MsgspecError):
            # Without the note, whatever verified bundle is still there says how far we were.
            registry, _ = self.load()
            if registry is None:
                return _Seen()
            return _Seen(registry.version, registry.delegation_version, registry.content_sha256)

    def _install(self, data: bytes, registry: Registry) -> None:
        """Whole or not at all: written aside, synced, and renamed; the note of its version first."""
        self._folder.mkdir(parents=True, exist_ok=True)
        seen = _Seen(registry.version, registry.delegation_version, registry.content_sha256)
        current, previous = self._folder / "current.bundle", self._folder / "previous.bundle"
        try:
            write_aside(self._folder / "seen.json", msgspec.json.encode(seen))
            incoming = self._folder / "incoming.bundle"
            write_synced(incoming, data)
            if current.exists():
                current.replace(previous)
            incoming.replace(current)
            sync_folder(self._folder)
        except OSError as error:
            raise RegistryError(
                f"the registry could not be stored: {error.strerror}", where=str(self._folder)
            ) from None
