"""SMART Health Cards (`shc:/`): digits, JWS with ES256, raw DEFLATE, a W3C credential of FHIR resources.

By spec.smarthealth.cards, version 1.4. A card too large for one code comes in chunks,
`shc:/2/3/…` being the second of three: `assembled` puts them together as frames bring them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature

from edge.credentials.certificates.foreign_cose import WrongKey, WrongSignature, verify_es256
from edge.credentials.code import TIME_REASONS, CodeKind, CodeReading, CodeReason, CodeRefused, CodeTrust
from edge.credentials.encodings import instant_of, json_of
from edge.credentials.trust import CardIssuerKey, Revocations
from edge.credentials.validity import judge_window
from edge.decision import PassVerdict, WallTime
from edge.errors import CredentialError
from edge.signing.cose import encode_value
from edge.support.bounded_inflate import Framing, inflate

PREFIX: Final = "shc:/"

MOST_CHUNKS = 12
MOST_INFLATED_BYTES = 65_536
MOST_DEPTH = 32

_CHUNK = re.compile(r"shc:/(?:([1-9][0-9]?)/([1-9][0-9]?)/)?([0-9]+)", re.ASCII)
_LEAST_ORD = 45
"""Each pair of digits is a character's code less that of the hyphen, the least that a JWS has."""
_CARD_TYPE = "https://smarthealth.cards#health-card"


@dataclass(frozen=True)
class Chunk:
    """Chunk `number` (from 1) of `total`, as digits."""

    number: int
    total: int
    digits: str


def chunk_of(text: str) -> Chunk:
    """The chunk that `text` is; a card in one code is chunk 1 of 1. Raises CredentialError."""
    match = _CHUNK.fullmatch(text)
    if match is None:
        raise CredentialError("not the digits of a SMART Health Card")
    number, total = int(match[1] or 1), int(match[2] or 1)
    if not number <= total <= MOST_CHUNKS:
        raise CredentialError(f"chunk {number} of {total}, at most {MOST_CHUNKS} are accepted")
    return Chunk(number, total, match[3])


def assembled(texts: Iterable[str]) -> tuple[str | None, tuple[int, ...]]:
    """The card in one text, from chunks in any order and number; else None and the missing numbers.

    Texts that are not chunks are skipped. Chunks of different lengths of card, or different chunks with one
    number, are not of one card: then nothing is assembled. (The signature would catch it anyway.)
    """
    chunks = {chunk for text in texts if (chunk := _chunk_or_none(text)) is not None}
    totals = {chunk.total for chunk in chunks}
    if len(totals) != 1:
        return None, ()
    total = totals.pop()
    by_number = {chunk.number: chunk.digits for chunk in chunks}
    if len(by_number) != len(chunks):
        return None, ()
    missing = tuple(number for number in range(1, total + 1) if number not in by_number)
    if missing:
        return None, missing
    return PREFIX + "".join(by_number[number] for number in range(1, total + 1)), ()


def _chunk_or_none(text: str) -> Chunk | None:
    try:
        return chunk_of(text) if text.startswith(PREFIX) else None
    except CredentialError:
        return None


class SmartHealthCard:
    """Reads SMART Health Cards in one text.

    Order: digits, JWS, issuer's key, signature, compression, claims, revocation, clock.
    """

    def recognises(self, text: str) -> bool:
        return text.startswith(PREFIX)

    def parse(self, text: str, trust: CodeTrust, wall: WallTime) -> CodeReading:
        claims: Mapping[str, Any] = {}
        try:
            token = _parse(text)
            keys = trust.issuers.cards.get(token.key_id, ())
            _verify(token, keys)
            card = _card(token)
            claims = card.claims
            _check_issuer(card, keys)
            _check_revocation(card, token.key_id, trust.revocations)
            verdict, detail = judge_window(card.begins, card.ends, wall)
            if verdict is not PassVerdict.GENUINE:
                raise CodeRefused(verdict, TIME_REASONS[verdict], detail)
        except CodeRefused as refused:
            return CodeReading(
                CodeKind.SMART_HEALTH_CARD, refused.verdict, refused.reason, refused.what, claims
            )
        return CodeReading(CodeKind.SMART_HEALTH_CARD, PassVerdict.GENUINE, claims=claims)


@dataclass(frozen=True)
class _Token:
    """A JWS in compact form, NOT yet verified."""

    key_id: str
    signed: bytes
    payload: bytes
    signature: bytes


@dataclass(frozen=True)
class _Card:
    """The claims of a VERIFIED card."""

    issuer: str
    begins: datetime
    ends: datetime | None
    revocation_id: str | None
    claims: Mapping[str, Any]


def _parse(text: str) -> _Token:
    try:
        chunk = chunk_of(text)
    except CredentialError as error:
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.NUMERIC, error.what) from None
    if chunk.total > 1:
        raise CodeRefused(
            PassVerdict.UNREADABLE,
            CodeReason.CHUNK_MISSING,
            f"code {chunk.number} of {chunk.total}: show the others too",
        )
    parts = _jws(chunk.digits).split(".")
    if len(parts) != 3:
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.JWS, "a JWS has three parts")
    header = _json_object(_base64url(parts[0]), CodeReason.JWS)
    key_id = header.get("kid")
    if header.get("alg") != "ES256" or header.get("zip") != "DEF" or not isinstance(key_id, str):
        raise CodeRefused(
            PassVerdict.UNREADABLE, CodeReason.JWS, "a header other than ES256, DEF and a key id"
        )
    signed = f"{parts[0]}.{parts[1]}".encode()
    return _Token(key_id, signed, _base64url(parts[1]), _base64url(parts[2]))


def _jws(digits: str) -> str:
    if len(digits) % 2:
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.NUMERIC, "an odd number of digits")
    codes = [int(digits[place : place + 2]) + _LEAST_ORD for place in range(0, len(digits), 2)]
    if max(codes) > ord("z"):
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.NUMERIC, "digits that encode no character")
    return "".join(map(chr, codes))


def _base64url(text: str) -> bytes:
    """Strict: the one encoding of the bytes, without padding (RFC 7515, section 2)."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.JWS, "not base64url") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.JWS, "base64url with loose ends")
    return data


def _json_object(data: bytes, reason: CodeReason) -> dict[str, Any]:
    if _depth(data) > MOST_DEPTH:
        raise CodeRefused(PassVerdict.UNREADABLE, reason, f"JSON deeper than {MOST_DEPTH} levels")
    try:
        value = json_of(data, Any, "JSON")
    except CredentialError as error:
        raise CodeRefused(PassVerdict.UNREADABLE, reason, error.what) from None
    if not isinstance(value, dict):
        raise CodeRefused(PassVerdict.UNREADABLE, reason, "expected a JSON object")
    return value


def _depth(data: bytes) -> int:
    """An upper bound of the nesting of JSON: brackets in strings count too, which errs on the safe side."""
    depth = deepest = 0
    for opening in re.findall(rb"[\[\]{}]", data):
        depth += 1 if opening in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _verify(token: _Token, keys: tuple[CardIssuerKey, ...]) -> None:
    if not keys:
        raise CodeRefused(PassVerdict.UNTRUSTED_ISSUER, CodeReason.UNKNOWN_KEY, f"key {token.key_id}")
    try:
        # The key id is the key's thumbprint: keys that share it differ in their issuer only.
        verify_es256(keys[0].key, token.signature, token.signed)
    except WrongKey as error:
        raise CodeRefused(PassVerdict.UNTRUSTED_ISSUER, CodeReason.KEY_ALGORITHM, error.what) from None
    except (InvalidSignature, WrongSignature):
        raise CodeRefused(
            PassVerdict.FORGED, CodeReason.SIGNATURE, "the signature is not that of the key it names"
        ) from None


def _inflated(payload: bytes) -> bytes:
    try:
        return inflate(payload, most_bytes=MOST_INFLATED_BYTES, framing=Framing.RAW)
    except CredentialError as error:
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.COMPRESSION, error.what) from None


def _card(token: _Token) -> _Card:
    values = _json_object(_inflated(token.payload), CodeReason.CLAIMS)
    credential = values.get("vc")
    issuer = values.get("iss")
    begins = _instant(values.get("nbf"))
    if not isinstance(credential, dict) or not isinstance(issuer, str) or begins is None:
        raise CodeRefused(
            PassVerdict.UNREADABLE, CodeReason.CLAIMS, "a card has an issuer, a begin and a credential"
        )
    types = credential.get("type")
    if not isinstance(types, list) or _CARD_TYPE not in types:
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.SCHEMA, "a credential that is not a health card")
    revocation_id = credential.get("rid")
    return _Card(
        issuer=issuer,
        begins=begins,
        ends=_instant(values.get("exp")),
        revocation_id=revocation_id if isinstance(revocation_id, str) else None,
        claims=values,
    )


def _check_issuer(card: _Card, keys: tuple[CardIssuerKey, ...]) -> None:
    """Raise CodeRefused unless the key belongs to the card's issuer."""
    if not any(key.issuer in {None, card.issuer} for key in keys):
        raise CodeRefused(
            PassVerdict.UNTRUSTED_ISSUER,
            CodeReason.OTHER_ISSUER,
            f"issued in the name of {card.issuer} with a key of {keys[0].issuer}",
        )


def claims_id(claims: Mapping[str, Any]) -> str:
    """An id for a card, which has none: its claims; the signature can be varied by others."""
    try:
        return encode_value(claims).hex()
    except RecursionError:
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.CLAIMS, "claims nested too deep") from None
    except ValueError as error:
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.CLAIMS, f"claims: {error}") from None


def _check_revocation(card: _Card, key_id: str, revoked: Revocations) -> None:
    """By the issuer's revocation id, and by the card's own claims, as the site revokes it."""
    if card.revocation_id is not None and revoked.revokes_card(key_id, card.revocation_id, card.begins):
        raise CodeRefused(PassVerdict.REVOKED, CodeReason.REVOKED, f"card {card.revocation_id}")
    if claims_id(card.claims) in revoked:
        raise CodeRefused(PassVerdict.REVOKED, CodeReason.REVOKED, "this card")


def _instant(seconds: Any) -> datetime | None:
    try:
        return None if seconds is None else instant_of(seconds)
    except CredentialError as error:
        raise CodeRefused(PassVerdict.UNREADABLE, CodeReason.CLAIMS, error.what) from None
