"""Reads keys of those who issue certificates: EU document signers (X.509), SMART Health Card issuers (JWK).

Pure: bytes in, values out. A certificate that the library cannot read in full is kept with what is wrong
with it, so that a code signed by it is refused for that reason, not for an unknown key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.x509.oid import NameOID

from edge.credentials.trust import CardIssuerKey, CountryKey, DocumentSigner, Usage
from edge.errors import CredentialError

_USAGES = {
    f"1.3.6.1.4.1.{arc}.{number}": usage
    for arc in ("1847.2021.1", "0.1847.2021.1")
    for number, usage in ((1, Usage.TEST), (2, Usage.VACCINATION), (3, Usage.RECOVERY))
}
"""Extended key usages (EU DCC Technical Specifications, volume 1, annex 1), under the two arcs in use."""

_TRAVEL_DOCUMENTS = "2.23.136."
"""Key usages of the ICAO: such a key signs travel documents and visible digital seals."""


_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for malformed certificates; the errors have no common base."""


def signer_of(certificate: bytes, *, country: str | None = None) -> DocumentSigner:
    """The signer in a DER certificate; raises CredentialError where it is not a certificate.

    `country` (ISO 3166 alpha-2), given by a directory, counts before what the certificate says.
    """
    try:
        parsed = x509.load_der_x509_certificate(certificate)
    except _UNREADABLE as error:
        raise CredentialError(f"not an X.509 certificate: {error}") from None
    key_id = hashlib.sha256(certificate).digest()[:8]
    try:
        key = parsed.public_key()
        usages = _usages(parsed)
        named = parsed.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
        begin, end = parsed.not_valid_before_utc, parsed.not_valid_after_utc
    except _UNREADABLE as error:
        return DocumentSigner(key_id, None, problem=f"a certificate that cannot be read in full: {error}")
    if not isinstance(key, CountryKey):
        return DocumentSigner(key_id, None, problem=f"a key of another kind: {type(key).__name__}")
    return DocumentSigner(
        key_id,
        key,
        country=country or (str(named[0].value) if named else None),
        usages=usages,
        not_before=begin,
        not_after=end,
    )


def _usages(certificate: x509.Certificate) -> frozenset[Usage]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return frozenset()
    names = [oid.dotted_string for oid in extension.value]
    limits = {_USAGES[name] for name in names if name in _USAGES}
    if any(name.startswith(_TRAVEL_DOCUMENTS) for name in names):
        limits.add(Usage.OTHER_DOCUMENTS)
    return frozenset(limits)


def card_keys_of(key_set: Any, *, issuer: str | None = None) -> list[CardIssuerKey]:
    """The P-256 signature keys in a JWK set (RFC 7517, decoded JSON); raises CredentialError.

    They are bound to `issuer`, else to the set's own `issuer` member, else to the URL that a certificate
    of the set names (SMART Health Cards, "Determining keys associated with an issuer"). Every key must be
    named by its own thumbprint (RFC 7638): such a name cannot be taken by another key.
    """
    keys = key_set.get("keys") if isinstance(key_set, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise CredentialError("not a JWK set")
    told = key_set.get("issuer")
    bound_to = issuer or (told if isinstance(told, str) else None) or _certified_issuer(keys)
    return [
        CardIssuerKey(str(key.get("kid")), _p256_key(key), bound_to)
        for key in keys
        if key.get("kty") == "EC" and key.get("crv") == "P-256" and "d" not in key
    ]


def thumbprint(x: str, y: str) -> str:
    """The SHA-256 thumbprint of a P-256 key (RFC 7638), from its coordinates in base64url."""
    canonical = msgspec.json.encode({"crv": "P-256", "kty": "EC", "x": x, "y": y})
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def _p256_key(key: Mapping[str, Any]) -> EllipticCurvePublicKey:
    x, y = key.get("x"), key.get("y")
    if not isinstance(x, str) or not isinstance(y, str) or thumbprint(x, y) != key.get("kid"):
        raise CredentialError("a JWK whose kid is not its thumbprint", where=str(key.get("kid")))
    try:
        numbers = EllipticCurvePublicNumbers(_number(x), _number(y), SECP256R1())
        return numbers.public_key()
    except ValueError:
        raise CredentialError("a JWK that is not a point of P-256", where=str(key.get("kid"))) from None


def _number(text: str) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        raise CredentialError("a JWK with a coordinate that is not base64url") from None


def _certified_issuer(keys: list[dict[str, Any]]) -> str | None:
    for key in keys:
        chain = key.get("x5c")
        if isinstance(chain, list) and chain and isinstance(chain[0], str):
            names = _subject_alternative_urls(chain[0])
            if names:
                return names[0]
    return None


def _subject_alternative_urls(certificate: str) -> list[str]:
    try:
        parsed = x509.load_der_x509_certificate(base64.b64decode(certificate))
        extension = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (*_UNREADABLE, x509.ExtensionNotFound):
        return []
    return extension.value.get_values_for_type(x509.UniformResourceIdentifier)
