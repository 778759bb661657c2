"""The newest numbers that a gate ever held, stored apart: removing a bundle lets no older one in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from edge.registry.format import Registry, Root, UrgentRevocations
from edge.signing.cose import key_id_of
from edge.support.decoding import Undecodable, json_of
from edge.support.files import read_bounded, write_aside

_NAME = "rollback.json"
_MOST_BYTES = 256 * 1024
"""Room for the subjects that a list of revocations can name, and for more keys than there are."""


class UrgentlyRevoked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the newest list of urgent revocations revoked: it stays revoked where the list itself is lost.

    `base` None: an earlier version stored only the number. `keys` (ids in hexadecimal) are those of
    every list so far.
    """

    base: int | None = None
    subjects: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def key_ids(self) -> frozenset[bytes]:
        return frozenset(bytes.fromhex(key_id) for key_id in self.keys)


class NotedList(NamedTuple):
    """The number of a list that was held (0: none), what it revoked, and the root whose key signed it."""

    number: int = 0
    revoked: UrgentlyRevoked = UrgentlyRevoked()
    place: int = -1


class RollbackState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The highest numbers by the id (hexadecimal) of the key that signed them, and the newest set's hash."""

    versions: dict[str, int] = {}
    policies: dict[str, int] = {}
    urgent_revocations: dict[str, int] = {}
    revoked: dict[str, UrgentlyRevoked] = {}
    set_sha256: bytes = b""

    @property
    def version_numbers(self) -> Mapping[bytes, int]:
        return _by_key(self.versions)

    @property
    def policy_numbers(self) -> Mapping[bytes, int]:
        return _by_key(self.policies)

    @property
    def revocation_numbers(self) -> Mapping[bytes, int]:
        return _by_key(self.urgent_revocations)

    def with_registry(self, registry: Registry) -> RollbackState:
        return replace(
            self,
            versions=_with(self.versions, registry.signed_by, registry.version),
            policies=_with(self.policies, registry.policy_key, registry.policy_number),
            set_sha256=registry.set_sha256,
        )

    def with_urgent_revocations(self, listed: UrgentRevocations, key_id: bytes) -> RollbackState:
        name = key_id.hex()
        keys = {*self.revoked.get(name, UrgentlyRevoked()).keys, *(key.hex() for key in listed.keys)}
        noted = UrgentlyRevoked(listed.base, listed.subjects, tuple(sorted(keys)))
        return replace(
            self,
            urgent_revocations=_with(self.urgent_revocations, key_id, listed.number),
            revoked={**self.revoked, name: noted},
        )

    def newest_revoked(self, roots: Sequence[Root]) -> NotedList:
        """The newest list of revocations held: that of the newest of `roots` (oldest first) that has one.

        What an earlier root's key revoked counts until a later root's key signs a list: that one is complete.
        """
        for place in reversed(range(len(roots))):
            names = [key_id_of(key).hex() for key in roots[place].registry_keys]
            name = max(names, key=lambda name: self.urgent_revocations.get(name, 0), default="")
            if self.urgent_revocations.get(name, 0):
                return NotedList(
                    self.urgent_revocations[name], self.revoked.get(name, UrgentlyRevoked()), place
                )
        return NotedList()


def read_rollback_state(folder: Path) -> RollbackState | None:
    """The state stored in `folder`; None where it is missing or unreadable."""
    try:
        state = json_of(read_bounded(folder / _NAME, _MOST_BYTES), RollbackState)
        for numbers in (state.versions, state.policies, state.urgent_revocations):
            _by_key(numbers)
        for revoked in state.revoked.values():
            _ = revoked.key_ids
    except (OSError, Undecodable, ValueError):
        return None
    return state


def write_rollback_state(folder: Path, state: RollbackState) -> None:
    write_aside(folder / _NAME, msgspec.json.encode(state))


def _by_key(numbers: Mapping[str, int]) -> dict[bytes, int]:
    return {bytes.fromhex(key_id): number for key_id, number in numbers.items()}


def _with(numbers: Mapping[str, int], key_id: bytes, number: int) -> dict[str, int]:
    name = key_id.hex()
    return {**numbers, name: max(number, numbers.get(name, 0))}
