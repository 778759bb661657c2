"""The newest that a gate ever held, noted apart from what it holds: removing a file lets no older one in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from edge.registry.format.bundle import Registry
from edge.registry.format.revocations import Withdrawals
from edge.signing.cose.sign1 import key_id_of
from edge.support.decoding import Undecodable, json_of
from edge.support.files import read_bounded, write_aside

_NAME = "seen.json"
_MOST_BYTES = 256 * 1024
"""As many people as a list of withdrawals can name, and more numbers than there are keys."""


class Withdrawn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the newest list of withdrawals: what must stay withdrawn where the list itself is lost.

    `base` None: an earlier version noted nothing but the number. `keys` (ids in hexadecimal) are those of
    every list so far.
    """

    base: int | None = None
    subjects: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def key_ids(self) -> frozenset[bytes]:
        return frozenset(bytes.fromhex(key_id) for key_id in self.keys)


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The highest numbers by the key (its id in hexadecimal) that signed them, and the newest set's hash."""

    versions: dict[str, int] = {}
    policies: dict[str, int] = {}
    withdrawals: dict[str, int] = {}
    withdrawn: dict[str, Withdrawn] = {}
    set_sha256: bytes = b""

    @property
    def version_numbers(self) -> Mapping[bytes, int]:
        return _by_key(self.versions)

    @property
    def policy_numbers(self) -> Mapping[bytes, int]:
        return _by_key(self.policies)

    @property
    def withdrawal_numbers(self) -> Mapping[bytes, int]:
        return _by_key(self.withdrawals)

    def with_registry(self, registry: Registry) -> Seen:
        return replace(
            self,
            versions=_with(self.versions, registry.signed_by, registry.version),
            policies=_with(self.policies, registry.policy_key, registry.policy_number),
            set_sha256=registry.set_sha256,
        )

    def with_withdrawals(self, listed: Withdrawals, key_id: bytes) -> Seen:
        name = key_id.hex()
        keys = {*self.withdrawn.get(name, Withdrawn()).keys, *(key.hex() for key in listed.keys)}
        noted = Withdrawn(listed.base, listed.subjects, tuple(sorted(keys)))
        return replace(
            self,
            withdrawals=_with(self.withdrawals, key_id, listed.number),
            withdrawn={**self.withdrawn, name: noted},
        )

    def newest_withdrawn(self, keys: Iterable[bytes]) -> tuple[int, Withdrawn]:
        """The number of the newest list that one of `keys` signed (0: none), and what it withdrew."""
        names = [key_id_of(key).hex() for key in keys]
        name = max(names, key=lambda name: self.withdrawals.get(name, 0), default="")
        return self.withdrawals.get(name, 0), self.withdrawn.get(name, Withdrawn())


def read_seen(folder: Path) -> Seen | None:
    """The note; None where there is none, or none that can be read."""
    try:
        seen = json_of(read_bounded(folder / _NAME, _MOST_BYTES), Seen)
        for numbers in (seen.versions, seen.policies, seen.withdrawals):
            _by_key(numbers)
        for withdrawn in seen.withdrawn.values():
            _ = withdrawn.key_ids
    except (OSError, Undecodable, ValueError):
        return None
    return seen


def write_seen(folder: Path, seen: Seen) -> None:
    write_aside(folder / _NAME, msgspec.json.encode(seen))


def _by_key(numbers: Mapping[str, int]) -> dict[bytes, int]:
    return {bytes.fromhex(key_id): number for key_id, number in numbers.items()}


def _with(numbers: Mapping[str, int], key_id: bytes, number: int) -> dict[str, int]:
    name = key_id.hex()
    return {**numbers, name: max(number, numbers.get(name, 0))}
