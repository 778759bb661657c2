"""The registry on the gate's disk: a bundle and the changes since, as they were signed.

What is read back at a start is verified again: a memory card is not trusted. The rollback state (the roots,
and the highest version that each key ever signed) is stored apart: removing a bundle lets no older one in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from edge.errors import RegistryError
from edge.registry.format import (
    MOST_CHAIN_BYTES,
    Anchor,
    BundleRefused,
    Registry,
    Root,
    Trusted,
    UrgentRevocations,
    bundle,
    changes,
    compacted,
    every_root,
    forgotten,
    hold_bundle,
    hold_changes,
    hold_urgent_revocations,
    split_chain,
    walk,
    without,
    without_keys,
    without_passes,
    without_subjects,
)
from edge.registry.format import revocations as urgent_revocations
from edge.registry.gate_keys import GateKeys
from edge.registry.rollback_state import RollbackState, read_rollback_state, write_rollback_state
from edge.signing.cose import key_id_of
from edge.support.files import read_bounded, sync_folder, write_aside, write_synced

_CURRENT, _PREVIOUS, _ROOTS, _REVOKED = "current.bundle", "previous.bundle", "roots", "revoked.list"
HELD = (_CURRENT, _ROOTS, _REVOKED, "*.changes")
"""The files (by pattern) that hold what a gate holds now."""
_CHANGES = re.compile(r"[0-9]{20}-[0-9]{20}\.changes")
_MOST_CHANGES = 32
"""Files of changes after a bundle; more are merged into one bundle."""
_MOST_KEPT_BYTES = 16 << 20

_Verified = TypeVar("_Verified")


class RegistryStore:
    """The verified registry of one gate, in `folder`. One thread of one process uses it."""

    def __init__(self, folder: Path, site: str, anchor: Anchor, keys: GateKeys, gate: str = "") -> None:
        self._folder = folder
        self._site = site
        self._anchor = anchor
        self.keys = keys
        self._gate = gate
        self._held: Registry | None = None
        self._bundle_name, self._bundle_version = _CURRENT, 0
        self._revoked: UrgentRevocations | None = None
        self._revoked_by = b""

    @property
    def held(self) -> Registry | None:
        """The signed set: what changes apply to."""
        return self._held

    @property
    def revoked(self) -> UrgentRevocations | None:
        return self._revoked

    @property
    def revoked_by(self) -> bytes:
        """The id of the key that signed `revoked`."""
        return self._revoked_by

    def in_force(self) -> Registry | None:
        """What is held, without what was revoked since; where that list is lost, no pass counts."""
        if self._held is None:
            return None
        noted = self.rollback_state().newest_revoked(self._known_roots()).revoked
        registry = without_keys(without(self._held, self._revoked), noted.key_ids)
        if self._lost_revocations():
            return without_passes(without_subjects(registry, noted.subjects))
        return registry

    def _lost_revocations(self) -> int:
        """The number of the list of urgent revocations that was held and is lost; 0: none is lost."""
        if self._held is None:
            return 0
        roots = self._known_roots()
        number, noted, position = self.rollback_state().newest_revoked(roots)
        listed = self._revoked
        there = (-1, 0) if listed is None else (_position_of(self._revoked_by, roots), listed.number)
        counts = noted.base is None or self._held.version <= noted.base
        return number if (position, number) > there and counts else 0

    def _note_unnamed_signer(self, findings: list[str]) -> None:
        """Add a finding where the list in force is signed by a key that the roots no longer name."""
        listed, held, roots = self._revoked, self._held, self._known_roots()
        if listed is None or held is None or _position_of(self._revoked_by, roots) >= len(roots) - 1:
            return
        if held.version <= listed.base or listed.keys:
            findings.append(
                f"{self._folder / _REVOKED}: list {listed.number} of urgent revocations is signed by a key "
                f"that the roots no longer name: what it revoked stays revoked until the next list comes "
                f"(publish or revoke once more at the centre)"
            )

    def load(self) -> tuple[Registry | None, tuple[str, ...]]:
        """The registry held, verified again, or the one before it; and what is wrong with the files."""
        findings: list[str] = []
        self._held = None
        trusted = self._trusted(RollbackState())
        hold = partial(hold_bundle, trusted=trusted)
        for name in (_CURRENT, _PREVIOUS):
            held = self._read(name, bundle.MOST_BUNDLE_BYTES, hold, findings)
            if held is not None:
                self._bundle_name, self._bundle_version = name, held.version
                self._held = self._with_changes(held, trusted, findings)
                break
        listed = self._read(
            _REVOKED,
            urgent_revocations.MOST_FILE_BYTES,
            partial(hold_urgent_revocations, trusted=trusted),
            findings,
        )
        self._revoked, self._revoked_by = (None, b"") if listed is None else listed
        self._note_unnamed_signer(findings)
        lost = self._lost_revocations()
        if lost:
            findings.append(
                f"{self._folder / _REVOKED}: list {lost} of urgent revocations was held and is lost: no pass "
                f"counts until it is back (connect the centre, or put the list into the inbox again)"
            )
        return self.in_force(), tuple(findings)

    def trusted(self) -> Trusted:
        """What to verify arrivals against: nothing older than this gate ever held."""
        return self._trusted(self.rollback_state())

    def rollback_state(self) -> RollbackState:
        noted = read_rollback_state(self._folder)
        if noted is not None:
            return noted
        # Without the file, the verified registry that is still there tells how far this gate was.
        return RollbackState() if self._held is None else RollbackState().with_registry(self._held)

    def install_bundle(self, data: bytes, registry: Registry) -> None:
        """Hold `registry`, verified from `data`; it is on disk when this returns. Raises RegistryError."""
        self._stored(lambda: self._put_bundle(data, registry))

    def install_changes(self, data: bytes, held: Registry, registry: Registry) -> None:
        """Hold `registry`, which the changes in `data` made of `held`; as `install_bundle`."""
        self._stored(lambda: self._put_changes(data, held, registry))

    def settle_keys(self, now: datetime | None) -> tuple[str, ...]:
        """Forget keys that are read no more, as `GateKeys.settle`, and what only they open."""
        before = len(self.keys.every)
        said = () if self._held is None else self.keys.settle(self._held.template_key, now)
        if len(self.keys.every) < before:
            self._stored(self._forget_what_is_closed)
        return said

    def _forget_what_is_closed(self) -> None:
        """Remove the bundle before the one held, and the changes to it, where no key opens it any more."""
        hold = partial(hold_bundle, trusted=self._trusted(RollbackState()))
        previous = self._read(_PREVIOUS, bundle.MOST_BUNDLE_BYTES, hold, [])
        if previous is not None or self._bundle_name != _CURRENT:
            return
        (self._folder / _PREVIOUS).unlink(missing_ok=True)
        for path in self._all_changes():
            if _base_of(path) < self._bundle_version:
                path.unlink()

    def install_urgent_revocations(self, data: bytes, listed: UrgentRevocations, key_id: bytes) -> None:
        """Keep a verified list of urgent revocations, in force from now on. Raises RegistryError."""

        def put() -> None:
            write_rollback_state(self._folder, self.rollback_state().with_urgent_revocations(listed, key_id))
            write_aside(self._folder / _REVOKED, data)

        self._stored(put)
        self._revoked, self._revoked_by = listed, key_id

    # --- reading ---------------------------------------------------------------------------

    def _trusted(self, rollback_state: RollbackState) -> Trusted:
        """What to verify against; with an empty `rollback_state` older versions pass (the last good one)."""
        return Trusted(
            site=self._site,
            anchor=self._anchor,
            gate=self._gate,
            roots=self._roots(),
            versions=rollback_state.version_numbers,
            set_sha256=rollback_state.set_sha256,
            policies=rollback_state.policy_numbers,
            signed_at=self._signed_at(),
            seal_key=self.keys.seal_keys[0],
            earlier_seal_keys=self.keys.seal_keys[1:],
        )

    def _signed_at(self) -> datetime | None:
        """The latest signed time of what is held; None: nothing is."""
        held, listed = self._held, self._revoked
        return max((item.issued for item in (held, listed) if item is not None), default=None)

    def _roots(self) -> bytes:
        """The longest chain of roots held; that of the registry where the file is damaged."""
        try:
            roots = read_bounded(self._folder / _ROOTS, MOST_CHAIN_BYTES)
            walk(roots, self._anchor)
        except (OSError, BundleRefused):
            return b"" if self._held is None else self._held.roots
        return roots

    def _known_roots(self) -> tuple[Root, ...]:
        """The roots held, oldest first; empty where there are none."""
        chain = self._roots()
        return every_root(chain, self._anchor) if chain else ()

    def _with_changes(self, held: Registry, trusted: Trusted, findings: list[str]) -> Registry:
        """The registry after the changes to `held`, as far as these are valid."""
        files = self._changes()
        while (path := files.pop(held.version, None)) is not None:
            hold = partial(hold_changes, held=held, trusted=trusted)
            after = self._read(path.name, changes.MOST_FILE_BYTES, hold, findings)
            if after is None:
                break
            held = after
        return held

    def _changes(self) -> dict[int, Path]:
        """The files of changes by the version they start from; of several, the one that leads furthest."""
        return {_base_of(path): path for path in self._all_changes()}

    def _all_changes(self) -> list[Path]:
        paths = sorted(self._folder.glob("*.changes"))
        return [path for path in paths if _CHANGES.fullmatch(path.name)]

    def _read(
        self, name: str, most: int, verified: Callable[[bytes], _Verified], findings: list[str]
    ) -> _Verified | None:
        path = self._folder / name
        try:
            return verified(read_bounded(path, most))
        except FileNotFoundError:
            return None
        except (RegistryError, OSError) as error:
            findings.append(f"{path}: {error}")
            return None

    # --- writing ---------------------------------------------------------------------------

    def _stored(self, put: Callable[[], None]) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            put()
            sync_folder(self._folder)
        except OSError as error:
            raise RegistryError(
                f"the registry could not be stored: {error.strerror}", where=str(self._folder)
            ) from None

    def _put_bundle(self, data: bytes, registry: Registry) -> None:
        """Store the bundle, whole or not at all: its version first, then the file, written aside and renamed.

        Where it erases somebody, `previous` must not still know them: it becomes a second copy of this one.
        """
        current, previous = self._folder / _CURRENT, self._folder / _PREVIOUS
        incoming = self._folder / "incoming.bundle"
        write_rollback_state(self._folder, self.rollback_state().with_registry(registry))
        write_synced(incoming, data)
        erases = self._forgotten(registry)
        alone = self._held is None or erases
        if alone:
            previous.unlink(missing_ok=True)
        elif self._bundle_name == _CURRENT and current.exists():
            current.replace(previous)  # otherwise it is damaged, and what serves is `previous`
        incoming.replace(current)
        # The changes to what is `previous` now stay: they bring it up to date where `current` is damaged.
        first = registry.version if alone else self._bundle_version
        outdated = [path for path in self._all_changes() if _base_of(path) < first]
        self._bundle_name, self._bundle_version = _CURRENT, registry.version
        self._hold(registry)
        for path in outdated:
            path.unlink()
        if erases:
            write_aside(previous, data)

    def _forgotten(self, registry: Registry) -> frozenset[str]:
        """The ids of subjects who are held now, or whose faces are, and not in `registry`."""
        return (
            frozenset()
            if self._held is None
            else forgotten(self._held.digests.keys(), registry.digests.keys())
        )

    def _put_changes(self, data: bytes, held: Registry, registry: Registry) -> None:
        """Store the changes as one more file; after many, and under a new root, store one bundle of all.

        A new root may have revoked the key of the bundle that the changes begin with; and that bundle still
        knows whom they erase.
        """
        followed = self._followed()
        size = sum(path.stat().st_size for path in followed)
        rotated = registry.root != held.root or self._forgotten(registry)
        if rotated or len(followed) >= _MOST_CHANGES or size > _MOST_KEPT_BYTES:
            bundled = read_bounded(self._folder / self._bundle_name, bundle.MOST_BUNDLE_BYTES)
            files = [read_bounded(path, changes.MOST_FILE_BYTES) for path in followed]
            trusted = self._trusted(RollbackState())
            whole = compacted(bundled, [*files, data], trusted)
            self._put_bundle(whole, hold_bundle(whole, trusted))
            return
        write_rollback_state(self._folder, self.rollback_state().with_registry(registry))
        write_aside(self._folder / f"{held.version:020}-{registry.version:020}.changes", data)
        self._hold(registry)

    def _followed(self) -> list[Path]:
        """The files of changes from the bundle to what is held."""
        files, followed, version = self._changes(), [], self._bundle_version
        while (path := files.pop(version, None)) is not None:
            followed.append(path)
            version = int(path.stem.split("-")[1])
        return followed

    def _hold(self, registry: Registry) -> None:
        """Hold `registry`; its roots are stored last: they may revoke the key of what was held before."""
        longer = len(split_chain(registry.roots)) > len(split_chain(self._roots()))
        self._held = registry
        if longer or not (self._folder / _ROOTS).exists():
            write_aside(self._folder / _ROOTS, registry.roots)


def _position_of(key_id: bytes, roots: Sequence[Root]) -> int:
    """The index of the newest root that names this registry key; the number of roots where none does."""
    named = (position for position, root in enumerate(roots) if key_id in map(key_id_of, root.registry_keys))
    return max(named, default=len(roots))


def _base_of(changes_file: Path) -> int:
    return int(changes_file.name.split("-")[0])
