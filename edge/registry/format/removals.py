"""What a registry, or a list of urgent revocations, says was removed, so that each gate can confirm it. PURE.

A removal has a random reference, which is all that is told of it later: nobody's name follows from it. By the
digest a gate finds whom it means among those whom it holds or has held; only who has the site's seal key
can compute one.
"""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.registry.format.records import RecordKind, decoded, key_of
from edge.registry.format.refusal import BundleRefusal, BundleRefused
from edge.signing.cose import Nonce, closed_decoder, encode_value

DIGEST_BYTES = 16
_CONTEXT = b"gatepost removal 1\0"
_MOST_BYTES = 256


class Removed(StrEnum):
    """What was removed."""

    SUBJECT = "subject"  # with their templates: nobody by this id is known any more
    TEMPLATES = "templates"  # of a subject who stays: their face opens nothing any more
    PASS = "pass"


class Removal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One removal. `digest` names the subject, or the pass, to those who hold them (`removal_digest`)."""

    reference: Nonce
    what: Removed
    digest: Annotated[bytes, Meta(min_length=DIGEST_BYTES, max_length=DIGEST_BYTES)]


def removal_digest(name: str, seal_key: bytes) -> bytes:
    """The digest of a subject's id, or a pass's, at the site with this seal key (HMAC-SHA256, cut)."""
    return hmac.digest(seal_key, _CONTEXT + name.encode(), hashlib.sha256)[:DIGEST_BYTES]


def removal_of(reference: bytes, what: Removed, name: str, seal_key: bytes) -> Removal:
    """The removal of `name`."""
    return Removal(reference, what, removal_digest(name, seal_key))


def removal_record(removal: Removal) -> tuple[bytes, bytes]:
    """The record of a removal in a registry."""
    return key_of(RecordKind.REMOVAL, removal.reference), encode_value(removal)


_removal = closed_decoder(Removal, _MOST_BYTES)


def decode_removal(name: bytes, value: bytes | memoryview) -> Removal:
    """The removal in a record; raises BundleRefused."""
    removal: Removal = decoded(_removal, value, "removal")
    if removal.reference != name:
        raise BundleRefused(BundleRefusal.INVALID, f"a removal is stored under another's reference: {name!r}")
    return removal
