"""Central's signed statement that it has stored a journal up to an event: the only ground for pruning. PURE.

The sync process keeps the newest acknowledgement of each epoch, in the exact bytes that central signed, as
one file (`file_name`) of a folder that it alone writes. The gate reads that folder and verifies each file
itself; a file that is missing, empty, altered or of another key prunes nothing.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.journal.format.event import Entry
from edge.signing.cose import (
    CborLimits,
    Digest,
    EpochId,
    Keys,
    Microseconds,
    Sequence,
    decode,
    downward,
    unseal,
)

MOST_BYTES = 1024
"""Upper bound of an acknowledgement's file, in bytes."""

_LIMITS = CborLimits(512, depth=2, items=32)


class Acknowledgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Central has durably stored every event of `epoch` up to `sequence`, whose hash is `hash`.

    `sequence` 0 (and a hash of zeros): it has none of them. `issued` is central's clock, in microseconds
    since 1970 UTC. The topic, which is signed too, names the device.
    """

    epoch: EpochId
    sequence: Sequence
    hash: Digest
    issued: Microseconds


class AcknowledgedState(StrEnum):
    """What an acknowledgement means for the journal that it is about."""

    NOTHING = "nothing"  # central has none of this epoch
    STORED = "stored"  # central has the same chain up to there: it may be pruned
    PRUNED = "pruned"  # that event was pruned already: there is nothing to do
    AHEAD = "ahead"  # central has events that this store never wrote: it is an older copy
    FORKED = "forked"  # central has another event under this number: two stores counted one epoch


def acknowledgement_topic(device: str) -> str:
    """Where central publishes what it has stored of `device`."""
    return downward(device, "ack")


def file_name(epoch: bytes) -> str:
    """The name of the file with the newest acknowledgement of `epoch`."""
    return f"{epoch.hex()}.ack"


def verify_acknowledgement(data: bytes, device: str, central_keys: Keys) -> Acknowledgement:
    """The acknowledgement in `data`, verified by central's keys; raises MessageRefused."""
    topic = acknowledgement_topic(device)
    payload = unseal(data, topic, central_keys, most_payload_bytes=_LIMITS.size)
    return decode(payload, Acknowledgement, _LIMITS, where=topic)


def state_of(acknowledgement: Acknowledgement, entry: Entry | None, newest: int) -> AcknowledgedState:
    """What `acknowledgement` means for a journal whose newest sequence in that epoch is `newest` (0: none).

    `entry` is the journal's own event at `acknowledgement.sequence`, None where it holds none.
    """
    if acknowledgement.sequence == 0:
        return AcknowledgedState.NOTHING
    if acknowledgement.sequence > newest:
        return AcknowledgedState.AHEAD
    if entry is None:
        return AcknowledgedState.PRUNED
    return AcknowledgedState.STORED if entry.hash == acknowledgement.hash else AcknowledgedState.FORKED
