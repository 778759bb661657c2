"""The own pass on a phone: the pass carries the holder's public key, the phone adds a fresh proof.

    GPD1:<base45 of time (5 bytes) ‖ signature (64 bytes) ‖ pass (the COSE_Sign1 message)>

The holder's key signs "Gatepost proof 1", a zero byte, the time (seconds since 1970, big-endian) and the
pass, with ECDSA on P-256 and SHA-256: what WebCrypto offers on every phone, with a key that no script can
read. Of the two values of s that make a valid signature only the lower counts, so that nobody can make
another code of one that they saw.

What this stops: screenshots, forwarded pictures, a code photographed earlier. What it does not stop: a
code sent on within the window, or a phone handed over; the anti-passback rule and a face are for those.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from edge.credentials.encodings import decode_base45, encode_base45, instant_of
from edge.credentials.own_pass import own_pass
from edge.errors import CredentialError

PREFIX: Final = "GPD1:"
KEY_PREFIX: Final = "GPK1:"
"""Prefix of the holder's public key (33 bytes, base45) in the code that a phone shows to enrol it."""

_CONTEXT = b"Gatepost proof 1\x00"
_TIME_BYTES = 5
_SIGNATURE_BYTES = 64
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256 (SEC 2, section 2.4.2)."""


@dataclass(frozen=True)
class ParsedDynamicPass:
    """A parsed dynamic pass, NOT yet verified. `pass_text` is the pass in its own text form."""

    pass_text: str
    made: datetime
    signature: bytes
    signed: bytes


def parse_dynamic_pass(text: str) -> ParsedDynamicPass:
    """The dynamic pass in `text`, unverified; raises CredentialError."""
    if not text.startswith(PREFIX):
        raise CredentialError(f"a dynamic pass starts with {PREFIX}")
    data = decode_base45(text[len(PREFIX) :], most_characters=own_pass.MOST_CHARACTERS)
    start = _TIME_BYTES + _SIGNATURE_BYTES
    if len(data) <= start:
        raise CredentialError("a dynamic pass that is cut off")
    seconds, signature, message = data[:_TIME_BYTES], data[_TIME_BYTES:start], data[start:]
    made = instant_of(int.from_bytes(seconds))
    pass_text = own_pass.PREFIX + encode_base45(message)
    return ParsedDynamicPass(pass_text, made, signature, _CONTEXT + seconds + message)


def proves(proof: ParsedDynamicPass, holder_key: bytes) -> bool:
    """Whether `holder_key` (compressed P-256 point, 33 bytes) made `proof`."""
    half = _SIGNATURE_BYTES // 2
    r, s = int.from_bytes(proof.signature[:half]), int.from_bytes(proof.signature[half:])
    if s > _ORDER // 2:
        return False
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), holder_key)
        key.verify(encode_dss_signature(r, s), proof.signed, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def fresh(made: datetime, now: datetime, window: timedelta) -> bool:
    """Whether a proof made at `made` still counts: phones may be behind, and ahead, by `window`."""
    return abs(now - made) <= window


def prove(pass_text: str, made: datetime, holder: ec.EllipticCurvePrivateKey) -> str:
    """The dynamic pass that a phone would show at `made`: for tests, and for phones without a browser."""
    message = decode_base45(pass_text.removeprefix(own_pass.PREFIX), most_characters=own_pass.MOST_CHARACTERS)
    seconds = int(made.timestamp()).to_bytes(_TIME_BYTES)
    r, s = decode_dss_signature(holder.sign(_CONTEXT + seconds + message, ec.ECDSA(hashes.SHA256())))
    half = _SIGNATURE_BYTES // 2
    return PREFIX + encode_base45(seconds + r.to_bytes(half) + min(s, _ORDER - s).to_bytes(half) + message)


def holder_key_of(text: str) -> bytes:
    """The public key in the text that a phone shows to be enrolled; raises CredentialError."""
    if not text.startswith(KEY_PREFIX):
        raise CredentialError(
            f"a holder's key starts with {KEY_PREFIX}",
            remedy="open the pass page on the phone and scan its code",
        )
    data = decode_base45(text[len(KEY_PREFIX) :], most_characters=64)
    if len(data) != own_pass.HOLDER_KEY_BYTES:
        raise CredentialError(f"a holder's key has {own_pass.HOLDER_KEY_BYTES} bytes")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)
    except ValueError:
        raise CredentialError("a holder's key that is not a point of P-256") from None
    return data
