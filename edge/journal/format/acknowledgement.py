"""Central's signed word that it has stored a journal up to here: the one ground for pruning. PURE.

The sync process keeps the newest acknowledgement of each epoch, in the exact bytes that central signed, as
one file (`file_name`) of a folder that it alone writes. The gate reads that folder and verifies each file
itself; a file that is missing, empty, altered or of another key prunes nothing.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.journal.format.event import Entry
from edge.signing.cose import Digest, EpochId, Keys, Limits, Microseconds, Sequence, decode, downward, unseal

MOST_BYTES = 1024
"""More than any acknowledgement's file has."""

_LIMITS = CborLimits(512, depth=2, items=32)


class Acknowledgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Central has stored, for good, every event of `epoch` up to `sequence`, whose hash is `hash`.

    `sequence` 0 (and a hash of zeros): it has none of them. `issued` is central's clock, in microseconds
    since 1970 UTC. Whose device it is says the topic, which is signed with it.
    """

    epoch: EpochId
    sequence: Sequence
    hash: Digest
    issued: Microseconds


class AcknowledgedState(StrEnum):
    """How an acknowledgement stands to the journal that it speaks of."""

    NOTHING = "nothing"  # central has none of this epoch
    STORED = "stored"  # central has this very chain up to there: it may be pruned
    PRUNED = "pruned"  # that event is here no more: there is nothing to be done
    AHEAD = "ahead"  # central has events that this store never wrote: it is an older copy
    FORKED = "forked"  # central has another event under this number: two stores counted one epoch


def acknowledgement_topic(device: str) -> str:
    """Where central publishes what it has stored of `device`."""
    return downward(device, "ack")


def file_name(epoch: bytes) -> str:
    """The name of the file with the newest acknowledgement of `epoch`."""
    return f"{epoch.hex()}.ack"


def verify_acknowledgement(data: bytes, device: str, central_keys: Keys) -> Acknowledgement:
    """The acknowledgement in `data`, on the word of central's keys alone; raises MessageRefused."""
    topic = acknowledgement_topic(device)
    payload = unseal(data, topic, central_keys, most_payload_bytes=_LIMITS.size)
    return decode(payload, Acknowledgement, _LIMITS, where=topic)


def state_of(acknowledgement: Acknowledgement, entry: Entry | None, newest: int) -> AcknowledgedState:
    """How `acknowledgement` stands to a journal whose newest sequence in that epoch is `newest` (0: none).

    `entry` is the journal's own event at `word.sequence`, None where it holds none.
    """
    if acknowledgement.sequence == 0:
        return AcknowledgedState.NOTHING
    if acknowledgement.sequence > newest:
        return AcknowledgedState.AHEAD
    if entry is None:
        return AcknowledgedState.PRUNED
    return AcknowledgedState.STORED if entry.hash == acknowledgement.hash else AcknowledgedState.FORKED
