"""The own pass: CBOR Web Token claims (RFC 8392) in a COSE_Sign1 message, as text for a QR code.

    GP1:<base45 of 18([{alg: EdDSA, kid}, {}, claims, signature])>

Claims: 1 issuer (the site), 2 subject, 4 expiration, 5 not before, 6 issued at (seconds since 1970),
7 pass id, 8 confirmation key (RFC 8747; dynamic passes only), and -65537 our own map, which leaves out
what has its default: 1 kind (1: visitor), 2 gates, 3 once, 4 face commitment.

Pure. Whether a one-time pass was used, and at which gate it is shown, is judged elsewhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import cbor2
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials import sign1
from edge.credentials.base45_text import decode_base45, encode_base45
from edge.credentials.bounded_cbor import Limits, decode_cbor
from edge.decision.evidence import PassKind
from edge.errors import CredentialError

PREFIX = "GP1:"
"""Says that the rest is an own pass, version 1 of its format."""

MOST_CHARACTERS = 1_200
"""No own pass is longer: the claims below at their largest. What is longer is refused unread."""

PASS_ID_BYTES = 8
COMMITMENT_BYTES = 32
HOLDER_KEY_BYTES = 33
MOST_NAME_CHARACTERS = 64
MOST_GATES = 16

_ISSUER, _SUBJECT, _EXPIRATION, _NOT_BEFORE, _ISSUED_AT, _PASS_ID, _CONFIRMATION = 1, 2, 4, 5, 6, 7, 8
_OWN = -65_537
"""The first claim key that RFC 8392 leaves to private use."""
_KIND, _GATES, _ONCE, _FACE = 1, 2, 3, 4
_VISITOR = 1
_COSE_KEY = 1
_KEY_TYPE, _CURVE, _X, _Y = 1, -1, -2, -3
_EC2, _P256 = 2, 1

_MOST_PAYLOAD_BYTES = 640
LIMITS = Limits(_MOST_PAYLOAD_BYTES, depth=3, items=64)
_LATEST_SECOND = 253_402_300_799
"""The end of the year 9999, beyond which Python has no dates."""


class PassClaims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an own pass says.

    Instants are UTC in whole seconds: `valid_from` inclusive, `valid_until` exclusive, None: open.
    `gates` in sorted order; empty: every gate of the site. `face_commitment` is the SHA-256 of the one
    enrolled template that has to be confirmed at the gate. `holder_key` is a compressed P-256 point
    (33 bytes; SEC 1, section 2.3.3): with it the pass counts only with a fresh proof of that key.
    """

    site: str
    subject_id: str
    pass_id: str
    issued: datetime
    kind: PassKind = PassKind.RESIDENT
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    gates: tuple[str, ...] = ()
    once: bool = False
    face_commitment: bytes | None = None
    holder_key: bytes | None = None

    @property
    def timed(self) -> bool:
        return self.valid_from is not None or self.valid_until is not None


def issue(claims: PassClaims, private_key: Ed25519PrivateKey) -> str:
    """The text of a pass; raises CredentialError for claims that no pass may make."""
    _check(claims)
    return PREFIX + encode_base45(sign1.sign(_encode(claims), private_key))


def take_apart(text: str) -> sign1.SignedMessage:
    """The parts of a pass's text, not yet verified; raises CredentialError for any but the one shape."""
    if not text.startswith(PREFIX):
        raise CredentialError(f"a pass starts with {PREFIX}")
    data = decode_base45(text[len(PREFIX) :], most_characters=MOST_CHARACTERS)
    return sign1.read(data, most_payload_bytes=_MOST_PAYLOAD_BYTES)


def claims_of(payload: bytes) -> PassClaims:
    """The claims in a VERIFIED payload; raises CredentialError unless it is their one encoding."""
    values = decode_cbor(payload, LIMITS)
    try:
        claims = _decode(values)
        _check(claims)
        canonical = _encode(claims)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise CredentialError("claims of a shape that no pass has") from None
    if canonical != payload:
        raise CredentialError("claims that are not in their one encoding")
    return claims


def _encode(claims: PassClaims) -> bytes:
    values: dict[int, Any] = {
        _ISSUER: claims.site,
        _SUBJECT: claims.subject_id,
        _ISSUED_AT: _seconds(claims.issued),
        _PASS_ID: bytes.fromhex(claims.pass_id),
    }
    if claims.valid_until is not None:
        values[_EXPIRATION] = _seconds(claims.valid_until)
    if claims.valid_from is not None:
        values[_NOT_BEFORE] = _seconds(claims.valid_from)
    if claims.holder_key is not None:
        odd = claims.holder_key[0] == 3
        values[_CONFIRMATION] = {
            _COSE_KEY: {_KEY_TYPE: _EC2, _CURVE: _P256, _X: claims.holder_key[1:], _Y: odd}
        }
    own: dict[int, Any] = {}
    if claims.kind is PassKind.VISITOR:
        own[_KIND] = _VISITOR
    if claims.gates:
        own[_GATES] = list(claims.gates)
    if claims.once:
        own[_ONCE] = True
    if claims.face_commitment is not None:
        own[_FACE] = claims.face_commitment
    if own:
        values[_OWN] = own
    return bytes(cbor2.dumps(values, canonical=True))


def _decode(values: Any) -> PassClaims:
    """Takes what belongs there; whatever else there is shows when the claims are encoded again."""
    own = values.get(_OWN, {})
    return PassClaims(
        site=_text(values[_ISSUER]),
        subject_id=_text(values[_SUBJECT]),
        pass_id=values[_PASS_ID].hex(),
        issued=_instant(values[_ISSUED_AT]),
        kind=PassKind.VISITOR if own.get(_KIND) == _VISITOR else PassKind.RESIDENT,
        valid_from=_instant(values[_NOT_BEFORE]) if _NOT_BEFORE in values else None,
        valid_until=_instant(values[_EXPIRATION]) if _EXPIRATION in values else None,
        gates=tuple(_text(gate) for gate in own.get(_GATES, ())),
        once=own.get(_ONCE, False),
        face_commitment=own.get(_FACE),
        holder_key=_holder_key(values[_CONFIRMATION]) if _CONFIRMATION in values else None,
    )


def _holder_key(confirmation: Any) -> bytes:
    key = confirmation[_COSE_KEY]
    x = key[_X]
    if not isinstance(x, bytes):
        raise CredentialError("a holder's key that is no bytes")
    return (b"\x03" if key[_Y] is True else b"\x02") + x


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise CredentialError("a name that is no text")
    return value


def _check(claims: PassClaims) -> None:
    """Raises CredentialError for claims that no pass may make, however well they are signed."""
    for name in (claims.site, claims.subject_id, *claims.gates):
        if not 0 < len(name) <= MOST_NAME_CHARACTERS or not name.isprintable():
            raise CredentialError(
                f"a site, subject or gate has 1 to {MOST_NAME_CHARACTERS} printable characters"
            )
    if len(claims.gates) > MOST_GATES or list(claims.gates) != sorted(set(claims.gates)):
        raise CredentialError(f"the gates are at most {MOST_GATES}, sorted, each named once")
    if len(claims.pass_id) != 2 * PASS_ID_BYTES:
        raise CredentialError(f"a pass id has {PASS_ID_BYTES} bytes")
    if claims.face_commitment is not None and len(claims.face_commitment) != COMMITMENT_BYTES:
        raise CredentialError(f"a face commitment has {COMMITMENT_BYTES} bytes")
    if claims.holder_key is not None and len(claims.holder_key) != HOLDER_KEY_BYTES:
        raise CredentialError(f"a holder's key has {HOLDER_KEY_BYTES} bytes")
    _check_window(claims)


def _check_window(claims: PassClaims) -> None:
    start, end = claims.valid_from, claims.valid_until
    if claims.kind is PassKind.VISITOR and (start is None or end is None):
        raise CredentialError(
            "a visitor's pass says from when until when it holds", remedy="give both ends of its window"
        )
    if start is not None and end is not None and end <= start:
        raise CredentialError("a pass ends after it begins", remedy="give a later end")


def _seconds(instant: datetime) -> int:
    if instant.tzinfo is None or instant.microsecond:
        raise CredentialError("the times of a pass are UTC in whole seconds")
    return int(instant.timestamp())


def _instant(seconds: Any) -> datetime:
    if type(seconds) is not int or not 0 <= seconds <= _LATEST_SECOND:
        raise CredentialError("a time that is no whole number of seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)
