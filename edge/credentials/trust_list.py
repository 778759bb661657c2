"""Signed lists of issuers and of revocations: versioned, with an expiry, and a rule for old ones.

A list is a COSE_Sign1 message (`sign1`) whose context says which kind of list it is, so that neither can
be shown as the other, nor a pass as either. Pure: fetching and storing are others' work.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials import sign1
from edge.credentials.code import Freshness
from edge.credentials.issuers import IssuerKeys, card_keys_of, issuer_keys, signer_of
from edge.credentials.revocation import RevocationDelta
from edge.decision.situation import ClockTrust, WallTime
from edge.errors import CredentialError

MOST_LIST_BYTES = 4 << 20
"""The EU's list had some 300 certificates (about 300 kB), SHC's directory some 1,000 keys (200 kB)."""

_TRUST_CONTEXT = b"gatepost trust list 1"
_REVOCATION_CONTEXT = b"gatepost revocations 1"


class CertifiedSigner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An EU document signer: its certificate (DER) and its country (ISO 3166 alpha-2; empty: as it says)."""

    certificate: bytes
    country: str = ""


class CardIssuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A SMART Health Card issuer: its URL and its key set (RFC 7517)."""

    url: str
    key_set: dict[str, Any]


class TrustList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose certificates count. `version` rises with each list; instants are UTC."""

    version: int
    issued: datetime
    expires: datetime
    signers: tuple[CertifiedSigner, ...] = ()
    card_issuers: tuple[CardIssuer, ...] = ()

    def keys(self) -> IssuerKeys:
        """The keys by their ids; raises CredentialError for what is no certificate or key set."""
        return issuer_keys(
            (signer_of(item.certificate, country=item.country or None) for item in self.signers),
            (key for item in self.card_issuers for key in card_keys_of(item.key_set, issuer=item.url)),
        )


class SignedRevocations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change of the revocations, with the instants of its issue and its expiry (UTC)."""

    issued: datetime
    expires: datetime
    delta: RevocationDelta


def sign_trust_list(contents: TrustList, key: Ed25519PrivateKey) -> bytes:
    return sign1.sign(msgspec.msgpack.encode(contents), key, context=_TRUST_CONTEXT)


def sign_revocations(contents: SignedRevocations, key: Ed25519PrivateKey) -> bytes:
    return sign1.sign(msgspec.msgpack.encode(contents), key, context=_REVOCATION_CONTEXT)


def verify_trust_list(data: bytes, public_key: bytes, wall: WallTime, held_version: int) -> TrustList:
    """The list in `data`; raises CredentialError.

    Refused: another's signature, a list older than the one held (its version says so, whatever the clock
    says), a list that has expired. The list that is held is never refused for its age here: see `freshness`.
    """
    payload = _payload(data, public_key, _TRUST_CONTEXT)
    try:
        contents = msgspec.msgpack.decode(payload, type=TrustList)
    except msgspec.DecodeError as error:
        raise CredentialError(f"not a trust list: {error}") from None
    if contents.version < held_version:
        raise CredentialError(
            f"a trust list of version {contents.version}, held is {held_version}",
            remedy="fetch the current list",
        )
    _check_expiry(contents.expires, wall)
    return contents


def verify_revocations(data: bytes, public_key: bytes, wall: WallTime) -> RevocationDelta:
    """The change in `data`, for `revocation.updated`; raises CredentialError."""
    payload = _payload(data, public_key, _REVOCATION_CONTEXT)
    try:
        contents = msgspec.msgpack.decode(payload, type=SignedRevocations)
    except msgspec.DecodeError as error:
        raise CredentialError(f"not a list of revocations: {error}") from None
    _check_expiry(contents.expires, wall)
    return contents.delta


def _payload(data: bytes, public_key: bytes, context: bytes) -> bytes:
    message = sign1.read(data, most_payload_bytes=MOST_LIST_BYTES)
    return sign1.verified(message, public_key, context=context)


def _check_expiry(expires: datetime, wall: WallTime) -> None:
    """With a clock that cannot be believed a list is taken: its version still guards against old ones."""
    if wall.trust is not ClockTrust.UNTRUSTED and wall.at >= expires:
        raise CredentialError(f"expired on {expires.isoformat()}", remedy="fetch the current list")


class StalenessRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which age (seconds since its issue) a list is how fresh; its expiry degrades it at once."""

    warn_after: int = 2 * 86_400
    degrade_after: int = 7 * 86_400
    close_after: int = 30 * 86_400


def freshness(issued: datetime, expires: datetime, wall: WallTime, rule: StalenessRule) -> Freshness:
    """What the list that is held may still do; an untrusted clock cannot tell, so it degrades."""
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


def from_eu_directory(data: bytes) -> tuple[CertifiedSigner, ...]:
    """Signers from the EU gateway's trust list (`GET /trustList`, JSON); raises CredentialError.

    An array of {kid, country, certificateType, rawData: certificate in base64, ...}. Only document
    signers (`DSC`) are taken; whether the list itself is genuine was for the one who fetched it to check.
    """
    entries = _json(data, list[_GatewayEntry])
    return tuple(
        CertifiedSigner(_certificate_bytes(entry.rawData), entry.country)
        for entry in entries
        if entry.certificateType == "DSC"
    )


def from_card_directory(data: bytes) -> tuple[CardIssuer, ...]:
    """Issuers from a snapshot of the VCI directory of SMART Health Card issuers; raises CredentialError.

    {issuerInfo: [{issuer: {iss, name}, keys: [JWK, ...]}]}.
    """
    directory = _json(data, _CardDirectory)
    return tuple(CardIssuer(item.issuer.iss, {"keys": item.keys}) for item in directory.issuerInfo)


class _GatewayEntry(msgspec.Struct):
    country: str
    certificateType: str  # noqa: N815 - the directory's own name
    rawData: str  # noqa: N815 - the directory's own name


class _Named(msgspec.Struct):
    iss: str


class _CardDirectoryEntry(msgspec.Struct):
    issuer: _Named
    keys: list[dict[str, Any]]


class _CardDirectory(msgspec.Struct):
    issuerInfo: list[_CardDirectoryEntry]  # noqa: N815 - the directory's own name


def _json(data: bytes, shape: Any) -> Any:
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CredentialError(f"not a directory of issuers: {error}") from None


def _certificate_bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise CredentialError("a certificate that is not base64") from None
