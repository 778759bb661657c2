"""The own pass: CBOR Web Token claims (RFC 8392) in a COSE_Sign1 message, as text for a QR code.

    GP1:<base45 of 18([{alg: EdDSA, kid}, {}, claims, signature])>

Claims: 1 issuer (the site), 2 subject, 4 expiration, 5 not before, 6 issued at (seconds since 1970),
7 pass id, 8 confirmation key (RFC 8747; dynamic passes only), and -65537 our own map, which leaves out
what has its default: 1 kind (1: visitor, 2: probe), 2 gates, 3 once, 4 face commitment.

Pure. Whether a one-time pass was used, and at which gate it is shown, is checked elsewhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import cbor2
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials.encodings import LATEST_SECOND, decode_base45, encode_base45, instant_of
from edge.decision import PassKind
from edge.errors import CredentialError
from edge.signing.cose import CborLimits, decode_cbor, sign1

PREFIX = "GP1:"
"""Prefix of an own pass, version 1 of its format."""

MOST_CHARACTERS = 1_200
"""The length of the longest own pass, in characters; longer texts are refused unparsed."""

PASS_ID_BYTES = 8
COMMITMENT_BYTES = 32
HOLDER_KEY_BYTES = 33
MOST_NAME_CHARACTERS = 64
MOST_GATES = 16

_ISSUER, _SUBJECT, _EXPIRATION, _NOT_BEFORE, _ISSUED_AT, _PASS_ID, _CONFIRMATION = 1, 2, 4, 5, 6, 7, 8
_OWN = -65_537
"""The first claim key that RFC 8392 leaves to private use."""
_KIND, _GATES, _ONCE, _FACE = 1, 2, 3, 4
_KINDS = {PassKind.VISITOR: 1, PassKind.PROBE: 2}
_KINDS_BY_NUMBER = {number: kind for kind, number in _KINDS.items()}
_COSE_KEY = 1
_KEY_TYPE, _CURVE, _X, _Y = 1, -1, -2, -3
_EC2, _P256 = 2, 1

_MOST_PAYLOAD_BYTES = 640
LIMITS = CborLimits(_MOST_PAYLOAD_BYTES, depth=3, items=64)


class PassClaims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The claims of an own pass.

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
    """The text of a signed pass; raises CredentialError for claims that a pass may not make."""
    _check(claims)
    return PREFIX + encode_base45(sign1.sign(_encode(claims), private_key))


def parse_pass(text: str) -> sign1.SignedMessage:
    """The message in a pass's text, unverified; raises CredentialError for any other shape."""
    if not text.startswith(PREFIX):
        raise CredentialError(f"a pass starts with {PREFIX}")
    data = decode_base45(text[len(PREFIX) :], most_characters=MOST_CHARACTERS)
    return sign1.parse(data, most_payload_bytes=_MOST_PAYLOAD_BYTES)


def claims_of(payload: bytes) -> PassClaims:
    """The claims in a VERIFIED payload; raises CredentialError for any other encoding of them."""
    claims = _decode(_Claims(decode_cbor(payload, LIMITS)))
    _check(claims)
    if _encode(claims) != payload:
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
    if claims.kind in _KINDS:
        own[_KIND] = _KINDS[claims.kind]
    if claims.gates:
        own[_GATES] = list(claims.gates)
    if claims.once:
        own[_ONCE] = True
    if claims.face_commitment is not None:
        own[_FACE] = claims.face_commitment
    if own:
        values[_OWN] = own
    return bytes(cbor2.dumps(values, canonical=True))


_Kind = TypeVar("_Kind")


class _Claims:
    """A map of claims, read by key and type; raises CredentialError for another type."""

    def __init__(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise CredentialError("claims that are not a map")
        self._values = value

    def get(self, key: int, kind: type[_Kind]) -> _Kind:
        value = self._values.get(key)
        if type(value) is not kind:
            raise CredentialError(f"claim {key} has the wrong type")
        return value

    def find(self, key: int, kind: type[_Kind]) -> _Kind | None:
        return self.get(key, kind) if key in self._values else None

    def map(self, key: int) -> _Claims:
        """The map that is a claim; empty where there is none."""
        return _Claims(self._values.get(key, {}))


def _decode(values: _Claims) -> PassClaims:
    """The known claims; unknown ones are noticed because the claims then encode differently."""
    own, start, end = values.map(_OWN), values.find(_NOT_BEFORE, int), values.find(_EXPIRATION, int)
    return PassClaims(
        site=values.get(_ISSUER, str),
        subject_id=values.get(_SUBJECT, str),
        pass_id=values.get(_PASS_ID, bytes).hex(),
        issued=instant_of(values.get(_ISSUED_AT, int)),
        kind=_KINDS_BY_NUMBER.get(own.find(_KIND, int) or 0, PassKind.RESIDENT),
        valid_from=None if start is None else instant_of(start),
        valid_until=None if end is None else instant_of(end),
        gates=_names(own.find(_GATES, list)),
        once=bool(own.find(_ONCE, bool)),
        face_commitment=own.find(_FACE, bytes),
        holder_key=_holder_key(values.map(_CONFIRMATION).map(_COSE_KEY)),
    )


def _names(gates: list[Any] | None) -> tuple[str, ...]:
    if not all(type(gate) is str for gate in gates or ()):
        raise CredentialError("a gate whose name is not text")
    return tuple(gates or ())


def _holder_key(key: _Claims) -> bytes | None:
    x, odd = key.find(_X, bytes), key.find(_Y, bool)
    return None if x is None else (b"\x03" if odd else b"\x02") + x


def _check(claims: PassClaims) -> None:
    """Raise CredentialError for claims that a pass may not make, even when signed."""
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
    seconds = int(instant.timestamp())
    if not 0 <= seconds <= LATEST_SECOND:
        raise CredentialError("a pass has no times before 1970 or after 9998", remedy="give an earlier end")
    return seconds
