"""The receipt of an erasure, signed by the centre: who was erased, and which gates hold nothing. PURE."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta

from edge.errors import CredentialError, GatepostError
from edge.signing.cose import CborLimits, Keys, Microseconds, Name, Text, decode_value, encode_value, sign1
from edge.support.decoding import Undecodable

CONTEXT = b"gatepost erasure 1"
MOST_BYTES = 1 << 20
_LIMITS = CborLimits(MOST_BYTES, depth=6, items=100_000)


class ReceiptRefused(GatepostError):
    """Something is no receipt of an erasure, or nobody vouches for it."""


class ErasedFrom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many rows of a table went, or were emptied."""

    table: Name
    rows: Annotated[int, Meta(ge=0)]


class GateErasure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a gate has confirmed, signed in its journal: since `refused_at` it lets the person in no more, at
    `erased_at` they were gone from all of its files, by its event `sequence`. None: not yet.

    `overdue`: it has not confirmed within the bound.
    """

    device: Name
    refused_at: Microseconds | None = None
    erased_at: Microseconds | None = None
    sequence: Annotated[int, Meta(ge=0)] | None = None
    overdue: bool = False


class ErasureReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the centre says at `at` of an erasure at `erased_at`. `remains` says what is kept, and why."""

    reference: Name
    site: Name
    subject: Name
    actor: Name
    erased_at: Microseconds
    at: Microseconds
    erased: tuple[ErasedFrom, ...]
    gates: tuple[GateErasure, ...]
    remains: tuple[Text, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every gate has confirmed that it holds nothing of the person."""
        return all(gate.erased_at is not None for gate in self.gates)


def signed(receipt: ErasureReceipt, key: Ed25519PrivateKey) -> bytes:
    """The receipt as COSE Sign1 by central's `key`."""
    return sign1.sign(encode_value(receipt), key, context=CONTEXT)


def verified(data: bytes, keys: Keys) -> ErasureReceipt:
    """The receipt in `data`, signed by one of `keys`. Raises ReceiptRefused."""
    try:
        message = sign1.parse(data, most_payload_bytes=MOST_BYTES)
        public = keys.get(message.key_id)
        if public is None:
            raise ReceiptRefused(
                f"is signed by the key {message.key_id.hex()}, which is not among those given",
                remedy="--key with the public key of the centre that made it (central.pub)",
            )
        payload = sign1.verified(message, public, context=CONTEXT)
        receipt: ErasureReceipt = decode_value(payload, ErasureReceipt, _LIMITS, "receipt")
    except (CredentialError, Undecodable) as error:
        raise ReceiptRefused(f"is not the receipt of an erasure: {error}") from None
    return receipt
