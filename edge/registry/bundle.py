"""The registry as it travels and as the gate keeps it: signed, versioned, bound to one site. PURE.

A bundle is a magic line and three parts, each behind its length (4 bytes, big-endian):

1. the **delegation**, signed by the root key: which keys may sign this site's registries;
2. the **manifest**, signed by one of those: version, times, and the hash and size of
3. the **content** (CBOR): policy, subjects, sealed templates, pass keys, withdrawn passes.

Nothing of a part is interpreted before its signature, or its signed hash, was found right. Signatures
cover the exact bytes received. After The Update Framework's order of checks: signature, site, expiry,
rollback, hash.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

import cbor2
import msgspec

from edge.calibration.calibration import Calibration
from edge.credentials import sign1
from edge.credentials.bounded_cbor import Limits, decode_cbor
from edge.decision.policy import Policy
from edge.decision.situation import ClockTrust, WallTime
from edge.decision.subject import Subject
from edge.errors import CredentialError, RegistryError
from edge.registry.templates import SealedTemplate

MAGIC = b"gatepost registry 1\n"
DELEGATION_CONTEXT = b"gatepost delegation 1"
MANIFEST_CONTEXT = b"gatepost manifest 1"

MOST_SIGNED_BYTES = 64 * 1024
MOST_CONTENT_BYTES = 256 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class Refusal(StrEnum):
    """Why a bundle is refused; stable codes for the journal."""

    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    OTHER_SITE = "other_site"
    EXPIRED = "expired"
    OLDER = "older"
    CHANGED = "changed"  # the version held, with other content
    INVALID = "invalid"  # genuine, and what it says cannot be


class BundleRefused(RegistryError):
    """A bundle that this gate will not hold; `refusal` is the stable code."""

    def __init__(self, refusal: Refusal, what: str, *, remedy: str = "") -> None:
        super().__init__(what, where="registry bundle", remedy=remedy)
        self.refusal = refusal


class Delegation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the root key says: which keys (raw Ed25519) may sign registries of `site`, until when."""

    site: str
    version: int
    expires: datetime
    registry_keys: tuple[bytes, ...]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the registry key says of the content."""

    site: str
    version: int
    issued: datetime
    expires: datetime
    content_sha256: bytes
    content_bytes: int


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The registry itself. `pass_keys` and `list_keys` (who may sign lists of certificate issuers and
    revocations) are raw Ed25519 public keys, `revoked_passes` ids in hexadecimal. `calibrations` are the
    site's own, one for each engine; without one that which comes with Gatepost holds.
    """

    policy: Policy
    subjects: tuple[Subject, ...] = ()
    templates: tuple[SealedTemplate, ...] = ()
    pass_keys: tuple[bytes, ...] = ()
    revoked_passes: frozenset[str] = frozenset()
    list_keys: tuple[bytes, ...] = ()
    calibrations: tuple[Calibration, ...] = ()


@dataclass(frozen=True)
class Registry:
    """A verified registry: what the gate believes."""

    site: str
    version: int
    issued: datetime
    expires: datetime
    delegation_version: int
    content_sha256: bytes
    policy: Policy
    subjects: Mapping[str, Subject] = field(default_factory=dict)
    templates: tuple[SealedTemplate, ...] = ()
    pass_keys: Mapping[bytes, bytes] = field(default_factory=dict)
    revoked_passes: frozenset[str] = frozenset()
    list_keys: Mapping[bytes, bytes] = field(default_factory=dict)
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)


@dataclass(frozen=True)
class Trusted:
    """What the gate knew before this bundle came: its root of trust and the newest it has held."""

    site: str
    root_key: bytes
    version: int = 0
    delegation_version: int = 0
    content_sha256: bytes = b""


def assemble(delegation: bytes, manifest: bytes, content: bytes) -> bytes:
    """A bundle of its three parts, the first two signed already."""
    parts = (delegation, manifest, content)
    return MAGIC + b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def verify_bundle(data: bytes, trusted: Trusted, wall: WallTime) -> Registry:
    """The registry that `data` holds, believed on the word of `trusted.root_key` alone.

    Expiry is judged where the clock can be; an expired registry that is already held goes on to serve by
    the policy's staleness rule (`hold_bundle`). Raises BundleRefused with a stable code.
    """
    registry = hold_bundle(data, trusted)
    if wall.trust is not ClockTrust.UNTRUSTED and wall.at >= registry.expires:
        raise BundleRefused(
            Refusal.EXPIRED,
            f"version {registry.version} expired on {registry.expires:%Y-%m-%d %H:%M} UTC",
            remedy="build a new one: gatepost registry build",
        )
    return registry


def hold_bundle(data: bytes, trusted: Trusted) -> Registry:
    """As `verify_bundle`, whatever the time: for a bundle that the gate has held before."""
    delegation_part, manifest_part, content_part = _parts(data)
    delegation = _believed(
        delegation_part, {sign1.key_id_of(trusted.root_key): trusted.root_key}, DELEGATION_CONTEXT, Delegation
    )
    if delegation.site != trusted.site:
        raise BundleRefused(Refusal.OTHER_SITE, f"is for site {delegation.site!r}, this is {trusted.site!r}")
    if delegation.version < trusted.delegation_version:
        raise BundleRefused(
            Refusal.OLDER,
            f"delegation {delegation.version} is older than {trusted.delegation_version}, which was seen",
        )
    keys = {sign1.key_id_of(key): key for key in delegation.registry_keys}
    manifest = _believed(manifest_part, keys, MANIFEST_CONTEXT, Manifest)
    _check_manifest(manifest, trusted)
    if len(content_part) != manifest.content_bytes or (
        hashlib.sha256(content_part).digest() != manifest.content_sha256
    ):
        raise BundleRefused(Refusal.FORGED, "its content is not what its manifest says")
    return _registry(delegation, manifest, _content(content_part))


def encode(value: Delegation | Manifest | Content) -> bytes:
    """A part in deterministic CBOR (RFC 8949, 4.2.1); times travel as RFC 3339 text."""
    plain = msgspec.to_builtins(value, builtin_types=(bytes,), order="deterministic")
    return cbor2.dumps(plain, canonical=True)


def _parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    if not data.startswith(MAGIC):
        raise BundleRefused(Refusal.UNREADABLE, "is no registry bundle")
    rest, parts = memoryview(data)[len(MAGIC) :], []
    for most in (MOST_SIGNED_BYTES, MOST_SIGNED_BYTES, MOST_CONTENT_BYTES):
        if len(rest) < _LENGTH.size:
            raise BundleRefused(Refusal.UNREADABLE, "is cut off")
        (length,) = _LENGTH.unpack_from(rest)
        if length > most:
            raise BundleRefused(Refusal.UNREADABLE, f"a part claims {length} bytes, more than {most}")
        if len(rest) < _LENGTH.size + length:
            raise BundleRefused(Refusal.UNREADABLE, "is cut off")
        parts.append(bytes(rest[_LENGTH.size : _LENGTH.size + length]))
        rest = rest[_LENGTH.size + length :]
    if len(rest):
        raise BundleRefused(Refusal.UNREADABLE, f"has {len(rest)} bytes behind its end")
    return parts[0], parts[1], parts[2]


_Part = TypeVar("_Part", Delegation, Manifest)


def _believed(part: bytes, keys: Mapping[bytes, bytes], context: bytes, kind: type[_Part]) -> _Part:
    """A signed part, interpreted only after its signature was found to be that of one of `keys`."""
    name = kind.__name__.lower()
    try:
        message = sign1.read(part, most_payload_bytes=MOST_SIGNED_BYTES)
        key = keys.get(message.key_id)
        if key is None:
            raise BundleRefused(
                Refusal.UNSIGNED, f"its {name} is signed by a key that is not trusted: {message.key_id.hex()}"
            )
        payload = sign1.verified(message, key, context=context)
    except sign1.SignatureRefused:
        raise BundleRefused(Refusal.FORGED, f"the signature of its {name} is wrong") from None
    except CredentialError as error:
        raise BundleRefused(Refusal.UNSIGNED, f"its {name} is not signed: {error.what}") from None
    return _converted(payload, kind)


def _check_manifest(manifest: Manifest, trusted: Trusted) -> None:
    if manifest.site != trusted.site:
        raise BundleRefused(Refusal.OTHER_SITE, f"is for site {manifest.site!r}, this is {trusted.site!r}")
    if manifest.version < trusted.version:
        raise BundleRefused(
            Refusal.OLDER, f"version {manifest.version} is older than {trusted.version}, which was held"
        )
    if manifest.version == trusted.version and trusted.content_sha256 not in {b"", manifest.content_sha256}:
        raise BundleRefused(Refusal.CHANGED, f"version {manifest.version} was held with other content")


def _content(data: bytes) -> Content:
    """The content: its hash was signed, so its maker is trusted and its size is bounded."""
    try:
        return msgspec.convert(cbor2.loads(data), Content, builtin_types=(bytes,))
    except (cbor2.CBORDecodeError, ValueError, msgspec.ValidationError) as error:
        raise BundleRefused(Refusal.INVALID, f"its content cannot be: {error}") from None


def _converted(data: bytes, kind: type[_Part]) -> _Part:
    try:
        value = decode_cbor(data, Limits(MOST_SIGNED_BYTES, depth=4, items=256))
        return msgspec.convert(value, kind, builtin_types=(bytes,))
    except (CredentialError, msgspec.ValidationError) as error:
        raise BundleRefused(Refusal.INVALID, f"its {kind.__name__.lower()} cannot be: {error}") from None


def _registry(delegation: Delegation, manifest: Manifest, content: Content) -> Registry:
    return Registry(
        site=manifest.site,
        version=manifest.version,
        issued=_aware(manifest.issued),
        expires=min(_aware(manifest.expires), _aware(delegation.expires)),
        delegation_version=delegation.version,
        content_sha256=manifest.content_sha256,
        policy=content.policy,
        subjects={subject.id: subject for subject in content.subjects},
        templates=content.templates,
        pass_keys={sign1.key_id_of(key): key for key in content.pass_keys},
        revoked_passes=content.revoked_passes,
        list_keys={sign1.key_id_of(key): key for key in content.list_keys},
        calibrations={calibration.engine: calibration for calibration in content.calibrations},
    )


def _aware(instant: datetime) -> datetime:
    """A time without a zone in a bundle is UTC: there is nobody's wall to read it from."""
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
