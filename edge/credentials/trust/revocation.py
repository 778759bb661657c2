"""Revoked certificates by truncated hashes of their ids, sorted, in 8 bytes each.

Never by hashes of signatures: anybody can make a second valid one of an ECDSA signature, and the revoked
certificate would count again. 64 bits of SHA-256: with 100,000 entries a certificate is taken for
a revoked one by chance once in 10**14.

A list is signed (`edge.credentials.trust_lists.trust_list`) and grows by deltas, each for one version.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from edge.credentials.encodings import instant_of
from edge.errors import CredentialError
from edge.signing.cose import Instant, Text, Version
from edge.support.toml_words import in_words

HASH_BYTES = 8


def hash_of(identifier: str) -> int:
    """What is stored for `identifier`: the first 8 bytes of its SHA-256, as a number."""
    return int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:HASH_BYTES])


def card_identifier(key_id: str, revocation_id: str) -> str:
    """The identifier of a SMART Health Card's revocation id, which is valid for its signing key only."""
    return f"shc:{key_id}:{revocation_id}"


def _no_hashes() -> array[int]:
    return array("Q")


@dataclass(frozen=True)
class Revocations:
    """The revoked identifiers. `hashes` is sorted.

    `cards_before` maps a card's identifier to an instant: cards that began before it are revoked.
    """

    version: int = 0
    hashes: array[int] = field(default_factory=_no_hashes)
    cards_before: Mapping[str, datetime] = field(default_factory=dict)

    def __contains__(self, identifier: str) -> bool:
        wanted = hash_of(identifier)
        place = bisect_left(self.hashes, wanted)
        return place < len(self.hashes) and self.hashes[place] == wanted

    def revokes_card(self, key_id: str, revocation_id: str, begun: datetime) -> bool:
        identifier = card_identifier(key_id, revocation_id)
        before = self.cards_before.get(identifier)
        return identifier in self or (before is not None and begun < before)


def revocations(
    hashes: Iterable[int], *, version: int = 0, cards_before: Mapping[str, datetime] | None = None
) -> Revocations:
    return Revocations(version, array("Q", sorted(set(hashes))), dict(cards_before or {}))


class RevocationDelta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The changes from a list of version `base` to version `version`; hashes big-endian, sorted.

    The whole list is the delta of base 0.
    """

    base: Version
    version: Version
    added: bytes = b""
    removed: bytes = b""
    cards_before: Annotated[dict[Text, Instant], Meta(max_length=50_000)] = {}


def delta_between(old: Revocations, new: Revocations) -> RevocationDelta:
    """The delta that `updated(old, ...)` turns into `new`. Instants for cards are sent whole."""
    before, after = set(old.hashes), set(new.hashes)
    return RevocationDelta(
        base=old.version,
        version=new.version,
        added=_packed(after - before),
        removed=_packed(before - after),
        cards_before=dict(new.cards_before),
    )


def updated(held: Revocations, delta: RevocationDelta) -> Revocations:
    """`held` with `delta` applied, which comes from VERIFIED bytes; raises CredentialError.

    A delta for another version than the one held is refused: ask for the whole list.
    """
    if delta.base not in {0, held.version}:
        raise CredentialError(
            f"changes to version {delta.base} of the revocations, version {held.version} is held",
            remedy="fetch the whole list",
        )
    if delta.version <= held.version:
        raise CredentialError(f"revocations of version {delta.version}, version {held.version} is held")
    kept = set(held.hashes) if delta.base else set()
    kept -= set(_unpacked(delta.removed))
    return revocations(
        kept.union(_unpacked(delta.added)), version=delta.version, cards_before=delta.cards_before
    )


def with_card_list(held: Revocations, value: dict[str, Any]) -> Revocations:
    """`held` with a card issuer's list added: ids, some with the second before which cards are revoked.

    {kid, method: "rid", ctr, rids: ["…", "….1687450765"]}; raises CredentialError.
    """
    try:
        listed = msgspec.convert(value, _CardRevocationList)
    except msgspec.ValidationError as error:
        raise CredentialError(f"not a list of revoked cards: {in_words(error)}") from None
    hashes, before = set(held.hashes), dict(held.cards_before)
    for entry in listed.rids:
        name, dot, seconds = entry.partition(".")
        if dot:
            before[card_identifier(listed.kid, name)] = instant_of(int(seconds))
        else:
            hashes.add(hash_of(card_identifier(listed.kid, name)))
    return revocations(hashes, version=held.version, cards_before=before)


class _CardRevocationList(msgspec.Struct):
    kid: str
    rids: list[Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,24}(\.[0-9]{1,10})?\Z")]]


def _packed(hashes: Iterable[int]) -> bytes:
    return _big_endian(array("Q", sorted(hashes))).tobytes()


def _unpacked(packed: bytes) -> array[int]:
    if len(packed) % HASH_BYTES:
        raise CredentialError(f"revocation hashes that are not {HASH_BYTES} bytes each")
    return _big_endian(array("Q", packed))


def _big_endian(numbers: array[int]) -> array[int]:
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
