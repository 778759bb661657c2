"""The envelope of every message between a gate and its centre: versioned, signed, bound to its topic. PURE.

    "GP", version (1 byte), COSE_Sign1 of the payload (edge.signing.cose.sign1)

The topic that a message was published on is part of what is signed (the context), and the device's id is
part of the topic: a message moved to another device, or another use, is a forgery. The version stands in
the clear so that a newer one can be named, and in the context so that it cannot be changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import CredentialError
from edge.signing.cose import sign1
from edge.signing.cose.bounded_cbor import CborLimits
from edge.signing.cose.values import decode_value
from edge.support.decoding import Undecodable

VERSION = 1
_MAGIC = b"GP"
_HEAD = _MAGIC + bytes([VERSION])

MOST_OVERHEAD = 192
"""Upper bound, in bytes, of everything around a payload."""

Keys = Mapping[bytes, bytes]
"""Key id → Ed25519 public key (32 bytes raw): whose signature counts."""


class MessageRefusal(StrEnum):
    """Why a message is refused; stable codes for counters and logs."""

    UNKNOWN_TOPIC = "unknown_topic"
    OTHER_DEVICE = "other_device"
    RETAINED = "retained"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    OTHER_VERSION = "other_version"
    UNREADABLE = "unreadable"
    UNKNOWN_KEY = "unknown_key"
    FORGED = "forged"
    INVALID = "invalid"  # genuine, with impossible content
    OLDER = "older"  # its stamp or counter is not greater than one before
    ALTERED = "altered"  # a journal's rows that do not lead to the hash that is said of them
    UNREACHABLE = "unreachable"  # a journal's rows too far beyond what is stored
    TOO_MANY = "too_many"  # beyond the sender's share; dropped unread
    FAILED = "failed"  # could not be handled now: the same message may be accepted later


class MessageRefused(CredentialError):
    """A message is refused; `refusal` is the stable code."""

    def __init__(self, refusal: MessageRefusal, what: str, *, where: str = "") -> None:
        super().__init__(what, where=where)
        self.refusal = refusal


def keys_of(public_keys: Iterable[bytes]) -> Keys:
    """Raw Ed25519 public keys by their ids."""
    return {sign1.key_id_of(key): key for key in public_keys}


def seal(payload: bytes, topic: str, key: Ed25519PrivateKey) -> bytes:
    """The signed bytes to publish on `topic`."""
    return _HEAD + sign1.sign(payload, key, context=_context(topic))


def unseal(data: bytes, topic: str, keys: Keys, *, most_payload_bytes: int) -> bytes:
    """The payload, verified as signed by one of `keys`, and not parsed; raises MessageRefused."""
    return unseal_signed(data, topic, keys, most_payload_bytes=most_payload_bytes)[0]


def unseal_signed(data: bytes, topic: str, keys: Keys, *, most_payload_bytes: int) -> tuple[bytes, bytes]:
    """The payload as `unseal` gives it, and the id of the key that signed it."""
    message = _parsed(data, topic, most_payload_bytes)
    key = keys.get(message.key_id)
    if key is None:
        raise MessageRefused(
            MessageRefusal.UNKNOWN_KEY,
            f"is signed by a key that is not trusted: {message.key_id.hex()}",
            where=topic,
        )
    try:
        return sign1.verified(message, key, context=_context(topic)), message.key_id
    except sign1.SignatureRefused:
        raise MessageRefused(MessageRefusal.FORGED, "has a wrong signature", where=topic) from None


def claimed_payload(data: bytes, topic: str, *, most_payload_bytes: int) -> bytes:
    """The payload, whoever signed it: for content that carries its own signatures. Raises MessageRefused."""
    return _parsed(data, topic, most_payload_bytes).payload


def _parsed(data: bytes, topic: str, most_payload_bytes: int) -> sign1.SignedMessage:
    if not data:
        raise MessageRefused(MessageRefusal.EMPTY, "is empty", where=topic)
    if len(data) > most_payload_bytes + MOST_OVERHEAD:
        raise MessageRefused(MessageRefusal.TOO_LARGE, f"of {len(data)} bytes is too large", where=topic)
    if data[: len(_MAGIC)] != _MAGIC or len(data) <= len(_HEAD):
        raise MessageRefused(MessageRefusal.UNREADABLE, "not a message of Gatepost", where=topic)
    if data[len(_MAGIC)] != VERSION:
        other = data[len(_MAGIC)]
        raise MessageRefused(
            MessageRefusal.OTHER_VERSION,
            f"is of version {other}, this Gatepost understands version {VERSION}",
            where=topic,
        )
    try:
        return sign1.parse(data[len(_HEAD) :], most_payload_bytes=most_payload_bytes)
    except CredentialError as error:
        raise MessageRefused(MessageRefusal.UNREADABLE, error.what, where=topic) from None


_Message = TypeVar("_Message", bound=msgspec.Struct)


def decode(payload: bytes, kind: type[_Message], limits: CborLimits, *, where: str = "") -> _Message:
    """The `kind` in a payload whose signature was verified; raises MessageRefused (INVALID)."""
    try:
        message: _Message = decode_value(payload, kind, limits)
    except Undecodable as error:
        raise MessageRefused(MessageRefusal.INVALID, f"invalid: {error}", where=where) from None
    return message


def _context(topic: str) -> bytes:
    return f"gatepost wire {VERSION} {topic}".encode()
