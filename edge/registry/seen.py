"""The newest that a gate ever held, noted apart from what it holds: removing a file lets no older one in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from edge.registry.bundle import Registry
from edge.registry.files import read_bounded, write_aside
from edge.registry.withdrawals import Withdrawals
from edge.support.decoding import Undecodable, json_of

_NAME = "seen.json"
_MOST_BYTES = 64 * 1024


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The highest numbers by the key (its id in hexadecimal) that signed them, and the newest set's hash."""

    versions: dict[str, int] = {}
    policies: dict[str, int] = {}
    withdrawals: dict[str, int] = {}
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
        return replace(self, withdrawals=_with(self.withdrawals, key_id, listed.number))


def read_seen(folder: Path) -> Seen | None:
    """The note; None where there is none, or none that can be read."""
    try:
        seen = json_of(read_bounded(folder / _NAME, _MOST_BYTES), Seen)
        for numbers in (seen.versions, seen.policies, seen.withdrawals):
            _by_key(numbers)
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
