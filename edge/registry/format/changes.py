"""Changes that turn one version of a registry into another: compressed, sealed, bound to site and base. PURE.

A file of changes is a magic line, the roots, the manifest of the new version, and the changes: DEFLATE over
a `Changes`, sealed (`edge.registry.format.sealing`). The manifest holds their hash and that of the whole set
after them, so the gate ends either with the signed set or with the one it had.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.decision import WallTime
from edge.errors import CredentialError
from edge.registry.format.bundle import Registry, assemble, snapshot_in, updated
from edge.registry.format.framing import joined, split_whole
from edge.registry.format.manifest import (
    MOST_CHANGE_BYTES,
    MOST_SIGNED_BYTES,
    Head,
    Manifest,
    Trusted,
    refuse_if_expired,
    verify_head,
)
from edge.registry.format.records import Records, each_record, encode_records
from edge.registry.format.refusal import BundleRefusal, BundleRefused
from edge.registry.format.root import MOST_CHAIN_BYTES
from edge.registry.format.sealing import ObjectKind, open_object, opened_object, seal_object
from edge.signing.cose import CborLimits, Digest, Name, Version, decode_value, encode_value
from edge.support.bounded_inflate import Framing, inflate
from edge.support.decoding import Undecodable

MAGIC = b"gatepost registry changes 1\n"
MOST_FILE_BYTES = len(MAGIC) + 12 + MOST_CHAIN_BYTES + MOST_SIGNED_BYTES + MOST_CHANGE_BYTES
MOST_INFLATED_BYTES = 32 * 1024 * 1024
_MOST_REMOVED = 1 << 20
_LIMITS = CborLimits(MOST_INFLATED_BYTES, depth=2, items=_MOST_REMOVED + 64)


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The changes from version `base`, whose set has the hash `base_sha256`, to `version`.

    `changed` holds records, encoded as in a snapshot; `removed` holds keys.
    """

    site: Name
    base: Version
    base_sha256: Digest
    version: Version
    changed: bytes = b""
    removed: Annotated[tuple[bytes, ...], Meta(max_length=_MOST_REMOVED)] = ()


@dataclass(frozen=True)
class Base:
    """A version that a gate holds: what changes can start from."""

    version: int
    set_sha256: bytes
    records: Records


def changes_between(base: Base, records: Records, site: str, version: int, seal_key: bytes) -> bytes:
    """The changes from `base` to `records`, compressed and sealed."""
    changed = {key: value for key, value in records.items() if base.records.get(key) != value}
    removed = tuple(sorted(base.records.keys() - records.keys()))
    changes = Changes(site, base.version, base.set_sha256, version, encode_records(changed), removed)
    return seal_object(zlib.compress(encode_value(changes), level=9), ObjectKind.CHANGES, site, seal_key)


def assemble_changes(roots: bytes, manifest: bytes, changes: bytes) -> bytes:
    return MAGIC + joined((roots, manifest, changes))


def verify_changes(data: bytes, held: Registry, trusted: Trusted, wall: WallTime) -> Registry:
    """The registry that results from `held` and the changes in `data`; raises BundleRefused."""
    head, changes = _opened(data, held, trusted)
    refuse_if_expired(head, wall, trusted.signed_at)
    return _applied(head, changes, held, trusted)


def hold_changes(data: bytes, held: Registry, trusted: Trusted) -> Registry:
    """As `verify_changes`, expired or not: for changes that this gate has verified before."""
    return _applied(*_opened(data, held, trusted), held, trusted)


def decode_changes(sealed: bytes | memoryview, trusted: Trusted) -> Changes:
    """The changes in bytes whose hash is signed; raises BundleRefused. Inflating is bounded."""
    return _decoded(open_object(sealed, ObjectKind.CHANGES, trusted.site, *trusted.seal_keys))


def _decoded(compressed: bytes) -> Changes:
    try:
        plain = inflate(compressed, most_bytes=MOST_INFLATED_BYTES, framing=Framing.ZLIB)
        changes: Changes = decode_value(plain, Changes, _LIMITS)
    except CredentialError as error:
        raise BundleRefused(BundleRefusal.TOO_LARGE, f"invalid changes: {error.what}") from None
    except Undecodable as error:
        raise BundleRefused(BundleRefusal.INVALID, f"invalid changes: {error}") from None
    return changes


def manifest_in(data: bytes, trusted: Trusted) -> Manifest:
    """The verified manifest of a file of changes; raises BundleRefused."""
    roots, manifest, _ = _parts(data)
    return verify_head(bytes(roots), bytes(manifest), trusted).manifest


def keys_in(data: bytes, trusted: Trusted) -> Iterator[bytes]:
    """The keys of all records that a file of changes has or takes away, whoever signed it; raises
    BundleRefused.
    """
    changes = decode_changes(_parts(data)[2], trusted)
    yield from changes.removed
    yield from (key for key, _ in each_record(changes.changed))


def compacted(bundle: bytes, files: Iterable[bytes], trusted: Trusted) -> bytes:
    """The bundle that central would send now: `bundle` plus the changes in `files`, all verified earlier.

    A set has one encoding, and equal sets are sealed equal, so the newest manifest has the result's hash.
    """
    records: dict[bytes, bytes | memoryview] = dict(each_record(snapshot_in(bundle, trusted)))
    roots = manifest = sealing = b""
    for file in files:
        roots, manifest, part = (bytes(part) for part in _parts(file))
        compressed, sealing = opened_object(part, ObjectKind.CHANGES, trusted.site, *trusted.seal_keys)
        changes = _decoded(compressed)
        for key in changes.removed:
            records.pop(key, None)
        records.update(each_record(changes.changed))
    # By the key of the newest changes: their version is sealed by that.
    snapshot = seal_object(encode_records(records), ObjectKind.SNAPSHOT, trusted.site, sealing)
    return assemble(roots, manifest, snapshot)


def _parts(data: bytes) -> tuple[memoryview, ...]:
    return split_whole(data, MAGIC, (MOST_CHAIN_BYTES, MOST_SIGNED_BYTES, MOST_CHANGE_BYTES))


def _opened(data: bytes, held: Registry, trusted: Trusted) -> tuple[Head, Changes]:
    roots, manifest, part = _parts(data)
    head = verify_head(bytes(roots), bytes(manifest), trusted)
    offers = [offer for offer in head.manifest.changes if offer.blob.is_all_of(part)]
    if not offers:
        raise BundleRefused(BundleRefusal.FORGED, "the changes do not match the hash in the manifest")
    if held.version not in {offer.base for offer in offers}:
        raise _other_base(offers[0].base, held)
    return head, decode_changes(part, trusted)


def _applied(head: Head, changes: Changes, held: Registry, trusted: Trusted) -> Registry:
    if changes.site != trusted.site:
        raise BundleRefused(
            BundleRefusal.OTHER_SITE, f"the changes are for site {changes.site!r}, this is {trusted.site!r}"
        )
    if (changes.base, changes.base_sha256) != (held.version, held.set_sha256):
        raise _other_base(changes.base, held)
    if changes.version != head.manifest.version:
        raise BundleRefused(
            BundleRefusal.INVALID,
            f"the changes lead to version {changes.version}, the manifest to {head.manifest.version}",
        )
    return updated(held, head, each_record(changes.changed), changes.removed, trusted)


def _other_base(base: int, held: Registry) -> BundleRefused:
    return BundleRefused(
        BundleRefusal.OTHER_BASE,
        f"these are changes to version {base}, this gate holds version {held.version}",
        remedy="fetch the whole registry",
    )
