"""What central announces of the lists about health certificates. PURE."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from edge.signing.cose import Digest, Sequence, encode_value

MOST_LISTS = 32
"""The issuers, the revocations, and the newest changes of these."""
MOST_ANNOUNCED_BYTES = 64 * 1024


class ListOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list in the bytes that a list key signed: `name` is `issuers.list`, `revocations.list`, or
    `revocations-0000000012.delta` with the version that it leads to.

    `version` is the list's, `base` the version from which changes start (0: the whole list). It is fetched as
    the registry's objects are: `sha256` of all its bytes, `size` in bytes, in `chunks` the SHA-256 of each
    chunk of 256 KiB, one after another.
    """

    name: Annotated[str, Meta(pattern=r"\A(issuers\.list|revocations\.list|revocations-[0-9]{10}\.delta)\Z")]
    version: Sequence
    base: Sequence
    sha256: Digest
    size: Sequence
    chunks: Annotated[bytes, Meta(max_length=32 * 32)]


class RegistryLists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All `lists` of the site that are in force, each under its name once. The gate verifies each itself."""

    lists: Annotated[tuple[ListOffer, ...], Meta(max_length=MOST_LISTS)]

    @property
    def signed(self) -> bytes:
        """Its bytes, as a fingerprint takes them: each list in it is signed by itself."""
        return encode_value(self)
