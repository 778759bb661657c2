"""What central says of a journal while it may not acknowledge it yet. PURE."""

from __future__ import annotations

import msgspec

from edge.signing.cose import Digest, EpochId, Microseconds, Sequence

HEARD_SINCE = 3
"""The revision of the schema from which on a gate knows it."""


class StoredNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of central's servers has every event of `epoch` up to `sequence`, whose hash is `hash`, and no
    other that it is to be safe on: the gate may send what comes after, and keeps all.

    `sequence` 0 (and a hash of zeros): it has none of them. `issued` is central's clock. An acknowledgement
    follows once the others have them; it never does where the one is lost before.
    """

    epoch: EpochId
    sequence: Sequence
    hash: Digest
    issued: Microseconds
