"""The root of trust: which keys may sign what, signed by several keys that are kept offline. PURE.

After The Update Framework: a root names the keys of each role and the keys and threshold of the next root.
Roots make a chain from 1. Root 1 is signed by the anchor that a gate was installed with; each next one by
the threshold of the root before it AND by its own. Anyone who missed any number of them walks the chain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.errors import CredentialError
from edge.registry.format.framing import joined, split
from edge.registry.format.refusal import BundleRefusal, BundleRefused
from edge.signing.cose import (
    CborLimits,
    Instant,
    Names,
    PublicKey,
    Version,
    decode_value,
    encode_value,
    multisig,
)
from edge.support.decoding import Undecodable

ROOT_CONTEXT = b"gatepost root 1"
MOST_ROOT_BYTES = 8 * 1024
MOST_CHAIN_BYTES = 64 * 1024
"""Some ninety rotations of the usual five keys."""
_LIMITS = CborLimits(MOST_ROOT_BYTES, depth=3, items=512)
_Keys = Annotated[tuple[PublicKey, ...], Meta(max_length=64)]


class Root(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which keys (raw Ed25519) may sign what until `expires`, and how many of `root_keys` make the next root.

    Empty `sites`: it is valid for every site whose gates have its anchor.
    """

    version: Version
    expires: Instant
    threshold: Annotated[int, Meta(ge=1, le=multisig.MOST_SIGNATURES)]
    root_keys: _Keys
    registry_keys: _Keys
    policy_keys: _Keys
    command_keys: _Keys = ()
    acknowledgement_keys: _Keys = ()
    sites: Names = ()


@dataclass(frozen=True)
class Anchor:
    """What a gate is installed with: the keys that sign root 1, and how many of them are needed."""

    keys: tuple[bytes, ...]
    threshold: int = 1


def anchor_of(keys: Iterable[bytes]) -> Anchor:
    """The anchor of these keys, with a threshold of more than half: 1 of 1, 2 of 3."""
    distinct = tuple(dict.fromkeys(keys))
    return Anchor(distinct, len(distinct) // 2 + 1)


def encode_root(root: Root) -> bytes:
    """The payload that root keys sign."""
    return encode_value(root)


def join_chain(documents: Iterable[bytes]) -> bytes:
    """Signed roots 1, 2, 3, ... as they are sent and stored."""
    return joined(documents)


def split_chain(chain: bytes) -> tuple[bytes, ...]:
    """The signed roots of a chain, unverified; raises BundleRefused where it is not a chain."""
    if len(chain) > MOST_CHAIN_BYTES:
        raise BundleRefused(
            BundleRefusal.TOO_LARGE,
            f"a chain of roots of {len(chain)} bytes, at most {MOST_CHAIN_BYTES} are accepted",
        )
    return split(chain, most=MOST_ROOT_BYTES)


def walk(chain: bytes, anchor: Anchor) -> Root:
    """The last root of `chain`, each verified by the one before it; raises BundleRefused."""
    return every_root(chain, anchor)[-1]


def every_root(chain: bytes, anchor: Anchor) -> tuple[Root, ...]:
    """The roots of `chain`, oldest first, each verified by the one before it; raises BundleRefused."""
    believed, roots = anchor, []
    for number, document in enumerate(split_chain(chain), start=1):
        roots.append(next_root(document, believed, number))
        believed = Anchor(roots[-1].root_keys, roots[-1].threshold)
    if not roots:
        raise BundleRefused(BundleRefusal.UNSIGNED, "it contains no root")
    return tuple(roots)


def next_root(document: bytes, believed: Anchor, number: int) -> Root:
    """Root `number`, verified by the keys believed before it and by its own; raises BundleRefused."""
    try:
        signed = multisig.parse(document, most_payload_bytes=MOST_ROOT_BYTES)
    except CredentialError as error:
        raise BundleRefused(BundleRefusal.UNSIGNED, f"root {number} is not signed: {error.what}") from None
    _counted(signed, believed, f"root {number} is signed by {{}} of the keys that are trusted")
    root = decode_root(signed.payload)
    if root.version != number:
        raise BundleRefused(BundleRefusal.OLDER, f"root {root.version} is in the place of root {number}")
    _counted(
        signed, Anchor(root.root_keys, root.threshold), f"root {number} is signed by {{}} of its own keys"
    )
    return root


def _counted(signed: multisig.MultiSigned, believed: Anchor, words: str) -> None:
    count = len(signed.signers(frozenset(believed.keys), context=ROOT_CONTEXT))
    if count < max(believed.threshold, 1):
        raise BundleRefused(
            BundleRefusal.UNSIGNED if count == 0 else BundleRefusal.FORGED,
            f"{words.format(count)}, {believed.threshold} are needed",
        )


def decode_root(payload: bytes) -> Root:
    """The root in `payload`, whoever signed it; raises BundleRefused for one that cannot be."""
    try:
        root: Root = decode_value(payload, Root, _LIMITS)
    except Undecodable as error:
        raise BundleRefused(
            BundleRefusal.INVALID,
            f"invalid root: {error}",
            remedy="one of an earlier Gatepost counts no more: make the site anew (gatepost site init)",
        ) from None
    roles = (root.registry_keys, root.policy_keys, root.command_keys, root.acknowledgement_keys)
    if not root.threshold <= len(set(root.root_keys)) <= multisig.MOST_SIGNATURES:
        raise BundleRefused(
            BundleRefusal.INVALID, f"the root needs {root.threshold} of {len(set(root.root_keys))} keys"
        )
    if set(root.root_keys) & {key for role in roles for key in role}:
        raise BundleRefused(BundleRefusal.INVALID, "the root gives a root key another role too")
    return root
