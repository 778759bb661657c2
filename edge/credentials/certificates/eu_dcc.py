"""EU Digital COVID Certificates (`HC1:`): base45, zlib, COSE_Sign1, CWT, the certificate.

By the eHealth Network's Technical Specifications for EU Digital COVID Certificates, volumes 1 to 5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from edge.credentials.certificates.foreign_cose import (
    ForeignMessage,
    WrongKey,
    WrongSignature,
    cbor_map,
    parse_foreign,
    verify_foreign,
)
from edge.credentials.certificates.uvci import spelled_alike
from edge.credentials.code import TIME_REASONS, CodeKind, CodeReading, CodeReason, CodeRefused, CodeTrust
from edge.credentials.encodings import decode_base45, instant_of, json_of
from edge.credentials.health import HealthCertificate, certificate_of
from edge.credentials.trust import DocumentSigner, Revocations
from edge.credentials.validity import judge_window
from edge.decision import ClockTrust, PassVerdict, WallTime
from edge.errors import CredentialError
from edge.signing.cose import CborLimits
from edge.support.bounded_inflate import Framing, inflate

PREFIX: Final = "HC1:"

MOST_INFLATED_BYTES = 16_384
"""Upper bound in bytes: a certificate has some 300 to 600."""

ISSUED_AHEAD: Final = timedelta(days=30)
"""How far the time of issue may be ahead of the clock: it tells when a token was made, not when it begins.

The EU's valid specimens are up to 16 days ahead of their own clock, the invalid one two years. The site's
rules judge the days and hours in a certificate, and let nothing count in advance.
"""

_ISSUER, _EXPIRATION, _ISSUED_AT, _HEALTH = 1, 4, 6, -260
_CERTIFICATE = 1
_ALSO_KNOWN_AS = {"EL": "GR", "UK": "GB"}
_PAYLOAD = CborLimits(MOST_INFLATED_BYTES, depth=9, items=1_024, ignored=frozenset({0}), deterministic=False)
"""Some countries put tag 0 (a date and time as text) before any kind of date."""

_Result = TypeVar("_Result")


class EuDcc:
    """Reads EU Digital COVID Certificates.

    Order: base45, compression, COSE, issuer's key, signature, claims, country, the key's time, schema, key
    usage, revocation, clock.
    """

    def recognises(self, text: str) -> bool:
        return text.startswith(PREFIX)

    def parse(self, text: str, trust: CodeTrust, wall: WallTime) -> CodeReading:
        claims: Mapping[str, Any] = {}
        try:
            message = _unwrapped(text)
            signer = _verified(message, trust.issuers.signers.get(message.key_id or b"", ()))
            token = _Token(message.payload)
            claims = token.described()
            _check_country(token, signer)
            _check_signed_in_time(token, signer, wall)
            certificate = _part(CodeReason.SCHEMA, lambda: certificate_of(token.certificate))
            _check_usage(certificate, signer)
            _check_birth(certificate, token)
            _check_revocation(certificate, signer, trust.revocations)
            _check_time(token, wall)
        except CodeRefused as refused:
            return CodeReading(CodeKind.EU_DCC, refused.verdict, refused.reason, refused.what, claims)
        return CodeReading(
            CodeKind.EU_DCC,
            PassVerdict.GENUINE,
            claims=claims,
            certificate=certificate,
            issuer=country_of(signer.country) if signer.country else signer.key_id.hex(),
        )


class _Token:
    """The claims of a VERIFIED CBOR Web Token."""

    def __init__(self, payload: bytes) -> None:
        values = _part(CodeReason.CBOR, lambda: cbor_map(payload, _PAYLOAD))
        health = values.get(_HEALTH)
        if not isinstance(health, dict) or not isinstance(health.get(_CERTIFICATE), dict):
            raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.CLAIMS, "a token without a certificate")
        self.certificate: dict[Any, Any] = health[_CERTIFICATE]
        issuer = values.get(_ISSUER)
        self.country = issuer.strip() if isinstance(issuer, str) else None
        self.issued = _instant(values.get(_ISSUED_AT))
        self.expires = _instant(values.get(_EXPIRATION))

    def described(self) -> dict[str, Any]:
        """The signed claims, as plain JSON values."""
        values = {
            "issuer": self.country,
            "issued": self.issued,
            "expires": self.expires,
            "certificate": self.certificate,
        }
        try:
            plain: dict[str, Any] = json_of(msgspec.json.encode(values), dict, "a certificate")
        except (ValueError, OverflowError, CredentialError) as error:
            # A number that JSON's readers cannot hold.
            raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.CLAIMS, str(error)) from None
        return plain


def _part(reason: CodeReason, step: Callable[[], _Result]) -> _Result:
    """The result of `step`; raises CodeRefused (unreadable, `reason`) where it fails."""
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
    return _part(CodeReason.COSE, lambda: parse_foreign(signed))


def _verified(message: ForeignMessage, signers: tuple[DocumentSigner, ...]) -> DocumentSigner:
    """The signer, among those that share the key id, who signed `message`; raises CodeRefused."""
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


def country_of(name: str) -> str:
    """The ISO 3166 code of a country for which the EU uses two."""
    return _ALSO_KNOWN_AS.get(name.upper(), name.upper())


def _check_country(token: _Token, signer: DocumentSigner) -> None:
    """A country's key signs for that country only; an authority's name may follow its own ("CH BAG")."""
    if not token.country or signer.country is None:
        return
    if country_of(token.country.split()[0]) != country_of(signer.country):
        raise CodeRefused(
            PassVerdict.UNTRUSTED_ISSUER,
            CodeReason.ISSUER_COUNTRY,
            f"issued in the name of {token.country} with a key of {signer.country}",
        )


def _check_signed_in_time(token: _Token, signer: DocumentSigner, wall: WallTime) -> None:
    """Raise CodeRefused where the key's certificate ended before the token's issue (missing: now).

    A time before the certificate's begin is accepted: some countries kept the times of earlier signatures.
    """
    if signer.not_after is None:
        return
    if token.issued is None and wall.trust is ClockTrust.UNTRUSTED:
        raise CodeRefused(
            PassVerdict.CLOCK_UNSURE, CodeReason.CLOCK, "no time of issue, and an untrusted clock"
        )
    if (token.issued or wall.at) > signer.not_after:
        raise CodeRefused(
            PassVerdict.UNTRUSTED_ISSUER,
            CodeReason.KEY_VALIDITY,
            f"signed with a key whose time ended on {signer.not_after:%Y-%m-%d}",
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
    """Raise CodeRefused for a date of birth after the certificate's end."""
    born = certificate.dob
    if token.expires is not None and born is not None and born.first > token.expires.date():
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.SCHEMA, "the date of birth is after its end")


def _check_revocation(certificate: HealthCertificate, signer: DocumentSigner, revoked: Revocations) -> None:
    """Raise CodeRefused for a revoked id, in any spelling, alone or after a country's code."""
    countries = {"", signer.country or ""}
    for entry in certificate.entries:
        spellings = {entry.ci, spelled_alike(entry.ci)}
        named = (country + name for country in countries | {entry.co} for name in spellings)
        if any(name in revoked for name in named):
            raise CodeRefused(PassVerdict.REVOKED, CodeReason.REVOKED, f"certificate {entry.ci}")


def _check_time(token: _Token, wall: WallTime) -> None:
    """Raise CodeRefused outside its validity; the expiration is inclusive (volume 1, section 3.3.1)."""
    begin = None if token.issued is None else token.issued - ISSUED_AHEAD
    end = None if token.expires is None else token.expires + timedelta(seconds=1)
    verdict, detail = judge_window(begin, end, wall)
    if verdict is PassVerdict.NOT_YET_VALID:
        detail = f"issued on {token.issued:%Y-%m-%d}, which is yet to come"
    if verdict is not PassVerdict.GENUINE:
        raise CodeRefused(verdict, TIME_REASONS[verdict], detail)


def _instant(seconds: Any) -> datetime | None:
    """The instant of a NumericDate; None where there is none."""
    return None if seconds is None else _part(CodeReason.CLAIMS, lambda: instant_of(seconds))
