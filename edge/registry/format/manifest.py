"""The manifest: what the registry key signs about a version, and how its bytes are fetched. PURE.

Small enough for one message. It holds the hash of the set of records, that of the snapshot (the
one encoding of that set) and of each of its chunks, and of the changes that lead here from versions that
gates still hold. So everything that follows it on the wire is checked against a signed hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from edge.decision import ClockTrust, WallTime
from edge.errors import CredentialError
from edge.registry.format.refusal import BundleRefusal, BundleRefused
from edge.registry.format.root import Anchor, Root, split_chain, walk
from edge.registry.format.template_keys import TemplateKeyOffer
from edge.signing.cose import (
    CborLimits,
    Digest,
    Instant,
    Name,
    Names,
    Sequence,
    Version,
    decode_value,
    encode_value,
    sign1,
)
from edge.support.decoding import Undecodable

MANIFEST_CONTEXT = b"gatepost manifest 1"

CHUNK_BYTES = 256 * 1024
MOST_SNAPSHOT_BYTES = 256 * 1024 * 1024
MOST_CHANGE_BYTES = 16 * CHUNK_BYTES
MOST_SIGNED_BYTES = 64 * 1024 - 256
MOST_OFFERS = 32
HASH_BYTES = 32


class Blob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes fetched in chunks of 256 KiB; `chunks` holds the SHA-256 of each, one after another."""

    sha256: Digest
    size: Sequence
    chunks: Annotated[bytes, Meta(max_length=MOST_SNAPSHOT_BYTES // CHUNK_BYTES * HASH_BYTES)]

    @property
    def count(self) -> int:
        return -(-self.size // CHUNK_BYTES)

    def fits(self, index: int, chunk: bytes) -> bool:
        """Whether these are the bytes of chunk `index`."""
        if not 0 <= index < self.count or len(chunk) > CHUNK_BYTES:
            return False
        signed = self.chunks[index * HASH_BYTES : (index + 1) * HASH_BYTES]
        return hashlib.sha256(chunk).digest() == signed

    def is_all_of(self, data: bytes | memoryview) -> bool:
        return len(data) == self.size and hashlib.sha256(data).digest() == self.sha256


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Changes that lead from version `base` to the manifest's."""

    base: Version
    blob: Blob


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the registry key signs about one version. Empty `gates`: it is for all gates of the site.

    `template_key` is there from the first exchange of the site's template key on.
    """

    site: Name
    version: Version
    previous: Version
    issued: Instant
    expires: Instant
    set_sha256: Digest
    snapshot: Blob
    changes: Annotated[tuple[Offer, ...], Meta(max_length=MOST_OFFERS)] = ()
    gates: Names = ()
    template_key: TemplateKeyOffer | UnsetType = UNSET

    def offer_from(self, base: int) -> Blob | None:
        """The changes that lead here from version `base`, if there are any."""
        return next((offer.blob for offer in self.changes if offer.base == base), None)


@dataclass(frozen=True)
class Trusted:
    """What a gate trusts before anything arrives: its anchor, its roots, the highest numbers it has held.

    `versions` is the highest version that each registry key has signed here, `policies` the highest number
    of each policy key. They count for as long as the root names that key, so that a thief's version 2**60
    blocks nobody once the key is revoked. `signed_at` is the latest signed time held; without
    `seal_key` heads can be verified, and nothing opened; `earlier_seal_keys` are read during a change of it.
    """

    site: str
    anchor: Anchor
    gate: str = ""
    roots: bytes = b""
    versions: Mapping[bytes, int] = field(default_factory=dict)
    set_sha256: bytes = b""
    policies: Mapping[bytes, int] = field(default_factory=dict)
    signed_at: datetime | None = None
    seal_key: bytes = field(default=b"", repr=False)
    earlier_seal_keys: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def seal_keys(self) -> tuple[bytes, ...]:
        """All that open something here."""
        return (self.seal_key, *self.earlier_seal_keys)


@dataclass(frozen=True)
class Head:
    """A verified manifest with the newest root, that root's chain, and the id of the key that signed."""

    root: Root
    roots: bytes
    manifest: Manifest
    signed_by: bytes

    @property
    def expires(self) -> datetime:
        return min(self.manifest.expires, self.root.expires)


def floor_of(highest: Mapping[bytes, int], keys: Iterable[bytes]) -> int:
    """The highest number that any of `keys` has signed here; `highest` is by key id."""
    return max((highest.get(sign1.key_id_of(key), 0) for key in keys), default=0)


def blob_of(data: bytes) -> Blob:
    chunks = (hashlib.sha256(data[at : at + CHUNK_BYTES]).digest() for at in range(0, len(data), CHUNK_BYTES))
    return Blob(hashlib.sha256(data).digest(), len(data), b"".join(chunks))


def encode_manifest(manifest: Manifest) -> bytes:
    """The payload that the registry key signs (context `MANIFEST_CONTEXT`)."""
    return encode_value(manifest)


def verify_head(roots: bytes, signed: bytes, trusted: Trusted) -> Head:
    """The verified manifest; raises BundleRefused. Order: roots, signature, site, gate, version, sizes.

    The caller checks its expiry: `refuse_if_expired`.
    """
    roots, root = newest_root(roots, trusted)
    if root.sites and trusted.site not in root.sites:
        raise BundleRefused(
            BundleRefusal.OTHER_SITE, f"the root is for {', '.join(root.sites)}, this is {trusted.site}"
        )
    payload, signed_by = signed_payload(
        signed, root.registry_keys, MANIFEST_CONTEXT, "manifest", MOST_SIGNED_BYTES
    )
    manifest = converted(payload, Manifest, "manifest", items=1024)
    _check(manifest, trusted, floor_of(trusted.versions, root.registry_keys))
    return Head(root, roots, manifest, signed_by)


def newest_root(roots: bytes, trusted: Trusted) -> tuple[bytes, Root]:
    """The longer of the chain that arrived and the chain held, and its last root; raises BundleRefused."""
    offered = walk(roots, trusted.anchor)
    if trusted.roots and len(split_chain(trusted.roots)) > offered.version:
        return trusted.roots, walk(trusted.roots, trusted.anchor)
    return roots, offered


def refuse_if_expired(head: Head, wall: WallTime, signed_at: datetime | None = None) -> None:
    """Raise BundleRefused for what has expired by the clock; by the latest signed time if that is untrusted.

    A replay of what has not expired is still caught by its version.
    """
    now = wall.at if wall.trust is not ClockTrust.UNTRUSTED else signed_at
    if now is not None and now >= head.expires:
        raise BundleRefused(
            BundleRefusal.EXPIRED,
            f"version {head.manifest.version} expired on {head.expires:%Y-%m-%d %H:%M} UTC",
            remedy="build a new one: gatepost registry build",
        )


def signed_payload(
    signed: bytes, keys: Iterable[bytes], context: bytes, name: str, most: int
) -> tuple[bytes, bytes]:
    """The payload of a message signed by one of `keys`, and that key's id; raises BundleRefused."""
    known = {sign1.key_id_of(key): key for key in keys}
    try:
        message = sign1.parse(signed, most_payload_bytes=most)
        key = known.get(message.key_id)
        if key is None:
            raise BundleRefused(
                BundleRefusal.UNSIGNED,
                f"the {name} is signed by a key that is not trusted: {message.key_id.hex()}",
            )
        return sign1.verified(message, key, context=context), message.key_id
    except sign1.SignatureRefused:
        raise BundleRefused(BundleRefusal.FORGED, f"the signature of the {name} is wrong") from None
    except CredentialError as error:
        raise BundleRefused(BundleRefusal.UNSIGNED, f"the {name} is not signed: {error.what}") from None


_Part = TypeVar("_Part")


def converted(payload: bytes, kind: type[_Part], name: str, *, items: int) -> _Part:
    """The value in a payload whose signature was verified; raises BundleRefused where it is invalid."""
    try:
        value: _Part = decode_value(payload, kind, CborLimits(max(len(payload), 1), depth=6, items=items))
    except Undecodable as error:
        raise BundleRefused(BundleRefusal.INVALID, f"invalid {name}: {error}") from None
    return value


def _check(manifest: Manifest, trusted: Trusted, floor: int) -> None:
    if manifest.site != trusted.site:
        raise BundleRefused(
            BundleRefusal.OTHER_SITE, f"is for site {manifest.site!r}, this is {trusted.site!r}"
        )
    if trusted.gate and manifest.gates and trusted.gate not in manifest.gates:
        raise BundleRefused(BundleRefusal.OTHER_GATE, f"is not for gate {trusted.gate!r}")
    if manifest.version < max(floor, 1):
        raise BundleRefused(
            BundleRefusal.OLDER, f"version {manifest.version} is older than {floor}, which this gate has held"
        )
    if manifest.version == floor and trusted.set_sha256 not in {b"", manifest.set_sha256}:
        raise BundleRefused(
            BundleRefusal.CHANGED, f"version {manifest.version} was held before with other content"
        )
    _check_blob(manifest.snapshot, MOST_SNAPSHOT_BYTES, "snapshot")
    for offer in manifest.changes:
        _check_blob(offer.blob, MOST_CHANGE_BYTES, f"changes to version {offer.base}")


def _check_blob(blob: Blob, most: int, name: str) -> None:
    if blob.size > most:
        raise BundleRefused(
            BundleRefusal.TOO_LARGE, f"the {name} claims {blob.size} bytes, at most {most} are accepted"
        )
    if len(blob.chunks) != blob.count * HASH_BYTES:
        raise BundleRefused(
            BundleRefusal.INVALID,
            f"the {name} has {len(blob.chunks)} bytes of hashes, expected {blob.count * HASH_BYTES}",
        )
