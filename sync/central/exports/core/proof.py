"""The proof of an export: what it covers, signed by the centre. PURE.

For each journal of each device it names the range of sequences that the export covers, the hash of the event
before it and of the last one, and what the gate itself declared lost within. A gate's hashes link each event
to the one before (edge.journal.format.chain), so two hashes fix everything between them.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta

from edge.errors import CredentialError, GatepostError
from edge.signing.cose import (
    CborLimits,
    Digest,
    EpochId,
    Keys,
    Microseconds,
    Name,
    Names,
    Sequence,
    Text,
    decode_value,
    encode_value,
    sign1,
)
from edge.support.decoding import Undecodable
from sync.central.exports.core.columns import CellKind, Column
from sync.central.vouching import believed, vouched

PROOF_CONTEXT = b"gatepost export 1"
REPORT = "report"
"""What an export is that holds figures (sync.central.reports): its rows are of no journal alone."""
MOST_PROOF_BYTES = 64 * 1024 * 1024
_LIMITS = CborLimits(MOST_PROOF_BYTES, depth=6, items=8_000_000)


class ProofRefused(GatepostError):
    """A proof that is none, or not by a key that counts; or a file that is not the one it proves."""


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sequences from `first` to `last`, both included."""

    first: Sequence
    last: Sequence


class Covered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A journal that the export covers from sequence `first` to `last`, with `rows` of it.

    `before` is the hash of the event before `first` (zeros for the beginning of the epoch), `hash` that of
    `last`. `lost` are the ranges within that the gate declared lost, `broken` the sequences that do not
    follow the one before, as the gate itself says. `beyond` is how many events lie behind a gap: central has
    them, and they count as covered only once the gap is filled.
    """

    site: Name
    device: Name
    gate: Name
    epoch: EpochId
    first: Sequence
    last: Sequence
    before: Digest
    hash: Digest
    rows: Sequence
    lost: Annotated[tuple[Range, ...], Meta(max_length=100_000)] = ()
    broken: Annotated[tuple[Sequence, ...], Meta(max_length=100_000)] = ()
    beyond: Sequence = 0


class Paper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that shows the rows for people to read: it is checked whole, by its SHA-256. `kind` is how its
    name ends.
    """

    kind: Name
    digest: Digest


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the centre signs about an export of `what`, made at `made` for `actor`.

    It holds what gates wrote from `since` until `until` (by their clocks; None: no limit), in the places
    `places` (empty: everywhere). `columns` are name:kind; `digest` is that of all `rows`
    (sync.central.exports.core.columns). `silent` are the devices in those places of which nothing is covered,
    `papers` show the same rows.
    """

    what: Name
    made: Microseconds
    actor: Name
    columns: Names
    rows: Sequence
    digest: Digest
    covered: Annotated[tuple[Covered, ...], Meta(max_length=1_000_000)]
    since: Microseconds | None = None
    until: Microseconds | None = None
    places: Annotated[tuple[Text, ...], Meta(max_length=10_000)] = ()
    silent: Annotated[tuple[Name, ...], Meta(max_length=1_000_000)] = ()
    papers: Annotated[tuple[Paper, ...], Meta(max_length=16)] = ()


def signed(proof: Proof, key: Ed25519PrivateKey) -> bytes:
    """The proof as COSE Sign1 by central's `key`."""
    return vouched(proof, key, PROOF_CONTEXT)


def root_of(proof: Proof) -> bytes:
    """The hash that stands for the whole export: SHA-256 of the proof, which holds the digest of the rows."""
    return hashlib.sha256(encode_value(proof)).digest()


def verified(data: bytes, keys: Keys) -> Proof:
    """The proof in `data`, signed by one of `keys`. Raises ProofRefused."""
    return believed(data, Proof, keys, PROOF_CONTEXT, _LIMITS, ProofRefused, "a proof of an export")


def said_in(data: bytes) -> Proof:
    """The proof in `data`, which the centre itself has kept: whose signature it has is not looked at. Raises
    ProofRefused.
    """
    try:
        payload = sign1.parse(data, most_payload_bytes=_LIMITS.size).payload
        said: Proof = decode_value(payload, Proof, _LIMITS)
    except (CredentialError, Undecodable) as error:
        raise ProofRefused(f"is not a proof of an export: {error}") from None
    return said


def columns_of(proof: Proof) -> tuple[Column, ...]:
    """The columns that a proof names. Raises ProofRefused."""
    try:
        pairs = [item.rpartition(":") for item in proof.columns]
        return tuple(Column(name, CellKind(kind)) for name, _, kind in pairs)
    except ValueError as error:
        raise ProofRefused(f"names a column that is none: {error}") from None
