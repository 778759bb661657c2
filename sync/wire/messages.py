"""The messages, and the one way from a value to bytes on a topic and back. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta

from edge.commands.core import MOST_COMMAND_BYTES, Command, CommandResult
from edge.decision import ClockTrust
from edge.journal.format import MOST_BODY_BYTES, Acknowledgement
from edge.signing.cose import (
    CborLimits,
    Digest,
    EpochId,
    Keys,
    MessageRefusal,
    MessageRefused,
    Microseconds,
    Nonce,
    Sequence,
    ShortText,
    decode,
    encode,
    seal,
    unseal,
)
from sync.wire.topics import Channel, parse_topic

MOST_ROWS = 100
MOST_BATCH_BYTES = 64 * 1024
"""Of a journal batch's payload."""
MOST_CHUNK_BYTES = 256 * 1024
MOST_CHUNKS_WANTED = 64
MOST_SIGNED_BYTES = 64 * 1024
"""Of a signed manifest, root or urgent delta, as their own signers made them."""


class Row(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One event of a batch: an edge.journal.format.event.Entry without what the batch says for all
    of its rows.

    `monotonic` is an IEEE 754 double, big-endian. Its sequence is the batch's `first` and its place; the
    hash before it is that of the row before it, of the first row the batch's `previous`.
    """

    at: Microseconds
    trust: ClockTrust
    monotonic: Annotated[bytes, Meta(min_length=8, max_length=8)]
    kind: Annotated[str, Meta(max_length=64, pattern=r"\A[!-~]+\Z")]
    body: Annotated[bytes, Meta(max_length=MOST_BODY_BYTES)]
    hash: Digest


class JournalBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run of events whose chain holds. Answered by an Acknowledgement of what central has of the epoch.

    `after` is the sequence before `first` that the gate has, or had until it was acknowledged: where it is
    not `first - 1`, the gate says that what lies between is lost. A batch without rows only asks.
    """

    epoch: EpochId
    gate: ShortText
    first: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    after: Sequence
    previous: Digest
    rows: Annotated[tuple[Row, ...], Meta(max_length=MOST_ROWS)] = ()


class DeviceState(StrEnum):
    ONLINE = "online"
    STOPPED = "stopped"
    GONE = "gone"  # the will: the broker says so, hours after it was signed


SESSION_TAKEN_OVER = "session_taken_over"
"""The alarm of a gate whose place at the broker another client with its identity took."""


class Health(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a gate's sync process does. A hint: nothing is decided by it.

    `newest` and `acknowledged` are sequences of `epoch`, the one being written; `waiting` counts events of
    all epochs that are not acknowledged. `clock_offset` is what must be added to the gate's clock to get
    central's, give or take `clock_error`; None: not measured yet. `refused` counts refused messages by
    their code, `alarms` names what is the matter.
    """

    state: DeviceState
    at: Microseconds
    software: ShortText = ""
    started: Microseconds = 0
    epoch: EpochId | None = None
    newest: Sequence = 0
    acknowledged: Sequence = 0
    waiting: Sequence = 0
    registry_version: Sequence = 0
    clock_offset: Microseconds | None = None
    clock_error: Sequence | None = None
    refused: dict[ShortText, Sequence] = {}
    alarms: Annotated[tuple[ShortText, ...], Meta(max_length=16)] = ()


class ClockQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What time is it? The nonce is new for each question."""

    nonce: Nonce


class ClockAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """It was `at` by central's clock when the question with this nonce was read."""

    nonce: Nonce
    at: Microseconds


class IdentityShared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another process uses this device's identity too, as central saw at `at`. Both hear it and make room."""

    at: Microseconds


class RefusedDevice(StrEnum):
    """Why central ends a link and takes nothing that the device says on it."""

    RETIRED = "retired"  # for good: a device that takes its place has another id
    SUSPENDED = "suspended"  # until it is resumed: its certificate was revoked, say
    UNKNOWN = "unknown"  # nobody has added it, or not yet
    DISCONNECTED = "disconnected"  # it is in service: a person ends this link, and no other


class DeviceRefused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Central takes nothing more of this device on this link, at its own time `at`: the device ends the link.

    One that is `retired` stays away; another one comes back after a while.
    """

    why: RefusedDevice
    at: Microseconds


class RegistryRoot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may sign what, in the bytes that the root's holders signed."""

    signed: Annotated[bytes, Meta(max_length=MOST_SIGNED_BYTES)]


class RegistryManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest registry's manifest, in the bytes that the registry key signed."""

    signed: Annotated[bytes, Meta(max_length=MOST_SIGNED_BYTES)]


class RegistryUrgent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A small delta that cannot wait (a revocation), in the bytes that its key signed."""

    signed: Annotated[bytes, Meta(max_length=MOST_SIGNED_BYTES)]


class RegistryWant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Please send these chunks of the object (snapshot or delta) with this SHA-256. `held` is the version
    that the gate has in force.

    Without chunks it asks what is newest, and `object` is the fingerprint of what the gate was told of it
    (sync.wire.announcement). Answered by what it does not know, or by the last of what it does.
    """

    object: Digest
    chunks: Annotated[
        tuple[Annotated[int, Meta(ge=0, lt=2**32)], ...], Meta(max_length=MOST_CHUNKS_WANTED)
    ] = ()
    held: Sequence = 0


class RegistryChunk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One chunk of the object with this SHA-256; its own hash is in the manifest."""

    object: Digest
    index: Annotated[int, Meta(ge=0, lt=2**32)]
    data: Annotated[bytes, Meta(max_length=MOST_CHUNK_BYTES)]


Message = (
    JournalBatch
    | Health
    | ClockQuestion
    | RegistryWant
    | CommandResult
    | Acknowledgement
    | ClockAnswer
    | IdentityShared
    | DeviceRefused
    | RegistryRoot
    | RegistryManifest
    | RegistryUrgent
    | RegistryChunk
    | Command
)


@dataclass(frozen=True)
class Format:
    """What travels on a channel, and how large it may be."""

    channel: Channel
    kind: type[Message]
    limits: CborLimits


_BATCH = CborLimits(MOST_BATCH_BYTES, depth=3, items=32 + 8 * MOST_ROWS)
_SMALL = CborLimits(4096, depth=2, items=128)
_SIGNED = CborLimits(MOST_SIGNED_BYTES + 64, depth=1, items=8)

FORMATS = (
    Format(Channel.JOURNAL, JournalBatch, _BATCH),
    Format(Channel.HEALTH, Health, _SMALL),
    Format(Channel.CLOCK_QUESTION, ClockQuestion, _SMALL),
    Format(Channel.REGISTRY_WANT, RegistryWant, _SMALL),
    Format(Channel.COMMAND_RESULT, CommandResult, _SMALL),
    Format(Channel.ACKNOWLEDGEMENT, Acknowledgement, _SMALL),
    Format(Channel.CLOCK_ANSWER, ClockAnswer, _SMALL),
    Format(Channel.IDENTITY_SHARED, IdentityShared, _SMALL),
    Format(Channel.DEVICE_REFUSED, DeviceRefused, _SMALL),
    Format(Channel.REGISTRY_ROOT, RegistryRoot, _SIGNED),
    Format(Channel.REGISTRY_MANIFEST, RegistryManifest, _SIGNED),
    Format(Channel.REGISTRY_URGENT, RegistryUrgent, _SIGNED),
    Format(Channel.REGISTRY_CHUNK, RegistryChunk, CborLimits(MOST_CHUNK_BYTES + 128, depth=1, items=8)),
    Format(Channel.COMMAND, Command, CborLimits(MOST_COMMAND_BYTES, depth=1, items=32)),
)
_BY_CHANNEL = {format_.channel: format_ for format_ in FORMATS}
_BY_KIND = {format_.kind: format_ for format_ in FORMATS}

MOST_MESSAGE_BYTES = MOST_CHUNK_BYTES + 1024
"""More than any message has: the packet limit for brokers and clients."""


@dataclass(frozen=True)
class SealedMessage:
    """A signed message, ready to be published. A broker is to keep none of them."""

    topic: str
    data: bytes


@dataclass(frozen=True)
class ReceivedMessage:
    """A message that was found genuine, and the exact bytes that were signed."""

    device: str
    channel: Channel
    message: Message
    data: bytes


def seal_message(message: Message, device: str, key: Ed25519PrivateKey) -> SealedMessage:
    """`message` to or from `device`, signed; its channel follows from its kind."""
    topic = _BY_KIND[type(message)].channel.of(device)
    return SealedMessage(topic, seal(encode(message), topic, key))


def open_message(
    topic: str, data: bytes, keys: Keys, *, retained: bool = False, only: str | None = None
) -> ReceivedMessage:
    """The message that came on `topic`, on the word of `keys` alone; raises MessageRefused.

    In this order: topic, device (where `only` one's messages are for us), `retained` (a broker kept it, and
    nothing is to be kept), size, version, signature, content.
    """
    device, channel = parse_topic(topic)
    if only is not None and device != only:
        raise MessageRefused(MessageRefusal.OTHER_DEVICE, f"is for another device than {only}", where=topic)
    if retained:
        raise MessageRefused(MessageRefusal.RETAINED, "was retained, and nothing may be", where=topic)
    format_ = _BY_CHANNEL[channel]
    payload = unseal(data, topic, keys, most_payload_bytes=format_.limits.size)
    return ReceivedMessage(device, channel, decode(payload, format_.kind, format_.limits, where=topic), data)
