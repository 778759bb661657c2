"""passes.json: own passes as text, with their claims, and those that are refused.

The text in a QR code. The COSE_Sign1 in it is signed with an empty `external_aad`. `refused`: nobody's
pass, whoever signed it; the genuine key signed all of them but the last two.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import cbor2

from edge.credentials.encodings.base45_text import decode_base45, encode_base45
from edge.credentials.own_pass.own_pass import PassClaims, issue
from edge.decision import PassKind
from edge.signing.cose import sign1
from tests.protocol.vectors.notation import about, decoded, key, public, secret

_KEY = 8
_AT = datetime(2026, 3, 3, tzinfo=UTC)
_RESIDENT = PassClaims("green-court", "li-na", "0011223344556677", _AT)
_VISITOR = PassClaims(
    "green-court",
    "visitor:0011223344556678",
    "0011223344556678",
    _AT,
    kind=PassKind.VISITOR,
    valid_from=_AT,
    valid_until=_AT.replace(hour=12),
    gates=("east", "main"),
    once=True,
    face_commitment=bytes(range(32)),
)
_PLAIN: dict[Any, Any] = {1: "green-court", 2: "li-na", 6: 1_772_496_000, 7: bytes(8)}


def vectors() -> dict[str, Any]:
    return {
        "about": about(sys.modules[__name__]),
        "secret": secret(_KEY),
        "public": public(_KEY).hex(),
        "passes": [_pass("a resident's", _RESIDENT), _pass("a visitor's, with all that there is", _VISITOR)],
        "refused": [{"name": name, "text": text} for name, text in _refused().items()],
    }


def _pass(name: str, claims: PassClaims) -> dict[str, Any]:
    text = issue(claims, key(_KEY))
    message = decode_base45(text.removeprefix("GP1:"), most_characters=1200)
    payload = cbor2.loads(message).value[2]
    return {
        "name": name,
        "text": text,
        "message": message.hex(),
        "payload": payload.hex(),
        "claims": decoded(payload),
    }


def _refused() -> dict[str, str]:
    def signed(claims: Any, *, by: int = _KEY, context: bytes = b"") -> str:
        data = claims if isinstance(claims, bytes) else cbor2.dumps(claims, canonical=True)
        return "GP1:" + encode_base45(sign1.sign(data, key(by), context=context))

    good = issue(_RESIDENT, key(_KEY))
    return {
        "no prefix": good.removeprefix("GP1:"),
        "a claim more": signed(_PLAIN | {10: 1}),
        "no issuer": signed({name: value for name, value in _PLAIN.items() if name != 1}),
        "a subject without a character": signed(_PLAIN | {2: ""}),
        "seconds as text": signed(_PLAIN | {6: "1772496000"}),
        "keys out of order": signed(b"\xa2\x02\x61\x61\x01\x61\x62"),
        "a default that is written": signed(_PLAIN | {-65537: {3: False}}),
        "gates out of order": signed(_PLAIN | {-65537: {2: ["main", "east"]}}),
        "17 gates": signed(_PLAIN | {-65537: {2: [f"gate-{number:02}" for number in range(17)]}}),
        "signed for another use": signed(_PLAIN, context=b"gatepost manifest 1"),
        "signed by another key": signed(_PLAIN, by=_KEY + 1),
    }
