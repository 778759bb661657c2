"""The gate's inbox for registries: each file is read once, verified here, and installed or refused by name.

Anyone who writes the inbox (a person with a stick, the sync process) is believed in nothing. A file that is
refused changes nothing, and is looked at again when it changes; one that was refused for its moment (expired,
of another base, signed by a key that no root named) also when the clock or what is held has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edge.decision import WallTime
from edge.errors import RegistryError
from edge.registry.bundle_file import whole_bundle
from edge.registry.format import (
    BundleRefusal,
    BundleRefused,
    Manifest,
    Registry,
    Trusted,
    bundle,
    changes,
    verify_bundle,
    verify_changes,
    verify_urgent_revocations,
)
from edge.registry.format import revocations as urgent_revocations
from edge.registry.inbox_files import JudgedFiles, JudgedUnder
from edge.registry.store import RegistryStore
from edge.support.files import BoundedFile, opened_bounded

CHANGES_NAME = "registry.changes"
URGENT_REVOCATIONS_NAME = "registry.revocations"
"""The names of changes and of urgent revocations, beside the bundle."""
_FOR_NOW = {BundleRefusal.EXPIRED, BundleRefusal.OTHER_BASE, BundleRefusal.UNSIGNED}
"""Refusals that may not be made again with another clock, registry or root."""


@dataclass(frozen=True)
class Arrival:
    """What became of a file in the inbox: a registry that is in force from now on, or why it was refused.

    `sha256` is that of the file, so that the one who put it there knows which one is meant.
    """

    name: str
    sha256: bytes = b""
    registry: Registry | None = None
    refused: BundleRefused | None = None


class Inbox:
    """Installs what arrives into `store`."""

    def __init__(self, store: RegistryStore) -> None:
        self._store = store
        self._judged_files = JudgedFiles()

    def poll(self, inbox: Path, wall: WallTime) -> tuple[Arrival, ...]:
        """Install what is new of the bundle `inbox`, and of the changes and urgent revocations beside it.

        Returns what became of each new file. Revocations come first: they are urgent. What is accepted is on
        disk when this returns. Raises RegistryError where it cannot be stored.
        """
        files: tuple[tuple[Path, int, Callable[[BoundedFile], bool]], ...] = (
            (
                inbox.with_name(URGENT_REVOCATIONS_NAME),
                urgent_revocations.MOST_FILE_BYTES,
                self._urgent_revocations,
            ),
            (inbox, bundle.MOST_BUNDLE_BYTES, partial(self._bundle, wall=wall)),
            (inbox.with_name(CHANGES_NAME), changes.MOST_FILE_BYTES, partial(self._changes, wall=wall)),
        )
        found = [self._judged(*poll, wall) for poll in files]
        return tuple(arrival for arrival in found if arrival is not None)

    def _judged(
        self, path: Path, most: int, install: Callable[[BoundedFile], bool], wall: WallTime
    ) -> Arrival | None:
        circumstances = self._circumstances(wall)
        if not self._judged_files.is_new(path, circumstances):
            return None
        try:
            with opened_bounded(path, most) as file:
                return self._arrived(path.name, file, install, circumstances)
        except OSError as error:
            refused = BundleRefused(BundleRefusal.UNREADABLE, error.strerror or str(error))
            return Arrival(path.name, refused=refused)

    def _arrived(
        self,
        name: str,
        file: BoundedFile,
        install: Callable[[BoundedFile], bool],
        circumstances: JudgedUnder,
    ) -> Arrival | None:
        try:
            installed = install(file)
        except BundleRefused as error:
            if error.refusal in _FOR_NOW:
                self._judged_files.refused(name, circumstances)
            return Arrival(name, file.sha256(), refused=error)
        except RegistryError:
            self._judged_files.forget(name)  # the disk's fault, not the file's: try again at the next poll
            raise
        return Arrival(name, file.sha256(), registry=self._store.in_force()) if installed else None

    def _circumstances(self, wall: WallTime) -> JudgedUnder:
        held = self._store.held
        return JudgedUnder(wall, None if held is None else (held.version, held.set_sha256, held.root.version))

    def _bundle(self, file: BoundedFile, wall: WallTime) -> bool:
        trusted = self._store.trusted()
        manifest = bundle.manifest_in(file.head(bundle.MOST_HEAD_BYTES), trusted)
        if self._is_held(manifest):
            return False
        data = whole_bundle(file, trusted)
        trusted = self._reading(manifest)
        self._store.install_bundle(data, verify_bundle(data, trusted, wall))
        return True

    def _changes(self, file: BoundedFile, wall: WallTime) -> bool:
        trusted, held, data = self._store.trusted(), self._store.held, file.whole()
        manifest = changes.manifest_in(data, trusted)
        if held is None:
            raise BundleRefused(
                BundleRefusal.OTHER_BASE, "these are changes, and this gate holds no registry"
            )
        if self._is_held(manifest):
            return False
        trusted = self._reading(manifest)
        self._store.install_changes(data, held, verify_changes(data, held, trusted, wall))
        return True

    def _reading(self, manifest: Manifest) -> Trusted:
        """What opens a version whose manifest was verified: with the template key that it brings, if any."""
        self._store.keys.take(manifest.template_key, manifest.site)
        return self._store.trusted()

    def _is_held(self, manifest: Manifest) -> bool:
        """Whether that version is held already, as usual at a start: the inbox keeps the last file."""
        held = self._store.held
        return held is not None and (held.version, held.set_sha256) == (manifest.version, manifest.set_sha256)

    def _urgent_revocations(self, file: BoundedFile) -> bool:
        data = file.whole()
        rollback_state = self._store.rollback_state().revocation_numbers
        listed, key_id = verify_urgent_revocations(data, self._store.trusted(), rollback_state)
        if (listed, key_id) == (self._store.revoked, self._store.revoked_by):
            return False
        self._store.install_urgent_revocations(data, listed, key_id)
        return self._store.held is not None
