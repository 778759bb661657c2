"""Signed lists of issuers and of revocations: versioned, with an expiry, and a rule for old ones.

A list is a COSE_Sign1 message (`sign1`) whose context says which kind of list it is, so that neither can
be shown as the other, nor a pass as either. Pure: it neither fetches nor stores.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta

from edge.credentials.encodings import json_of
from edge.credentials.trust import Freshness, IssuerKeys, RevocationDelta, Revocations, issuer_keys
from edge.credentials.trust_lists.issuer_keys import card_keys_of, signer_of
from edge.decision import ClockTrust, StalenessRule, WallTime
from edge.errors import CredentialError
from edge.signing.cose import CborLimits, Instant, ShortText, Text, Version, decode_value, encode_value, sign1
from edge.support.decoding import Undecodable

MOST_LIST_BYTES = 4 << 20
"""The EU's list had some 300 certificates (about 300 kB), SHC's directory some 1,000 keys (200 kB)."""
MOST_SIGNED_LIST_BYTES = MOST_LIST_BYTES + 1024
"""Of a list's file: with the signature around it."""

_MOST_ITEMS = 1 << 17
_LIMITS = CborLimits(MOST_LIST_BYTES, depth=10, items=_MOST_ITEMS)

_TRUST_CONTEXT = b"gatepost trust list 1"
_REVOCATION_CONTEXT = b"gatepost revocations 1"


class CertifiedSigner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An EU document signer: its certificate (DER) and its country (ISO 3166 alpha-2; empty: as it says)."""

    certificate: Annotated[bytes, Meta(max_length=1 << 14)]
    country: ShortText = ""


class CardIssuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A SMART Health Card issuer: its URL and its key set (RFC 7517)."""

    url: Text
    key_set: dict[str, Any]


class TrustList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose certificates count. `version` rises with each list; instants are UTC."""

    version: Version
    issued: Instant
    expires: Instant
    signers: Annotated[tuple[CertifiedSigner, ...], Meta(max_length=10_000)] = ()
    card_issuers: Annotated[tuple[CardIssuer, ...], Meta(max_length=10_000)] = ()

    def keys(self) -> IssuerKeys:
        """The keys by their ids; raises CredentialError where one is not a certificate or key set."""
        return issuer_keys(
            (signer_of(item.certificate, country=item.country or None) for item in self.signers),
            (
                key
                for item in self.card_issuers
                for key in card_keys_of(item.key_set, issuer=item.url or None)
            ),
        )


class SignedRevocations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change of the revocations, with the instants of its issue and its expiry (UTC)."""

    issued: Instant
    expires: Instant
    delta: RevocationDelta


def sign_trust_list(contents: TrustList, key: Ed25519PrivateKey) -> bytes:
    return sign1.sign(encode_value(contents), key, context=_TRUST_CONTEXT)


def sign_revocations(contents: SignedRevocations, key: Ed25519PrivateKey) -> bytes:
    return sign1.sign(encode_value(contents), key, context=_REVOCATION_CONTEXT)


Keys = Mapping[bytes, bytes]
"""The keys that may sign lists: raw Ed25519 public keys by their ids (`sign1.key_id_of`)."""


def verify_trust_list(
    data: bytes, keys: Keys, wall: WallTime, held_version: int, signed_at: datetime | None = None
) -> TrustList:
    """The list in `data`, signed by one of `keys`; raises CredentialError.

    Refused: another's signature, a list older than the one held (its version says so, whatever the clock
    says), a list that has expired: by the clock, or by `signed_at`, the latest signed time, where the clock
    cannot be believed.
    """
    contents = hold_trust_list(data, keys)
    if contents.version < held_version:
        raise CredentialError(
            f"a trust list of version {contents.version}, version {held_version} is held",
            remedy="fetch the current list",
        )
    _check_expiry(contents.expires, wall, signed_at)
    return contents


def hold_trust_list(data: bytes, keys: Keys) -> TrustList:
    """As `verify_trust_list`, expired or not: for the list that is held, which `freshness` judges."""
    contents: TrustList = _decoded(_payload(data, keys, _TRUST_CONTEXT), TrustList, "a trust list")
    return contents


def verify_revocations(
    data: bytes, keys: Keys, wall: WallTime, signed_at: datetime | None = None
) -> SignedRevocations:
    """The change in `data`, for `revocation.updated`; raises CredentialError."""
    contents = hold_revocations(data, keys)
    _check_expiry(contents.expires, wall, signed_at)
    return contents


def hold_revocations(data: bytes, keys: Keys) -> SignedRevocations:
    """As `verify_revocations`, expired or not: for the list that is held."""
    payload = _payload(data, keys, _REVOCATION_CONTEXT)
    contents: SignedRevocations = _decoded(payload, SignedRevocations, "a list of revocations")
    return contents


def _decoded(payload: bytes, kind: Any, what: str) -> Any:
    try:
        return decode_value(payload, kind, _LIMITS)
    except Undecodable as error:
        raise CredentialError(f"not {what}: {error.what}") from None


def _payload(data: bytes, keys: Keys, context: bytes) -> bytes:
    message = sign1.parse(data, most_payload_bytes=MOST_LIST_BYTES)
    key = keys.get(message.key_id)
    if key is None:
        raise CredentialError(
            f"signed by a key that is not trusted: {message.key_id.hex()}",
            remedy="the registry names the keys that may sign lists",
        )
    return sign1.verified(message, key, context=context)


def _check_expiry(expires: datetime, wall: WallTime, signed_at: datetime | None) -> None:
    """Raise CredentialError for what has expired by the clock, or by `signed_at` if that is untrusted.

    A replay of what has not expired is still caught by its version.
    """
    now = wall.at if wall.trust is not ClockTrust.UNTRUSTED else signed_at
    if now is not None and now >= expires:
        raise CredentialError(f"expired on {expires.isoformat()}", remedy="fetch the current list")


def freshness(issued: datetime, expires: datetime, wall: WallTime, rule: StalenessRule) -> Freshness:
    """How fresh the held list is; with an untrusted clock that is unknown, so it degrades."""
    if wall.trust is ClockTrust.UNTRUSTED:
        return Freshness.DEGRADE
    age = wall.at - issued
    if age >= timedelta(seconds=rule.close_after):
        return Freshness.CLOSE
    if age >= timedelta(seconds=rule.degrade_after) or wall.at >= expires:
        return Freshness.DEGRADE
    if age >= timedelta(seconds=rule.warn_after):
        return Freshness.WARN
    return Freshness.FRESH


@dataclass(frozen=True)
class IssuerLists:
    """The lists in force: the trusted issuers and the revocations.

    `spans`: issue and expiry (UTC) of each list that is held; none: nobody is trusted anyway. Not `whole`:
    revocations were held once that are not now.
    """

    version: int = 0
    issuers: IssuerKeys = field(default_factory=IssuerKeys)
    revocations: Revocations = field(default_factory=Revocations)
    spans: tuple[tuple[datetime, datetime], ...] = ()
    whole: bool = True

    def freshness(self, wall: WallTime, rule: StalenessRule) -> Freshness:
        """The freshness of the stalest list; with revocations missing no certificate counts."""
        if not self.whole:
            return Freshness.CLOSE
        judged = {freshness(issued, expires, wall, rule) for issued, expires in self.spans}
        return max(judged, key=tuple(Freshness).index, default=Freshness.FRESH)


_DIRECTORY = "a directory of issuers"
_SIGNATURE_LINE = re.compile(rb"\s*[A-Za-z0-9+/=_-]{64,1024}\s*\n\s*(?=[\[{])")


def without_signature_line(data: bytes) -> bytes:
    """The JSON of a published list, without the line before it with the publisher's signature in base64.

    The person who fetched the list checks that signature, with the publisher's key.
    """
    match = _SIGNATURE_LINE.match(data)
    return data if match is None else data[match.end() :]


def from_eu_directory(data: bytes) -> tuple[CertifiedSigner, ...]:
    """Signers from the EU gateway's trust list, as members publish it in JSON; raises CredentialError.

    An array of {kid, country, certificateType, rawData: certificate in base64, ...}, by itself or as the
    member `certificates`. Only document signers (`DSC`) are taken.
    """
    found = json_of(without_signature_line(data), list[_GatewayEntry] | _Gateway, _DIRECTORY)
    entries = found.certificates if isinstance(found, _Gateway) else found
    return tuple(
        CertifiedSigner(_certificate_bytes(entry.rawData), entry.country or "")
        for entry in entries
        if entry.certificateType in {"DSC", None}
    )


def from_card_directory(data: bytes) -> tuple[CardIssuer, ...]:
    """Issuers from a snapshot of the VCI directory of SMART Health Card issuers; raises CredentialError.

    {issuerInfo: [{issuer: {iss, name}, keys: [JWK, ...]}]}.
    """
    directory = json_of(data, _CardDirectory, _DIRECTORY)
    return tuple(CardIssuer(item.issuer.iss, {"keys": item.keys}) for item in directory.issuerInfo)


class _GatewayEntry(msgspec.Struct):
    rawData: str  # noqa: N815 - the directory's own name
    country: str | None = None
    certificateType: str | None = None  # noqa: N815 - the directory's own name


class _Gateway(msgspec.Struct):
    certificates: list[_GatewayEntry]


class _Named(msgspec.Struct):
    iss: str


class _CardDirectoryEntry(msgspec.Struct):
    issuer: _Named
    keys: list[dict[str, Any]]


class _CardDirectory(msgspec.Struct):
    issuerInfo: list[_CardDirectoryEntry]  # noqa: N815 - the directory's own name


def _certificate_bytes(text: str) -> bytes:
    """The bytes in base64; empty where it is not base64, which then fails as a certificate."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
