"""The manifest: what the registry key says of a version, and how its bytes can be fetched. PURE.

Small enough for one message. It holds the hash of the set of records, that of the snapshot (the
one encoding of that set) and of each of its chunks, and of the changes that lead here from versions that
gates still hold. So everything that follows it on the wire is checked by a hash that was signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import cbor2
import msgspec

from edge.decision import ClockTrust, WallTime
from edge.errors import CredentialError
from edge.registry.format.refusal import BundleRefusal, BundleRefused
from edge.registry.format.root import Anchor, Root, split_chain, walk
from edge.signing.cose import CborLimits, decode_cbor, sign1

MANIFEST_CONTEXT = b"gatepost manifest 2"

CHUNK_BYTES = 256 * 1024
MOST_SNAPSHOT_BYTES = 256 * 1024 * 1024
MOST_CHANGE_BYTES = 16 * CHUNK_BYTES
MOST_SIGNED_BYTES = 64 * 1024 - 256
MOST_OFFERS = 32
HASH_BYTES = 32


class Blob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes fetched in chunks of 256 kB; `chunks` holds the SHA-256 of each, one after another."""

    sha256: bytes
    size: int
    chunks: bytes

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

    base: int
    blob: Blob


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the registry key says of one version. Empty `gates`: it is for all gates of the site."""

    site: str
    version: int
    previous: int
    issued: datetime
    expires: datetime
    set_sha256: bytes
    snapshot: Blob
    changes: tuple[Offer, ...] = ()
    gates: tuple[str, ...] = ()

    def offer_from(self, base: int) -> Blob | None:
        """The changes that lead here from version `base`, if there are any."""
        return next((offer.blob for offer in self.changes if offer.base == base), None)


@dataclass(frozen=True)
class Trusted:
    """What is believed before anything arrives: the anchor, the roots held, and the newest that was seen.

    `versions` is the highest version that each registry key has signed here, `policies` the highest number
    of each policy key. They count for as long as the root names that key, so that a thief's version 2**60
    blocks nobody once the key is withdrawn. `signed_at` is the latest signed time held.
    """

    site: str
    anchor: Anchor
    gate: str = ""
    roots: bytes = b""
    versions: Mapping[bytes, int] = field(default_factory=dict)
    set_sha256: bytes = b""
    policies: Mapping[bytes, int] = field(default_factory=dict)
    signed_at: datetime | None = None


@dataclass(frozen=True)
class Head:
    """A verified manifest: the root that counts, that root's chain, and whose word the manifest is."""

    root: Root
    roots: bytes
    manifest: Manifest
    signed_by: bytes

    @property
    def expires(self) -> datetime:
        return min(aware(self.manifest.expires), aware(self.root.expires))


def floor_of(highest: Mapping[bytes, int], keys: Iterable[bytes]) -> int:
    """The highest number that was seen of any of `keys`; `highest` is by key id."""
    return max((highest.get(sign1.key_id_of(key), 0) for key in keys), default=0)


def blob_of(data: bytes) -> Blob:
    chunks = (hashlib.sha256(data[at : at + CHUNK_BYTES]).digest() for at in range(0, len(data), CHUNK_BYTES))
    return Blob(hashlib.sha256(data).digest(), len(data), b"".join(chunks))


def encode_manifest(manifest: Manifest) -> bytes:
    """The payload that the registry key signs: deterministic CBOR (RFC 8949, 4.2.1), times as text."""
    plain = msgspec.to_builtins(manifest, builtin_types=(bytes,), order="deterministic")
    return cbor2.dumps(plain, canonical=True)


def verify_head(roots: bytes, signed: bytes, trusted: Trusted) -> Head:
    """In this order: roots, signature, site, gate, version, and what cannot be; raises BundleRefused.

    Its expiry is for the caller: `refuse_if_expired`.
    """
    roots, root = newest_root(roots, trusted)
    if root.sites and trusted.site not in root.sites:
        raise BundleRefused(BundleRefusal.OTHER_SITE, f"its root is for {', '.join(root.sites)}")
    payload, signed_by = signed_payload(
        signed, root.registry_keys, MANIFEST_CONTEXT, "manifest", MOST_SIGNED_BYTES
    )
    manifest = converted(payload, Manifest, "manifest", items=1024)
    _check(manifest, trusted, floor_of(trusted.versions, root.registry_keys))
    return Head(root, roots, manifest, signed_by)


def newest_root(roots: bytes, trusted: Trusted) -> tuple[bytes, Root]:
    """The longer of two chains from the same anchor: the one that came and the one that is held."""
    offered = walk(roots, trusted.anchor)
    if trusted.roots and len(split_chain(trusted.roots)) > offered.version:
        return trusted.roots, walk(trusted.roots, trusted.anchor)
    return roots, offered


def refuse_if_expired(head: Head, wall: WallTime, signed_at: datetime | None = None) -> None:
    """Refuse what had expired by the clock, or, where it cannot be believed, by the latest signed time.

    What had not, is taken: its version still guards against old ones.
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
    """A payload, whose signature was found to be that of one of `keys`, and that key's id."""
    known = {sign1.key_id_of(key): key for key in keys}
    try:
        message = sign1.parse(signed, most_payload_bytes=most)
        key = known.get(message.key_id)
        if key is None:
            raise BundleRefused(
                BundleRefusal.UNSIGNED,
                f"its {name} is signed by a key that is not trusted: {message.key_id.hex()}",
            )
        return sign1.verified(message, key, context=context), message.key_id
    except sign1.SignatureRefused:
        raise BundleRefused(BundleRefusal.FORGED, f"the signature of its {name} is wrong") from None
    except CredentialError as error:
        raise BundleRefused(BundleRefusal.UNSIGNED, f"its {name} is not signed: {error.what}") from None


_Part = TypeVar("_Part")


def converted(payload: bytes, kind: type[_Part], name: str, *, items: int) -> _Part:
    """A payload whose signature was right; raises BundleRefused where it cannot be."""
    try:
        value = decode_cbor(payload, CborLimits(max(len(payload), 1), depth=6, items=items))
        return msgspec.convert(value, kind, builtin_types=(bytes,))
    except (CredentialError, msgspec.ValidationError) as error:
        raise BundleRefused(Refusal.INVALID, f"invalid {name}: {error}") from None


def aware(instant: datetime) -> datetime:
    """A time without a zone in a signed part is UTC: there is nobody's wall to read it from."""
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _check(manifest: Manifest, trusted: Trusted, floor: int) -> None:
    if manifest.site != trusted.site:
        raise BundleRefused(
            BundleRefusal.OTHER_SITE, f"is for site {manifest.site!r}, this is {trusted.site!r}"
        )
    if trusted.gate and manifest.gates and trusted.gate not in manifest.gates:
        raise BundleRefused(BundleRefusal.OTHER_GATE, f"is not for gate {trusted.gate!r}")
    if manifest.version < max(floor, 1):
        raise BundleRefused(
            BundleRefusal.OLDER, f"version {manifest.version} is older than {floor}, which was held"
        )
    if manifest.version == floor and trusted.set_sha256 not in {b"", manifest.set_sha256}:
        raise BundleRefused(BundleRefusal.CHANGED, f"version {manifest.version} was held with other content")
    _check_blob(manifest.snapshot, MOST_SNAPSHOT_BYTES, "snapshot")
    if len(manifest.changes) > MOST_OFFERS:
        raise BundleRefused(BundleRefusal.TOO_LARGE, f"it offers changes to {len(manifest.changes)} versions")
    for offer in manifest.changes:
        _check_blob(offer.blob, MOST_CHANGE_BYTES, f"changes to version {offer.base}")


def _check_blob(blob: Blob, most: int, name: str) -> None:
    if not 0 <= blob.size <= most:
        raise BundleRefused(
            BundleRefusal.TOO_LARGE, f"its {name} claims {blob.size} bytes, at most {most} are accepted"
        )
    if len(blob.sha256) != HASH_BYTES or len(blob.chunks) != blob.count * HASH_BYTES:
        raise BundleRefused(BundleRefusal.INVALID, f"its {name} has {len(blob.chunks)} bytes of hashes")
