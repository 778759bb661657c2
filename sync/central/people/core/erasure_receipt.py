"""The receipt of an erasure, signed by the centre: who was erased, and which gates hold nothing. PURE."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta

from edge.errors import GatepostError
from edge.signing.cose import CborLimits, Keys, Microseconds, Name, Text
from sync.central.vouching import believed, vouched

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
    return vouched(receipt, key, CONTEXT)


def verified(data: bytes, keys: Keys) -> ErasureReceipt:
    """The receipt in `data`, signed by one of `keys`. Raises ReceiptRefused."""
    what = "the receipt of an erasure"
    return believed(data, ErasureReceipt, keys, CONTEXT, _LIMITS, ReceiptRefused, what)
