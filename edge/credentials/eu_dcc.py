"""EU Digital COVID Certificates (`HC1:`): base45, zlib, COSE_Sign1, CWT, the certificate.

By the eHealth Network's Technical Specifications for EU Digital COVID Certificates, volumes 1 to 5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from edge.credentials.base45_text import decode_base45
from edge.credentials.bounded_cbor import Limits
from edge.credentials.bounded_inflate import Framing, inflate
from edge.credentials.code import TIME_REASONS, CodeKind, CodeReading, CodeReason, CodeRefused, CodeTrust
from edge.credentials.dcc_schema import HealthCertificate, certificate_of
from edge.credentials.foreign_cose import (
    ForeignMessage,
    WrongKey,
    WrongSignature,
    cbor_map,
    read_foreign,
    verify_foreign,
)
from edge.credentials.issuers import DocumentSigner
from edge.credentials.reading import judge_window
from edge.credentials.revocation import Revocations
from edge.decision.evidence import PassVerdict
from edge.decision.situation import WallTime
from edge.errors import CredentialError

PREFIX: Final = "HC1:"

MOST_INFLATED_BYTES = 16_384
"""A certificate has some 300 to 600 bytes; beyond this it is something else."""

_ISSUER, _EXPIRATION, _ISSUED_AT, _HEALTH = 1, 4, 6, -260
_CERTIFICATE = 1
_PAYLOAD = Limits(MOST_INFLATED_BYTES, depth=9, items=1_024, tags=frozenset({0}), deterministic=False)
"""Tag 0 (a date as text) stands in the certificates of some countries."""

_LATEST_SECOND = 253_370_764_800
"""The first second of the year 9999: Python has no dates beyond that year."""

_Result = TypeVar("_Result")


class EuDcc:
    """Reads EU Digital COVID Certificates.

    Order: base45, compression, COSE, issuer's key, signature, claims, country, key usage, schema,
    revocation, clock.
    """

    def recognises(self, text: str) -> bool:
        return text.startswith(PREFIX)

    def read(self, text: str, trust: CodeTrust, wall: WallTime) -> CodeReading:
        claims: Mapping[str, Any] = {}
        try:
            message = _unwrapped(text)
            signer = _verified(message, trust.issuers.signers.get(message.key_id or b"", ()))
            token = _Token(message.payload)
            claims = token.described()
            _check_country(token, signer)
            certificate = _part(CodeReason.SCHEMA, lambda: certificate_of(token.certificate))
            _check_usage(certificate, signer)
            _check_birth(certificate, token)
            _check_revocation(certificate, trust.revocations)
            _check_time(token, wall)
        except CodeRefused as refused:
            return CodeReading(CodeKind.EU_DCC, refused.verdict, refused.reason, refused.what, claims)
        return CodeReading(CodeKind.EU_DCC, PassVerdict.GENUINE, claims=claims)


class _Token:
    """The claims of a VERIFIED CBOR Web Token."""

    def __init__(self, payload: bytes) -> None:
        values = _part(CodeReason.CBOR, lambda: cbor_map(payload, _PAYLOAD))
        health = values.get(_HEALTH)
        if not isinstance(health, dict) or not isinstance(health.get(_CERTIFICATE), dict):
            raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.CLAIMS, "a token without a certificate")
        self.certificate: dict[Any, Any] = health[_CERTIFICATE]
        issuer = values.get(_ISSUER)
        self.country = issuer if isinstance(issuer, str) else None
        self.issued = _instant(values.get(_ISSUED_AT))
        self.expires = _instant(values.get(_EXPIRATION))

    def described(self) -> dict[str, Any]:
        """What is signed, as plain JSON values."""
        values = {
            "issuer": self.country,
            "issued": self.issued,
            "expires": self.expires,
            "certificate": self.certificate,
        }
        try:
            plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(values))
        except (ValueError, OverflowError) as error:
            # A number that JSON's readers cannot hold.
            raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.CLAIMS, str(error)) from None
        return plain


def _part(reason: CodeReason, step: Callable[[], _Result]) -> _Result:
    """The result of one step; where it fails the code is unreadable, for `reason`."""
    try:
        return step()
    except CodeRefused:
        raise
    except CredentialError as error:
        raise CodeRefused(PassVerdict.UNREADABLE, reason, error.what) from None


def _unwrapped(text: str) -> ForeignMessage:
    compressed = _part(
        CodeReason.BASE45, lambda: decode_base45(text[len(PREFIX) :], most_characters=len(text))
    )
    signed = _part(
        CodeReason.COMPRESSION,
        lambda: inflate(compressed, most_bytes=MOST_INFLATED_BYTES, framing=Framing.ZLIB),
    )
    return _part(CodeReason.COSE, lambda: read_foreign(signed))


def _verified(message: ForeignMessage, signers: tuple[DocumentSigner, ...]) -> DocumentSigner:
    """Which of the signers that share the key id signed `message`."""
    name = message.key_id.hex() if message.key_id else "none"
    problem = CodeRefused(PassVerdict.UNTRUSTED_ISSUER, CodeReason.UNKNOWN_KEY, f"key {name}")
    for signer in signers:
        if signer.key is None:
            problem = CodeRefused(
                PassVerdict.UNTRUSTED_ISSUER, CodeReason.UNREADABLE_KEY, f"key {name}: {signer.problem}"
            )
            continue
        try:
            verify_foreign(message, signer.key)
        except WrongKey as error:
            problem = CodeRefused(PassVerdict.UNTRUSTED_ISSUER, CodeReason.KEY_ALGORITHM, error.what)
        except WrongSignature as error:
            problem = CodeRefused(PassVerdict.FORGED, CodeReason.SIGNATURE, error.what)
        else:
            return signer
    raise problem


def _check_country(token: _Token, signer: DocumentSigner) -> None:
    """A country's key signs for that country only."""
    if signer.country is not None and token.country is not None and signer.country != token.country:
        raise CodeRefused(
            PassVerdict.UNTRUSTED_ISSUER,
            CodeReason.ISSUER_COUNTRY,
            f"issued in the name of {token.country} with a key of {signer.country}",
        )


def _check_usage(certificate: HealthCertificate, signer: DocumentSigner) -> None:
    if signer.usages and certificate.usage not in signer.usages:
        raise CodeRefused(
            PassVerdict.UNTRUSTED_ISSUER,
            CodeReason.KEY_USAGE,
            f"the key signs {', '.join(sorted(usage.name.lower() for usage in signer.usages))}, "
            f"not {certificate.usage.name.lower()}",
        )


def _check_birth(certificate: HealthCertificate, token: _Token) -> None:
    """Nobody is born after their certificate has run out."""
    if token.expires is not None and certificate.dob[:10] > token.expires.date().isoformat():
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.SCHEMA, f"born {certificate.dob}")


def _check_revocation(certificate: HealthCertificate, revoked: Revocations) -> None:
    for entry in certificate.entries:
        if entry.ci in revoked or entry.co + entry.ci in revoked:
            raise CodeRefused(PassVerdict.REVOKED, CodeReason.REVOKED, f"certificate {entry.ci}")


def _check_time(token: _Token, wall: WallTime) -> None:
    """A token holds up to and with its expiration ("reject after"; volume 1, section 3.3.1)."""
    end = None if token.expires is None else token.expires + timedelta(seconds=1)
    verdict, detail = judge_window(token.issued, end, wall)
    if verdict is not PassVerdict.GENUINE:
        raise CodeRefused(verdict, TIME_REASONS[verdict], detail)


def _instant(seconds: Any) -> datetime | None:
    """A NumericDate (RFC 8392), which may be a floating point number; None where there is none."""
    if seconds is None:
        return None
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 <= seconds <= _LATEST_SECOND
    ):
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.CLAIMS, "a time that is none")
    return datetime.fromtimestamp(seconds, UTC)
