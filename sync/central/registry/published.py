"""The folder of what was published for one site: objects by their hashes, and a manifest for each
version.

A version exists once its manifest does, which is written last. Objects that no kept manifest names are
removed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.admin.publication import Publication
from edge.errors import CredentialError, RegistryError
from edge.registry.format import (
    CHUNK_BYTES,
    MOST_CHAIN_BYTES,
    MOST_FILE_BYTES,
    MOST_SIGNED_BYTES,
    MOST_SNAPSHOT_BYTES,
    Manifest,
    ObjectKind,
    Records,
    converted,
    each_record,
    open_object,
)
from edge.signing.cose import sign1
from edge.support.files import Durability, leave_to_owner, make_folder, read_bounded, sync_folder, write_aside
from edge.support.phrases import phrase
from sync.central.ownership import refuse_another_user
from sync.central.registry.restored import Restored, restored_in

KEPT_VERSIONS = 16
"""Versions that are kept, so that changes can start from them and slow gates can go on fetching them."""

_LOCK = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_URGENT_REVOCATIONS, _ROOTS, _FIRST_KEPT = "revocations", "roots", "first-kept"


class SitePublished:
    """The published versions of one site. One process writes, others may read. Methods raise
    RegistryError.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._objects = folder / "objects"

    def versions(self) -> tuple[int, ...]:
        """The kept versions, oldest first."""
        try:
            names = list(self._folder.iterdir())  # glob hides a permission error
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise RegistryError(error.strerror or str(error), where=str(self._folder)) from None
        found = (int(name.stem) for name in names if name.suffix == ".manifest" and name.stem.isdigit())
        return tuple(sorted(found))

    def signed(self, version: int) -> bytes:
        """The signed manifest of a version."""
        return self._read(self._folder / f"{version:020}.manifest", MOST_SIGNED_BYTES + 256)

    def manifest(self, version: int) -> Manifest:
        """The manifest of a version, without verifying its signature: it is on central's own disk."""
        try:
            message = sign1.parse(self.signed(version), most_payload_bytes=MOST_SIGNED_BYTES)
        except CredentialError as error:
            raise RegistryError(
                error.what,
                where=phrase("%(folder)s, version %(version)s", folder=self._folder, version=version),
            ) from None
        return converted(message.payload, Manifest, "manifest", items=1024)

    def records(self, version: int, *seal_keys: bytes) -> Records:
        """The records of a version, opened with one of the seal keys of the site."""
        manifest = self.manifest(version)
        sealed = self._read(self._objects / manifest.snapshot.sha256.hex(), MOST_SNAPSHOT_BYTES)
        snapshot = open_object(sealed, ObjectKind.SNAPSHOT, manifest.site, *seal_keys)
        return {key: bytes(value) for key, value in each_record(snapshot)}

    def chunk(self, sha256: bytes, index: int) -> bytes:
        """A chunk of an object; empty if there is no such object or chunk."""
        try:
            with (self._objects / sha256.hex()).open("rb") as file:
                file.seek(index * CHUNK_BYTES)
                return file.read(CHUNK_BYTES)
        except FileNotFoundError:
            return b""

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock of the site: one process at a time decides what the next version is.

        A user whose files the daemon could not read is refused.
        """
        refuse_another_user(self._folder)
        try:
            make_folder(self._folder)
            lock = os.open(self._folder / "lock", _LOCK, 0o600)
        except OSError as error:
            raise _explained(error) from None
        try:
            leave_to_owner(lock, self._folder / "lock")
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def add(self, made: Publication, *, forgets: bool = False) -> None:
        """Store a version as the newest. If it `forgets` a subject, every earlier version is removed, as
        each knows it.
        """
        try:
            make_folder(self._objects)
            if forgets:
                write_aside(self._folder / _FIRST_KEPT, str(made.manifest.version).encode())
            write_aside(self._objects / made.manifest.snapshot.sha256.hex(), made.snapshot)
            for offer in made.manifest.changes:
                write_aside(self._objects / offer.blob.sha256.hex(), made.changes[offer.base])
            sync_folder(self._objects)
            write_aside(self._folder / f"{made.manifest.version:020}.manifest", made.signed)
            write_aside(self._folder / _ROOTS, made.roots, durability=Durability.LASTING)
        except OSError as error:
            raise _explained(error) from None
        self._remove_old()

    def keep_from(self, version: int) -> None:
        """Remove every version before this one: what they are sealed with is opened by nobody any more."""
        try:
            write_aside(self._folder / _FIRST_KEPT, str(version).encode())
            self._remove_old()
        except OSError as error:
            raise _explained(error) from None

    def restored(self) -> Restored:
        """Whether it was put back from a backup, and with what."""
        return restored_in(self._folder)

    def roots(self) -> bytes:
        """The chain of roots under which the newest version was signed; empty before the first."""
        path = self._folder / _ROOTS
        return self._read(path, MOST_CHAIN_BYTES) if path.exists() else b""

    def urgent_revocations(self) -> bytes | None:
        """The signed list of urgent revocations, or None."""
        path = self._folder / _URGENT_REVOCATIONS
        return self._read(path, MOST_FILE_BYTES) if path.exists() else None

    def set_urgent_revocations(self, data: bytes) -> None:
        """Store the signed list of urgent revocations."""
        try:
            make_folder(self._folder)
            write_aside(self._folder / _URGENT_REVOCATIONS, data, durability=Durability.LASTING)
        except OSError as error:
            raise _explained(error) from None

    def _remove_old(self) -> None:
        versions, first = self.versions(), self._first_kept()
        kept = [version for version in versions[-KEPT_VERSIONS:] if version >= first] or versions[-1:]
        for version in versions:
            if version not in kept:
                (self._folder / f"{version:020}.manifest").unlink()
        named = {name for version in kept for name in self._names(version)}
        for path in self._objects.iterdir():
            if path.name not in named:
                path.unlink()

    def _first_kept(self) -> int:
        """The last version that forgot a subject, or was about to; 0: none."""
        try:
            return int(read_bounded(self._folder / _FIRST_KEPT, 20))
        except (OSError, ValueError):
            return 0

    def _names(self, version: int) -> Iterator[str]:
        manifest = self.manifest(version)
        yield manifest.snapshot.sha256.hex()
        for offer in manifest.changes:
            yield offer.blob.sha256.hex()

    def _read(self, path: Path, most: int) -> bytes:
        try:
            return read_bounded(path, most)
        except OSError as error:
            raise RegistryError(error.strerror or str(error), where=str(path)) from None


def _explained(error: OSError) -> RegistryError:
    return RegistryError(
        phrase("could not be written: %(why)s", why=error.strerror), where=str(error.filename)
    )
