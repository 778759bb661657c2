"""COSE_Sign1 and COSE_Sign (RFC 9052) with Ed25519 in the one shape that Gatepost accepts, the envelope of
every message, bounded CBOR. PURE.
"""

from edge.signing.cose import multisig, sign1
from edge.signing.cose.bounded_cbor import CborLimits, decode_cbor
from edge.signing.cose.closed_values import closed_decoder
from edge.signing.cose.envelope import VERSION as PROTOCOL_VERSION
from edge.signing.cose.envelope import (
    Keys,
    MessageRefusal,
    MessageRefused,
    claimed_payload,
    decode,
    keys_of,
    seal,
    unseal,
    unseal_signed,
)
from edge.signing.cose.fields import (
    LATEST,
    NO_STAMP,
    Digest,
    EpochId,
    Instant,
    KeyId,
    Microseconds,
    Name,
    Names,
    NameSet,
    Nonce,
    Offset,
    PublicKey,
    Seconds,
    Sequence,
    ShortText,
    Stamp,
    Text,
    Version,
)
from edge.signing.cose.scalars import double_bytes, double_of, instant, microseconds
from edge.signing.cose.sign1 import key_id_of
from edge.signing.cose.topics import downward, is_upward, upward
from edge.signing.cose.values import decode_value, encode_value, known_decoder, readable_value, value_decoder

__all__ = [
    "LATEST",
    "NO_STAMP",
    "PROTOCOL_VERSION",
    "CborLimits",
    "Digest",
    "EpochId",
    "Instant",
    "KeyId",
    "Keys",
    "MessageRefusal",
    "MessageRefused",
    "Microseconds",
    "Name",
    "NameSet",
    "Names",
    "Nonce",
    "Offset",
    "PublicKey",
    "Seconds",
    "Sequence",
    "ShortText",
    "Stamp",
    "Text",
    "Version",
    "claimed_payload",
    "closed_decoder",
    "decode",
    "decode_cbor",
    "decode_value",
    "double_bytes",
    "double_of",
    "downward",
    "encode_value",
    "instant",
    "is_upward",
    "key_id_of",
    "keys_of",
    "known_decoder",
    "microseconds",
    "multisig",
    "readable_value",
    "seal",
    "sign1",
    "unseal",
    "unseal_signed",
    "upward",
    "value_decoder",
]
