"""Urgent revocations: a small signed list that only takes away, from any version that a gate holds. PURE.

Building and fetching a version takes time; a lost pass, a resident who moved out with a grudge, or a stolen
pass key cannot wait for it. The list names what no longer counts. It is cumulative since registry version
`base`: later registries contain its effects themselves, and the list no longer applies to them. It can make
nobody known and no pass valid, so a list that is held too long can only shut somebody out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.registry.format.bundle import Registry
from edge.registry.format.framing import joined, split_whole
from edge.registry.format.manifest import Trusted, converted, floor_of, newest_root, signed_payload
from edge.registry.format.refusal import BundleRefusal, BundleRefused
from edge.registry.format.removals import Removal
from edge.registry.format.root import MOST_CHAIN_BYTES, every_root
from edge.signing.cose import Instant, KeyId, Name, Version, encode_value

MAGIC = b"gatepost urgent revocations 1\n"
URGENT_REVOCATIONS_CONTEXT = b"gatepost urgent revocations 1"
MOST_SIGNED_BYTES = 64 * 1024 - 256
MOST_FILE_BYTES = len(MAGIC) + 8 + MOST_CHAIN_BYTES + MOST_SIGNED_BYTES
_MOST_EACH = 5_000
MOST_REMOVALS = 400
_MOST_ITEMS = 3 * _MOST_EACH + 8 * MOST_REMOVALS + 64


class UrgentRevocations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What no longer counts in registries up to version `base`. `number` rises with every list.

    `passes` are ids in hexadecimal, `subjects` ids (no longer known: neither by face nor by pass), `keys` the
    ids of pass keys and list keys. `removals` are those that not every gate has confirmed.
    """

    site: Name
    number: Version
    base: Version
    issued: Instant
    passes: Annotated[tuple[Name, ...], Meta(max_length=_MOST_EACH)] = ()
    subjects: Annotated[tuple[Name, ...], Meta(max_length=_MOST_EACH)] = ()
    keys: Annotated[tuple[KeyId, ...], Meta(max_length=_MOST_EACH)] = ()
    removals: Annotated[tuple[Removal, ...], Meta(max_length=MOST_REMOVALS)] = ()


def encode_urgent_revocations(urgent_revocations: UrgentRevocations) -> bytes:
    """The payload that the registry key signs (context `URGENT_REVOCATIONS_CONTEXT`)."""
    return encode_value(urgent_revocations)


def decode_urgent_revocations(payload: bytes) -> UrgentRevocations:
    """The list in a payload whose signature was verified; raises BundleRefused."""
    return converted(payload, UrgentRevocations, "list of urgent revocations", items=_MOST_ITEMS)


def assemble_urgent_revocations(roots: bytes, signed: bytes) -> bytes:
    return MAGIC + joined((roots, signed))


def signed_part(data: bytes) -> bytes:
    """The signed list in a file of urgent revocations, without the roots in it."""
    return bytes(split_whole(data, MAGIC, (MOST_CHAIN_BYTES, MOST_SIGNED_BYTES))[1])


def roots_part(data: bytes) -> bytes:
    """The roots in a file of urgent revocations, unverified."""
    return bytes(split_whole(data, MAGIC, (MOST_CHAIN_BYTES, MOST_SIGNED_BYTES))[0])


def verify_urgent_revocations(
    data: bytes, trusted: Trusted, highest: Mapping[bytes, int] | None = None
) -> tuple[UrgentRevocations, bytes]:
    """The list in `data`, signed by a registry key of the newest root, and that key's id.

    `highest` are the highest numbers held, by key id. A list never expires: what it revoked stays revoked.
    Raises BundleRefused.
    """
    _, root = newest_root(roots_part(data), trusted)
    urgent_revocations, key_id = _verified(data, root.registry_keys, trusted.site)
    least = floor_of(highest or {}, root.registry_keys)
    if urgent_revocations.number < least:
        raise BundleRefused(
            BundleRefusal.OLDER,
            f"list {urgent_revocations.number} of urgent revocations is older than {least}, which was held",
        )
    return urgent_revocations, key_id


def hold_urgent_revocations(data: bytes, trusted: Trusted) -> tuple[UrgentRevocations, bytes]:
    """As `verify_urgent_revocations`, by a key of any root so far: for a list that was verified before.

    A new root ends what the old key may sign, not what it has revoked. Raises BundleRefused.
    """
    chain, _ = newest_root(roots_part(data), trusted)
    keys = {key for root in every_root(chain, trusted.anchor) for key in root.registry_keys}
    return _verified(data, keys, trusted.site)


def _verified(data: bytes, keys: Collection[bytes], site: str) -> tuple[UrgentRevocations, bytes]:
    """The list in `data`, signed by one of `keys`, and that key's id; raises BundleRefused."""
    payload, key_id = signed_payload(
        signed_part(data), keys, URGENT_REVOCATIONS_CONTEXT, "list of urgent revocations", MOST_SIGNED_BYTES
    )
    urgent_revocations = decode_urgent_revocations(payload)
    if urgent_revocations.site != site:
        raise BundleRefused(
            BundleRefusal.OTHER_SITE,
            f"urgent revocations for site {urgent_revocations.site!r}, this is {site!r}",
        )
    return urgent_revocations, key_id


def without(registry: Registry, urgent_revocations: UrgentRevocations | None) -> Registry:
    """What is in force: `registry` without what was revoked. The hashes stay those of the signed set.

    Registries after `base` contain the revocations themselves, except for keys: a revoked key never counts
    again.
    """
    if urgent_revocations is None:
        return registry
    registry = without_keys(registry, urgent_revocations.keys)
    if registry.version > urgent_revocations.base:
        return registry
    registry = without_subjects(registry, urgent_revocations.subjects)
    return replace(registry, revoked_passes=registry.revoked_passes.union(urgent_revocations.passes))


def without_keys(registry: Registry, keys: Collection[bytes]) -> Registry:
    """`registry` without these pass keys and list keys, by their ids."""
    return replace(
        registry,
        pass_keys={key_id: key for key_id, key in registry.pass_keys.items() if key_id not in keys},
        list_keys={key_id: key for key_id, key in registry.list_keys.items() if key_id not in keys},
    )


def without_subjects(registry: Registry, subjects: Collection[str]) -> Registry:
    """`registry` without these subjects, their templates included."""
    gone = set(subjects)
    return replace(
        registry,
        subjects={name: subject for name, subject in registry.subjects.items() if name not in gone},
        sealed={
            key: template for key, template in registry.sealed.items() if template.subject_id not in gone
        },
    )


def without_passes(registry: Registry) -> Registry:
    """`registry` without any pass key or number: none counts, since it is unknown which were revoked."""
    return replace(registry, pass_keys={}, numbers={})
