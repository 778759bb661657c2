"""The first words on a link: what a gate holds and speaks, and central's welcome. PURE."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.signing.cose import PROTOCOL_VERSION, Microseconds, Nonce, Sequence, ShortText, Stamp

SPEAKS = (PROTOCOL_VERSION,)
"""The versions of the protocol that this end understands."""
SCHEMA = 3
"""The revision of the schema: a new optional field, kind of event or code raises it."""

Speaks = Annotated[
    tuple[Annotated[int, Meta(ge=1, le=255)], ...],
    Meta(min_length=1, max_length=16),
]


class Held(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a gate holds: the version of its registry, the number of its newest root and of its list of
    urgent revocations, the version of each trust list by name; 0: none.

    `fingerprint` is over the announcements that its sync process has accepted (32 bytes); empty: not told.
    Unknown fields are ignored, and fields with their defaults left out.
    """

    registry: Sequence = 0
    root: Sequence = 0
    revocations: Sequence = 0
    lists: Annotated[dict[ShortText, Sequence], Meta(max_length=32)] = {}
    fingerprint: Annotated[bytes, Meta(max_length=32)] = b""


class Hello(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first message of a gate on a link; repeated now and then, each time with another nonce.

    `speaks` are the versions of the protocol that it understands, `schema` the revision of the schema that
    it was built with, `started` when its process began (by its own clock). Unknown fields are ignored.
    """

    nonce: Nonce
    stamp: Stamp
    speaks: Speaks
    schema: Sequence
    software: ShortText = ""
    started: Microseconds = 0
    held: Held = Held()


class Welcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """Central's answer to the Hello with this nonce, at its own time `at`; what is newer follows.

    `epoch` is the highest of this device's epochs that central had heard of before; 0: none. A gate whose
    link has a lower one begins another link. Unknown fields are ignored.
    """

    nonce: Nonce
    at: Microseconds
    epoch: Sequence
    speaks: Speaks
    schema: Sequence
    software: ShortText = ""


def common_version(ours: Collection[int], theirs: Collection[int]) -> int | None:
    """The highest version of the protocol that both ends understand; None: there is none."""
    return max(set(ours) & set(theirs), default=None)
